//! When an entry was used, without a word that all threads write to.
//!
//! A mark is made of three numbers, the weightiest first:
//!
//! - the **epoch**, which every write to the store begins anew. Hits only read it;
//! - the **count** of hits of the thread that made the mark, which nobody else writes to;
//! - the **thread** itself, by the slot that its counters have.
//!
//! So marks are in the exact order of the uses by one thread, and of any uses with a write between them. Uses by
//! several threads without a write between them happened at one time, as far as the order of eviction goes: an entry
//! that a second thread uses in the same epoch is marked as *shared*, and from then on until the next write nobody
//! needs to mark it. A key that is hot on every core is not written to by any.

use crate::lanes::GUESTS;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

const SLOT_BITS: u32 = 6;
const COUNT_BITS: u32 = 18;
/// Counts run from 1 to this: 0 is the write that began the epoch.
const LAST_COUNT: u64 = 1 << (COUNT_BITS - 1);
const SLOTS: u64 = (1 << SLOT_BITS) - 1;
/// In the place of a slot: used by several threads in this epoch. Guests are several from the start.
const SHARED: u64 = SLOTS;
const _: () = assert!(SHARED == GUESTS as u64);
/// In the place of a slot: written, and not used since.
const WRITTEN: u64 = SLOTS - 1;

/// A use on its way to becoming a mark: by which thread, and its how many-th.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    /// The thread's number, or that of guests.
    pub(crate) slot: usize,
    pub(crate) count: u64,
}

/// Who may write to a store at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writers {
    /// The holder of the one lock that there is.
    One,
    Several,
}

/// Counts the writes of a store.
#[derive(Debug)]
pub(super) struct Epoch(AtomicU64);

impl Epoch {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Begins the next one.
    #[inline]
    fn advance(&self, writers: Writers) -> u64 {
        if writers == Writers::Several {
            return self.0.fetch_add(1, Relaxed) + 1;
        }
        // Hits begin one too, once in so many. What they begin between these two steps is taken back, and what was used then
        // may be taken for younger than what is used next: an exchange for each write costs more than that.
        let next = self.0.load(Relaxed) + 1;
        self.0.store(next, Relaxed);
        next
    }

    /// The lowest bits of a number that is given only once.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lowest bits are wanted")]
    pub(super) fn next(&self, writers: Writers) -> u32 {
        self.advance(writers) as u32
    }

    /// The mark of a write, which is later than any mark before it.
    #[inline]
    pub(super) fn begin(&self, writers: Writers) -> u64 {
        (self.advance(writers) << (COUNT_BITS + SLOT_BITS)) | WRITTEN
    }

    /// Marks a use.
    #[inline]
    pub(super) fn mark(&self, mark: &AtomicU64, by: Use) {
        let epoch = self.0.load(Relaxed);
        let slot = by.slot as u64;
        let count = (by.count & (LAST_COUNT - 1)) + 1;
        let ours = ((epoch << COUNT_BITS | count) << SLOT_BITS) | slot;
        let known = mark.load(Relaxed);
        let before = known & SLOTS;
        // The first of the three is the common one, and tells it at once.
        let is_ours = slot != SHARED && !differ_in_more_than_the_count(known, ours);
        if is_ours || known >> (COUNT_BITS + SLOT_BITS) != epoch || before == WRITTEN {
            mark.store(ours, Relaxed);
        } else if before != SHARED {
            mark.store(known | SHARED, Relaxed);
        }
        if count == LAST_COUNT {
            // The count of this thread begins anew, so the epoch has to.
            let _ = self.0.compare_exchange(epoch, epoch + 1, Relaxed, Relaxed);
        }
    }
}

/// Whether two marks are of different epochs or threads.
#[inline]
fn differ_in_more_than_the_count(one: u64, other: u64) -> bool {
    (one ^ other).rotate_right(SLOT_BITS + COUNT_BITS) << COUNT_BITS != 0
}
