//! Counts, per thread, what a call must not do on a hit: allocate, or run the body.
//!
//! Both counters are plain thread-local cells, so that counting costs about a nanosecond, is the
//! same for every contestant, and adds no sharing between threads. Nothing is assumed: what the
//! table says about allocations was counted during the very calls that were timed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::{Add, Sub};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LOADS: Cell<u64> = const { Cell::new(0) };
}

/// What happened on a thread so far, or between two readings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls of the allocator that asked for memory (a growing `realloc` is one).
    pub allocations: u64,
    /// Bodies run, that is, cache misses that computed.
    pub loads: u64,
}

impl Tally {
    /// The counts of the calling thread since it started.
    pub fn read() -> Self {
        Self { allocations: ALLOCATIONS.get(), loads: LOADS.get() }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { allocations: self.allocations + other.allocations, loads: self.loads + other.loads }
    }
}

impl Sub for Tally {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            allocations: self.allocations - earlier.allocations,
            loads: self.loads - earlier.loads,
        }
    }
}

/// Notes that a body ran.
pub(crate) fn count_load() {
    LOADS.set(LOADS.get() + 1);
}

fn count_allocation() {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

/// The system's allocator, counted.
#[derive(Debug)]
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator cannot be written without; it forwards to `System`")]
// SAFETY: every method forwards its arguments unchanged to `System`, which keeps the contract; the
// counters are const-initialised and have no destructor, so touching them neither allocates nor
// fails while a thread ends.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_allocation();
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_allocation();
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_allocation();
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.dealloc(block, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_thread_allocates() {
        let before = Tally::read();
        let boxed = std::hint::black_box(Box::new(1_u64));
        count_load();
        let seen = Tally::read() - before;
        drop(boxed);
        assert_eq!(seen, Tally { allocations: 1, loads: 1 });
    }
}
