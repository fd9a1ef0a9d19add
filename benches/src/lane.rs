//! One thread per lane, each on a core and with a runtime of its own, all released together.

use std::cell::Cell;
use std::hint;
use std::ops::Add;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use tokio::runtime::{Builder, Runtime};

use crate::clock::Stopwatch;
use crate::disturbance::preemptions;
use crate::sample::{Effort, Sample};
use crate::tally::Tally;

/// What the lanes of one turn share.
#[derive(Debug)]
struct Track {
    threads: u64,
    /// How often a lane has come to a meeting.
    arrivals: AtomicU64,
    /// How many lanes are off the meter for good.
    finished: AtomicU64,
}

impl Track {
    /// Waits for the other lanes without sleeping, so that all of them start within nanoseconds.
    fn meet(&self) -> bool {
        let ticket = self.arrivals.fetch_add(1, Ordering::AcqRel);
        let everyone = (ticket / self.threads + 1) * self.threads;
        while self.arrivals.load(Ordering::Acquire) < everyone {
            hint::spin_loop();
        }
        ticket + 1 == everyone
    }
}

/// A thread that makes calls, and the meter on it.
#[derive(Debug)]
pub struct Lane<'turn> {
    index: u32,
    track: &'turn Track,
    effort: Cell<Effort>,
}

impl<'turn> Lane<'turn> {
    fn new(index: u32, track: &'turn Track) -> Self {
        Self { index, track, effort: Cell::default() }
    }

    /// Different for different lanes of a turn.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Waits for the other lanes; true on exactly one of them.
    pub fn meet(&self) -> bool {
        self.track.meet()
    }

    /// Waits for the other lanes, then runs `work` on the meter.
    pub async fn measured(&self, work: impl Future<Output = ()>) {
        self.meet();
        let before = Tally::read();
        let watch = Stopwatch::start();
        work.await;
        let (spent, counted) = (watch.elapsed(), Tally::read() - before);
        self.effort.set(self.effort.get() + Effort { spent, counted, preemptions: 0 });
    }

    /// Repeats `work`, off the meter, until every lane has come here.
    ///
    /// Without it the slower lane would make its last calls alone, and look faster than it is.
    pub async fn keep_company(&self, work: impl AsyncFn()) {
        self.track.finished.fetch_add(1, Ordering::AcqRel);
        while self.track.finished.load(Ordering::Acquire) < self.track.threads {
            work().await;
        }
    }

    /// The part of `items` that falls to this lane: different lanes, different items.
    pub fn share<'items, T>(&self, items: &'items [T]) -> &'items [T] {
        let (index, lanes) = (self.index as usize, items.len() / self.lanes());
        &items[lanes * index..lanes * (index + 1)]
    }

    fn lanes(&self) -> usize {
        usize::try_from(self.track.threads).expect("there are few threads")
    }
}

impl Drop for Lane<'_> {
    /// A lane that panics lets the others go, so that the panic is reported.
    fn drop(&mut self) {
        if thread::panicking() {
            self.track.arrivals.fetch_add(u64::from(u32::MAX), Ordering::AcqRel);
            self.track.finished.fetch_add(u64::from(u32::MAX), Ordering::AcqRel);
        }
    }
}

/// Runs `work` on `threads` lanes that make `calls` calls each.
///
/// Each lane has a single-threaded runtime and awaits its calls inside one async block, as a
/// service does: nothing enters a runtime once per call.
///
/// # Panics
///
/// If a thread or a runtime cannot be made, or if a contestant panics.
pub fn run(threads: u32, calls: u32, work: impl AsyncFn(&Lane<'_>) + Sync) -> Sample {
    let track = Track {
        threads: threads.into(),
        arrivals: AtomicU64::default(),
        finished: AtomicU64::default(),
    };
    let one = |index| {
        settle(index);
        let (lane, runtime) = (Lane::new(index, &track), runtime());
        let before = preemptions();
        driven(&runtime, work(&lane));
        Effort { preemptions: preemptions() - before, ..lane.effort.get() }
    };
    let effort = thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads).map(|index| scope.spawn(move || one(index))).collect();
        let efforts = lanes.into_iter().map(|lane| lane.join().expect("a contestant panicked"));
        efforts.fold(Effort::default(), Effort::add)
    });
    effort.per_call(calls * threads)
}

/// Kept apart so that an instruction counter can be told to count in here and nowhere else.
#[inline(never)]
fn driven(runtime: &Runtime, work: impl Future<Output = ()>) {
    runtime.block_on(work);
}

/// Gives every lane a core of its own, where the system lets it choose; where there are fewer cores
/// than lanes, every core gets as many as the others.
fn settle(index: u32) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.iter().cycle().nth(index as usize) {
        core_affinity::set_for_current(*core);
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime needs no more than time")
}
