//! Who goes next when a region is full.

mod lru;

pub(super) use lru::Lru;

use super::entry::Place;

/// Chooses the victims of one region.
///
/// A policy sees places, never keys or values. It may remember places whose entries have left: it asks
/// for the last use of a place before it believes in it, and `None` means that the entry is gone.
pub(super) trait Policy: Send {
    /// A new entry has come in, used at `used`.
    fn admit(&mut self, place: Place, used: u64);

    /// The entry that should leave next. The caller takes it out.
    fn victim(&mut self, last_use: impl FnMut(Place) -> Option<u64>) -> Option<Place>;

    /// Forgets places that are gone, if they have become a burden for a region of `live` entries.
    fn tidy(&mut self, live: usize, last_use: impl FnMut(Place) -> Option<u64>);

    /// Forgets everything.
    fn clear(&mut self);
}
