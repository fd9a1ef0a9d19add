//! An entry that a reader without the lock has in sight.

use super::slab::Slot;
use crate::lanes::{Lane, Reading};
use crate::store::entry::Entry;

/// An entry that was found without the lock. It stays where it is for as long as it is in sight, whoever takes it out.
pub(crate) struct Sight<'t, K, V> {
    /// In reach when `reading` had begun (rules 1, 2 and 4 of the table).
    slot: &'t Slot<K, V>,
    reading: Reading<'t>,
}

impl<'t, K, V> Sight<'t, K, V> {
    /// # Safety
    /// `reading` is of the lanes of the table that `slot` is of, and began before the slot was found in a chain.
    #[inline]
    pub(super) unsafe fn new(slot: &'t Slot<K, V>, reading: Reading<'t>) -> Self {
        Self { slot, reading }
    }

    /// What `read` makes of the entry.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Entry<K, V>) -> R) -> R {
        // SAFETY: rules 1 and 2: there was an entry in it when it was found, and `reading` lives.
        unsafe { self.slot.with(read) }
    }

    /// The lane of the thread that reads.
    #[inline]
    pub(crate) fn lane(&self) -> Lane<'t> {
        self.reading.lane()
    }
}
