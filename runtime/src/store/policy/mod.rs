//! Who goes next when a region is full.

mod any;
mod climber;
mod fifo;
mod ghost;
mod lfu;
mod lru;
mod s3fifo;
mod segments;
mod sieve;
mod sketch;
mod tinylfu;
mod unbounded;

pub(super) use any::AnyPolicy;
pub(super) use climber::Climber;

use super::list::Place;

/// Chooses the victims of one region. Called below the region's lock, with places only: never keys or values.
///
/// Hits take no lock and so are not told to a policy. They leave a mark on the entry, of the kind that the policy
/// asks for by [`MARKS`](Self::MARKS), and the policy reads the marks when it looks for a victim.
pub(super) trait Policy {
    /// How hits mark entries.
    const MARKS: Marks;

    /// A new entry has come in. It has no uses yet, and the mark of its write where marks are times. It may make the region too heavy; then `victim` is called next.
    fn admit(&mut self, place: Place, residents: &impl Residents);

    /// The same key was written anew: `new` takes over from `old`, mark included where marks are counts.
    fn replace(&mut self, old: Place, new: Place, residents: &impl Residents);

    /// The entry leaves for another reason than a full region.
    fn forget(&mut self, place: Place, residents: &impl Residents);

    /// The entry that should leave next, which is then forgotten. `None` only when there is no entry.
    fn victim(&mut self, residents: &impl Residents) -> Option<Place>;

    /// The region may weigh `capacity` from now on.
    fn resize(&mut self, capacity: u64);

    /// No entry is left of what were many: the memory that each place has here goes, what was learned stays.
    fn vacate(&mut self);
}

/// What a hit leaves on an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Marks {
    /// Nothing.
    None,
    /// How often it was used since the policy set the mark, at most this much.
    Count(u64),
    /// When it was used last: later uses have larger marks.
    Time,
}

/// What a policy can ask about entries that have not left.
pub(in crate::store) trait Residents {
    /// Half of the hash of the key.
    fn fingerprint(&self, place: Place) -> u32;
    /// What the entry weighs; 1 in a region that is bounded by the number of entries.
    fn weight(&self, place: Place) -> u64;
    /// The mark of the entry.
    fn mark(&self, place: Place) -> u64;
    /// Sets the mark of the entry.
    fn set_mark(&self, place: Place, mark: u64);
    /// A mark of kind `Time` that is later than all before it.
    fn now(&self) -> u64;
}
