//! A small number for every running thread, which no other running thread has.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most threads that can have a number of their own at one time.
pub(super) const MOST: usize = 60;

/// What a thread without a number of its own has.
pub(super) const GUEST: usize = MOST;

const UNSET: usize = usize::MAX;

/// A bit for every number that is taken.
static TAKEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static SLOT: Cell<usize> = const { Cell::new(UNSET) };
    static LEASE: Lease = const { Lease };
}

/// Gives the number back when the thread ends.
struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        // Whatever other destructors of this thread count from here on, they count in the shared place.
        let slot = SLOT.replace(GUEST);
        if slot < GUEST {
            // What this thread has written is seen by the next one that gets the number.
            TAKEN.fetch_and(!(1 << slot), Ordering::Release);
        }
    }
}

/// How many threads have a number at one time: enough for a runtime and those that block beside it.
pub(super) fn count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| (2 * crate::parallelism()).clamp(16, MOST))
}

/// The number of the current thread, as [`current`] says it, if it has one already; a larger one if not.
#[inline]
pub(super) fn known() -> usize {
    SLOT.get()
}

/// The number of the current thread, below [`count`]; or [`GUEST`].
pub(super) fn current() -> usize {
    let slot = SLOT.get();
    if slot <= GUEST { slot } else { claim() }
}

fn claim() -> usize {
    let slot = lowest_free().unwrap_or(GUEST);
    SLOT.set(slot);
    // Too late in the life of the thread for a lease: then it has no number.
    if LEASE.try_with(|_| ()).is_err() && slot < GUEST {
        SLOT.set(GUEST);
        TAKEN.fetch_and(!(1 << slot), Ordering::Release);
        return GUEST;
    }
    slot
}

fn lowest_free() -> Option<usize> {
    let mut lowest = None;
    TAKEN
        .fetch_update(Ordering::Acquire, Ordering::Relaxed, |taken| {
            let free = taken.trailing_ones() as usize;
            lowest = (free < count()).then_some(free);
            lowest.map(|free| taken | 1 << free)
        })
        .ok()?;
    lowest
}
