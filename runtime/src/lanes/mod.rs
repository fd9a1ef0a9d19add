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
    AtomicU64, AtomicUsize,
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

/// The number of the guests' lane, larger than any that a thread has.
pub(crate) const GUESTS: usize = 63;

/// The lanes of one cache.
pub(crate) struct Lanes {
    /// One for every number that a thread can have.
    own: Box<[CachePadded<Line>]>,
    guests: CachePadded<Line>,
    /// A bit for every lane that was ever used. Others need not be looked at.
    used: AtomicU64,
    /// How many bits those are.
    in_use: AtomicUsize,
}

struct Line {
    /// Odd while the owner reads, and never the same again; `NEW` before it did so first.
    reading: AtomicU64,
    /// How many guests read, on their lane.
    guests: AtomicU64,
    counters: [AtomicU64; COUNTERS],
    /// That of the thread, or [`GUESTS`].
    number: usize,
}

impl Line {
    fn new(number: usize) -> Self {
        Self {
            number,
            reading: AtomicU64::new(NEW),
            guests: AtomicU64::new(0),
            counters: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

/// The lane of the current thread.
#[derive(Clone, Copy)]
pub(crate) struct Lane<'l>(&'l Line);

impl Lanes {
    pub(crate) fn new() -> Self {
        let line = |number| CachePadded::new(Line::new(number));
        let own = (0..slot::count()).map(line).collect();
        Self { own, guests: line(GUESTS), used: AtomicU64::new(0), in_use: AtomicUsize::new(0) }
    }

    /// The lane of the current thread.
    #[inline]
    pub(crate) fn mine(&self) -> Lane<'_> {
        match self.own.get(slot::known()) {
            Some(line) => Lane(line),
            None => self.mine_otherwise(),
        }
    }

    /// For a thread that has no number yet, or that is a guest.
    #[cold]
    fn mine_otherwise(&self) -> Lane<'_> {
        Lane(self.own.get(slot::current()).unwrap_or(&self.guests))
    }

    /// Whether the current thread is reading already: in the middle of a `Clone` or an `Eq` that the store has called.
    pub(crate) fn am_reading(&self) -> bool {
        let lane = self.mine();
        if lane.is_own() { self.reads(lane.number()).is_some() } else { visits::is_at(lane.0) }
    }

    /// Says that the current thread reads, until the guard is dropped.
    #[inline]
    pub(crate) fn read(&self) -> Reading<'_> {
        let lane = self.mine();
        let before = lane.0.reading.load(Relaxed);
        if before & 1 == 1 {
            return self.read_otherwise(lane, before);
        }
        write_then_fence(&lane.0.reading, before + 1);
        Reading { lane, after: before + 2 }
    }

    /// For the first time, as a guest, or within another reading.
    #[cold]
    fn read_otherwise<'l>(&'l self, lane: Lane<'l>, before: u64) -> Reading<'l> {
        let number = lane.number();
        if lane.is_own() {
            if before != NEW {
                return Reading { lane, after: INNER };
            }
            self.enroll(number);
            write_then_fence(&lane.0.reading, NEW + 2);
            return Reading { lane, after: NEW + 3 };
        }
        if self.used.load(Relaxed) & (1 << number) == 0 {
            self.enroll(number);
        }
        visits::begin(lane.0);
        lane.0.guests.fetch_add(1, Relaxed);
        fence(SeqCst);
        Reading { lane, after: GUEST }
    }

    #[cold]
    fn enroll(&self, number: usize) {
        let bit = 1 << number;
        if self.used.fetch_or(bit, SeqCst) & bit == 0 {
            self.in_use.fetch_add(1, Relaxed);
        }
    }

    /// The sum of a counter over all lanes.
    pub(crate) fn sum(&self, counter: usize) -> u64 {
        let lines = self.own.iter().chain([&self.guests]);
        lines.map(|line| line.counters[counter].load(Relaxed)).fold(0, u64::wrapping_add)
    }

    /// How many lanes were ever used.
    #[inline]
    pub(crate) fn in_use(&self) -> usize {
        self.in_use.load(Relaxed)
    }

    /// The grace period of what has been taken out before, unless it is over already.
    #[inline]
    pub(crate) fn grace(&self) -> Option<Grace> {
        full_fence();
        let busy = self.used_lanes().any(|number| self.reads(number).is_some());
        busy.then(|| self.grace_of_readers()).filter(|grace| !grace.readers.is_empty())
    }

    #[cold]
    #[inline(never)]
    fn grace_of_readers(&self) -> Grace {
        let reads = |number| Some((number, self.reads(number)?));
        Grace { readers: self.used_lanes().filter_map(reads).collect() }
    }

    #[inline]
    fn used_lanes(&self) -> impl Iterator<Item = usize> {
        let mut used = self.used.load(Relaxed);
        std::iter::from_fn(move || {
            let number = used.trailing_zeros() as usize;
            let any = used != 0;
            used &= used.wrapping_sub(1);
            any.then_some(number)
        })
    }

    /// If somebody reads on a lane: the owner's number, or how many guests.
    #[inline]
    fn reads(&self, number: usize) -> Option<u64> {
        let Some(line) = self.own.get(number) else {
            return Some(self.guests.guests.load(Acquire)).filter(|guests| *guests != 0);
        };
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
            lanes.reads(*number).is_some_and(|now| *number == GUESTS || now == *then)
        });
        self.readers.is_empty()
    }
}

impl Lane<'_> {
    #[inline]
    fn is_own(self) -> bool {
        self.number() != GUESTS
    }

    /// The number of the thread, [`GUESTS`] for a guest.
    #[inline]
    pub(crate) fn number(self) -> usize {
        self.0.number
    }

    #[inline]
    pub(crate) fn count(self, counter: usize) -> u64 {
        self.0.counters[counter].load(Relaxed)
    }

    #[inline]
    pub(crate) fn add(self, counter: usize, amount: u64) {
        let counter = &self.0.counters[counter];
        if self.is_own() {
            // Ours alone, so nothing is lost between reading and writing.
            counter.store(counter.load(Relaxed).wrapping_add(amount), Relaxed);
        } else {
            counter.fetch_add(amount, Relaxed);
        }
    }
}

/// That a thread reads.
pub(crate) struct Reading<'l> {
    lane: Lane<'l>,
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
            self.lane.0.reading.store(self.after, Release);
        } else {
            // By value: a reference would keep the guard of every reader in memory.
            end_otherwise(self.lane, self.after);
        }
    }
}

#[cold]
fn end_otherwise(lane: Lane<'_>, after: u64) {
    if after == GUEST {
        lane.0.guests.fetch_sub(1, Release);
        visits::end();
    }
}

impl<'l> Reading<'l> {
    /// The lane of the thread.
    #[inline]
    pub(crate) fn lane(&self) -> Lane<'l> {
        self.lane
    }
}
