//! What each thread has for itself in a cache: a line of memory that no other thread writes to.
//!
//! A lane holds the counters of its thread, and says whether the thread is reading the store at the moment. Hits take no
//! lock, so whoever takes an entry out of the store has to know when nobody can be reading it any more: when
//! everybody who was reading at that moment has come to an end once. That is a *grace period*.
//!
//! - A reader says that it reads, and only then looks into the store.
//! - A writer takes an entry out, and only then looks who reads.
//!
//! Each puts a full fence between its two steps. So either the writer sees the reader, or the reader does not find the
//! entry.
//!
//! Threads without a number of their own are guests, who share a lane and count up and down there.

#[cfg_attr(larder_model, path = "slot_of_model.rs")]
mod slot;
mod visits;

#[cfg(all(test, larder_model))]
pub(crate) use slot::become_thread;

use crate::sync::atomic::{
    AtomicU64, Ordering,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
    fence,
};
use crate::sync::{full_fence, write_then_fence};
use crossbeam_utils::CachePadded;
use smallvec::SmallVec;

/// How many numbers a lane counts.
pub(crate) const COUNTERS: usize = 12;

/// Odd, so that one look tells a reader whether there is anything special.
const NEW: u64 = 1;

/// The lanes of one cache.
pub(crate) struct Lanes {
    /// One for every number that a thread can have; the last is the guests'.
    lines: Box<[CachePadded<Line>]>,
    /// A bit for every lane that was ever used. Others need not be looked at.
    used: AtomicU64,
}

struct Line {
    /// Odd while the owner reads, and never the same again; `NEW` before it did so first.
    reading: AtomicU64,
    /// How many guests read, on their lane.
    guests: AtomicU64,
    counters: [AtomicU64; COUNTERS],
}

impl Line {
    fn new() -> Self {
        Self {
            reading: AtomicU64::new(NEW),
            guests: AtomicU64::new(0),
            counters: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

/// The lane of the current thread.
#[derive(Clone, Copy)]
pub(crate) struct Lane<'l> {
    lanes: &'l Lanes,
    line: &'l Line,
    number: usize,
}

impl Lanes {
    pub(crate) fn new() -> Self {
        let lines = (0..=slot::count()).map(|_| CachePadded::new(Line::new())).collect();
        Self { lines, used: AtomicU64::new(0) }
    }

    /// The lane of the current thread.
    #[inline]
    pub(crate) fn mine(&self) -> Lane<'_> {
        let number = slot::current().min(self.guests());
        Lane { lanes: self, line: &self.lines[number], number }
    }

    /// The number of the guests' lane.
    #[inline]
    fn guests(&self) -> usize {
        self.lines.len() - 1
    }

    /// The sum of a counter over all lanes.
    pub(crate) fn sum(&self, counter: usize) -> u64 {
        let counts = self.lines.iter().map(|line| line.counters[counter].load(Relaxed));
        counts.fold(0, u64::wrapping_add)
    }

    /// How many lanes were ever used.
    #[inline]
    pub(crate) fn in_use(&self) -> usize {
        self.used.load(Relaxed).count_ones() as usize
    }

    /// The grace period of what has been taken out before.
    #[inline]
    pub(crate) fn grace(&self) -> Grace {
        full_fence();
        let mut used = self.used.load(Relaxed);
        let mut readers = SmallVec::new();
        while used != 0 {
            let number = used.trailing_zeros() as usize;
            used &= used - 1;
            if let Some(reading) = self.reads(number) {
                readers.push((number, reading));
            }
        }
        Grace { readers }
    }

    /// If somebody reads on a lane: the owner's number, or how many guests.
    #[inline]
    fn reads(&self, number: usize) -> Option<u64> {
        let line = &self.lines[number];
        if number == self.guests() {
            return Some(line.guests.load(Acquire)).filter(|guests| *guests != 0);
        }
        let reading = line.reading.load(Acquire);
        (reading & 1 == 1 && reading != NEW).then_some(reading)
    }
}

/// Those who were reading when something was taken out.
#[derive(Debug)]
pub(crate) struct Grace {
    readers: SmallVec<[(usize, u64); 2]>,
}

impl Grace {
    /// Whether all of them have come to an end since.
    #[inline]
    pub(crate) fn is_over(&mut self, lanes: &Lanes) -> bool {
        self.readers.retain(|(number, then)| {
            // Another number than then: the owner has come to an end, even if it reads again. Of guests it is only known
            // when there are none.
            let guests = *number == lanes.guests();
            lanes.reads(*number).is_some_and(|now| guests || now == *then)
        });
        self.readers.is_empty()
    }
}

impl<'l> Lane<'l> {
    /// Whether it is one of `lanes`.
    #[inline]
    pub(crate) fn is_of(self, lanes: &Lanes) -> bool {
        std::ptr::eq(self.lanes, lanes)
    }

