//! Counters that do not contend: every thread adds to a cache line of its own.

use super::slot::{self, SLOTS};
use super::snapshot::{Evictions, Metrics};
use crate::cache::Reason;
use crate::clock;
use crate::store::Use;
use crossbeam_utils::CachePadded;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Everything that is counted. The discriminant is the counter's place in a stripe.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Hit,
    Miss,
    Coalesced,
    Load,
    LoadEnded,
    LoadError,
    LoadNanos,
    Bypass,
    Refresh,
    EvictedSize,
    EvictedExpired,
    EvictedReplaced,
    EvictedRemoved,
    EvictedCleared,
}

const EVENTS: usize = Event::EvictedCleared as usize + 1;

type Stripe = CachePadded<[AtomicU64; EVENTS]>;

/// The counters of one cache.
pub(crate) struct Recorder {
    /// One stripe per slot of a thread, and one for the threads that have none.
    stripes: Box<[Stripe; SLOTS + 1]>,
    /// The sums at the last reset. A stripe is written by its thread alone, so nobody else can set it to zero.
    baseline: Mutex<[u64; EVENTS]>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { stripes: Box::default(), baseline: Mutex::default() }
    }

    #[inline]
    pub(crate) fn count(&self, event: Event) {
        self.add(event, 1);
    }

    #[inline]
    fn add(&self, event: Event, amount: u64) {
        let slot = slot::current();
        let counter = &self.stripes[slot][event as usize];
        if slot == SLOTS {
            counter.fetch_add(amount, Relaxed);
        } else {
            // Ours alone, so nothing is lost between reading and writing.
            counter.store(counter.load(Relaxed).wrapping_add(amount), Relaxed);
        }
    }

    /// The use that the next hit of this thread is.
    #[inline]
    pub(crate) fn next_use(&self) -> Use {
        let slot = slot::current();
        let count = self.stripes[slot][Event::Hit as usize].load(Relaxed);
        Use { slot: (slot < SLOTS).then_some(slot), count }
    }

    /// Counts the end of a load.
    pub(crate) fn count_load(&self, took: Duration) {
        self.count(Event::LoadEnded);
        self.add(Event::LoadNanos, clock::nanos(took));
    }

    pub(crate) fn count_eviction(&self, reason: Reason) {
        self.count(match reason {
            Reason::Size => Event::EvictedSize,
            Reason::Expired => Event::EvictedExpired,
            Reason::Replaced => Event::EvictedReplaced,
            Reason::Removed => Event::EvictedRemoved,
            Reason::Cleared => Event::EvictedCleared,
        });
    }

    pub(crate) fn reset(&self) {
        let mut baseline = self.baseline.lock();
        *baseline = self.sums();
    }

    fn sums(&self) -> [u64; EVENTS] {
        std::array::from_fn(|event| {
            let counters = self.stripes.iter().map(|stripe| stripe[event].load(Relaxed));
            counters.fold(0, u64::wrapping_add)
        })
    }

    /// The sums since the last reset, without what only the store knows.
    pub(crate) fn snapshot(&self) -> Metrics {
        let baseline = self.baseline.lock();
        let sums = self.sums();
        let since = |event: Event| sums[event as usize].wrapping_sub(baseline[event as usize]);
        Metrics {
            hits: since(Event::Hit),
            misses: since(Event::Miss),
            coalesced: since(Event::Coalesced),
            loads: since(Event::Load),
            loads_ended: since(Event::LoadEnded),
            load_errors: since(Event::LoadError),
            load_time: Duration::from_nanos(since(Event::LoadNanos)),
            bypasses: since(Event::Bypass),
            refreshes: since(Event::Refresh),
            evictions: Evictions {
                size: since(Event::EvictedSize),
                expired: since(Event::EvictedExpired),
                replaced: since(Event::EvictedReplaced),
                removed: since(Event::EvictedRemoved),
                cleared: since(Event::EvictedCleared),
            },
            entries: 0,
            capacity: None,
        }
    }
}
