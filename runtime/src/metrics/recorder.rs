//! Counters that do not contend: every thread adds to a cache line of its own.

use super::snapshot::{Evictions, Metrics};
use crate::cache::Reason;
use crossbeam_utils::CachePadded;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Everything that is counted. The discriminant is the counter's place in a stripe.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Hit,
    Miss,
    Coalesced,
    Load,
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
    stripes: Box<[Stripe]>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            stripes: (0..stripe_count()).map(|_| Stripe::default()).collect(),
        }
    }

    #[inline]
    pub(crate) fn count(&self, event: Event) {
        self.add(event, 1);
    }

    #[inline]
    pub(crate) fn add(&self, event: Event, amount: u64) {
        // The number of stripes is a power of two.
        let stripe = thread_number() & (self.stripes.len() - 1);
        self.stripes[stripe][event as usize].fetch_add(amount, Relaxed);
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
        for counter in self.stripes.iter().flat_map(|stripe| stripe.iter()) {
            counter.store(0, Relaxed);
        }
    }

    /// The sums, without what only the store knows.
    pub(crate) fn snapshot(&self) -> Metrics {
        let sum = |event: Event| {
            self.stripes
                .iter()
                .map(|stripe| stripe[event as usize].load(Relaxed))
                .sum::<u64>()
        };
        Metrics {
            hits: sum(Event::Hit),
            misses: sum(Event::Miss),
            coalesced: sum(Event::Coalesced),
            loads: sum(Event::Load),
            load_errors: sum(Event::LoadError),
            load_time: Duration::from_nanos(sum(Event::LoadNanos)),
            bypasses: sum(Event::Bypass),
            refreshes: sum(Event::Refresh),
            evictions: Evictions {
                size: sum(Event::EvictedSize),
                expired: sum(Event::EvictedExpired),
                replaced: sum(Event::EvictedReplaced),
                removed: sum(Event::EvictedRemoved),
                cleared: sum(Event::EvictedCleared),
            },
            entries: 0,
            capacity: None,
        }
    }
}

/// Twice as many stripes as cores: two busy threads seldom share one.
fn stripe_count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| 2 * crate::parallelism().next_power_of_two())
}

/// A small number of the current thread, given out in turn.
#[inline]
fn thread_number() -> usize {
    const UNSET: usize = usize::MAX;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: Cell<usize> = const { Cell::new(UNSET) });
    // A thread that is being torn down has no locals any more; any stripe will do.
    NUMBER
        .try_with(|number| {
            if number.get() == UNSET {
                number.set(NEXT.fetch_add(1, Relaxed) & (UNSET >> 1));
            }
            number.get()
        })
        .unwrap_or(0)
}