    #[inline]
    fn is_own(self) -> bool {
        self.number != self.lanes.guests()
    }

    /// The number of the thread, `None` for a guest.
    #[inline]
    pub(crate) fn number(self) -> Option<usize> {
        self.is_own().then_some(self.number)
    }

    #[inline]
    pub(crate) fn count(self, counter: usize) -> u64 {
        self.line.counters[counter].load(Relaxed)
    }

    #[inline]
    pub(crate) fn add(self, counter: usize, amount: u64) {
        let counter = &self.line.counters[counter];
        if self.is_own() {
            // Ours alone, so nothing is lost between reading and writing.
            counter.store(counter.load(Relaxed).wrapping_add(amount), Relaxed);
        } else {
            counter.fetch_add(amount, Relaxed);
        }
    }

    /// Whether the thread is reading already: in the middle of a `Clone` or an `Eq` that the store has called.
    pub(crate) fn is_reading(self) -> bool {
        if self.is_own() {
            self.lanes.reads(self.number).is_some()
        } else {
            visits::is_at(self.line)
        }
    }

    /// Says that the thread reads, until the guard is dropped.
    #[inline]
    pub(crate) fn read(self) -> Reading<'l> {
        let before = self.line.reading.load(Relaxed);
        if before & 1 == 1 {
            return self.read_otherwise(before);
        }
        write_then_fence(&self.line.reading, before + 1);
        Reading { line: self.line, after: before + 2 }
    }

    /// For the first time, as a guest, or within another reading.
    #[cold]
    fn read_otherwise(self, before: u64) -> Reading<'l> {
        if self.is_own() {
            if before != NEW {
                return Reading { line: self.line, after: INNER };
            }
            self.enroll();
            write_then_fence(&self.line.reading, NEW + 2);
            return Reading { line: self.line, after: NEW + 3 };
        }
        if self.lanes.used.load(Relaxed) & (1 << self.number) == 0 {
            self.enroll();
        }
        visits::begin(self.line);
        self.line.guests.fetch_add(1, Relaxed);
        fence(SeqCst);
        Reading { line: self.line, after: GUEST }
    }

    #[cold]
    fn enroll(self) {
        self.lanes.used.fetch_or(1 << self.number, Ordering::SeqCst);
    }
}

/// That a thread reads.
pub(crate) struct Reading<'l> {
    line: &'l Line,
    /// The owner's number when it has ended, which is even; or one of those below, which are not.
    after: u64,
}

/// There is another one around it.
const INNER: u64 = 1;
/// It is a guest's.
const GUEST: u64 = 3;

impl Drop for Reading<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.after & 1 == 0 {
            self.line.reading.store(self.after, Release);
        } else {
            self.end_otherwise();
        }
    }
}

impl Reading<'_> {
    #[cold]
    fn end_otherwise(&self) {
        if self.after == GUEST {
            self.line.guests.fetch_sub(1, Release);
            visits::end();
        }
    }
}
