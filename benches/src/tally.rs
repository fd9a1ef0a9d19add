//! Counts, per thread, what a call must not do on a hit: allocate, or run the body. And counts the
//! bytes that are in use, to tell what an entry takes.
//!
//! The counters are plain thread-local cells, so that counting costs about a nanosecond, is the
//! same for every contestant, and adds no sharing between threads. Nothing is assumed: what the
//! table says about allocations was counted during the very calls that were timed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::{Add, Sub};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LOADS: Cell<u64> = const { Cell::new(0) };
    static IN_USE: Cell<usize> = const { Cell::new(0) };
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

/// Bytes that the calling thread has asked for and not given back.
///
/// It wraps below zero where a thread frees what another has allocated: take a difference by
/// `wrapping_sub`, of two readings between which only this thread worked. What the allocator adds to
/// a block of its own accord is not in it.
pub(crate) fn bytes_in_use() -> usize {
    IN_USE.get()
}

fn count_allocation(bytes: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    IN_USE.set(IN_USE.get().wrapping_add(bytes));
}

fn count_release(bytes: usize) {
    IN_USE.set(IN_USE.get().wrapping_sub(bytes));
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
        count_allocation(layout.size());
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_allocation(layout.size());
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_release(layout.size());
        count_allocation(size);
        // SAFETY: the caller's promises are `System`'s.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count_release(layout.size());
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

    #[test]
    fn counts_the_bytes_in_use() {
        let before = bytes_in_use();
        let mut bytes = std::hint::black_box(Vec::<u8>::with_capacity(100));
        bytes.reserve_exact(300);
        assert_eq!(bytes_in_use().wrapping_sub(before), 300);
        drop(bytes);
        assert_eq!(bytes_in_use(), before);
    }
}
