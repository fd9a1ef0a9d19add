//! What is counted per call: every thread counts in its own lane.

use super::snapshot::{Evictions, Metrics};
use crate::cache::Reason;
use crate::clock;
use crate::lanes::{COUNTERS, Lane, Lanes};
use crate::store::Tally;
use crate::sync::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Everything that is counted. The discriminant is the counter's place in a lane.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Hit,
    Miss,
    Coalesced,
    Load,
    LoadEnded,
    LoadError,
    /// The time of loads that did not end at once.
    LoadNanos,
    /// Loads that ended at once, when their body was polled first.
    Ready,
    /// Those among them whose time was taken.
    ReadyTimed,
    ReadyNanos,
    Bypass,
    Refresh,
}

const EVENTS: usize = Event::Refresh as usize + 1;
const _: () = assert!(EVENTS <= COUNTERS);

/// Of loads that end at once, the time of one in this many is taken: to take it costs as much as a lookup.
const TIMED: u64 = 16;

/// The counters of one cache.
pub(crate) struct Recorder {
    lanes: Arc<Lanes>,
    /// The sums at the last reset. A lane is written by its thread alone, so nobody else can set it to zero.
    baseline: Mutex<Baseline>,
}

#[derive(Default)]
struct Baseline {
    sums: [u64; EVENTS],
    tally: Tally,
}

impl Recorder {
    pub(crate) fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes, baseline: Mutex::default() }
    }

    /// The lane of the current thread.
    #[inline]
    pub(crate) fn lane(&self) -> Lane<'_> {
        self.lanes.mine()
    }

    #[inline]
    pub(crate) fn count(&self, event: Event) {
        self.lane().add(event as usize, 1);
    }

    /// Counts a miss and the start of its load, or only that. Whether its time is to be taken even if it ends at once.
    #[inline]
    pub(crate) fn count_load(&self, miss: bool) -> bool {
        let lane = self.lane();
        if miss {
            lane.add(Event::Miss as usize, 1);
        }
        let earlier = lane.count(Event::Load as usize);
        lane.add(Event::Load as usize, 1);
        earlier.is_multiple_of(TIMED)
    }

    /// Counts the end of a load that took this long.
    pub(crate) fn count_end(&self, took: Duration) {
        let lane = self.lane();
        lane.add(Event::LoadEnded as usize, 1);
        lane.add(Event::LoadNanos as usize, clock::nanos(took));
    }

    /// Counts the end of a load that ended at once, with its time if that was taken.
    #[inline]
    pub(crate) fn count_ready(&self, took: Option<Duration>) {
        let lane = self.lane();
        lane.add(Event::LoadEnded as usize, 1);
        lane.add(Event::Ready as usize, 1);
        if let Some(took) = took {
            lane.add(Event::ReadyTimed as usize, 1);
            lane.add(Event::ReadyNanos as usize, clock::nanos(took));
        }
    }

    /// Begins anew, with what the store has counted so far.
    pub(crate) fn reset(&self, tally: &Tally) {
        let mut baseline = self.baseline.lock();
        *baseline = Baseline { sums: self.sums(), tally: *tally };
    }

    fn sums(&self) -> [u64; EVENTS] {
        std::array::from_fn(|event| self.lanes.sum(event))
    }

    /// All hits and misses so far, whatever was reset.
    pub(crate) fn hits_and_misses(&self) -> (u64, u64) {
        (self.lanes.sum(Event::Hit as usize), self.lanes.sum(Event::Miss as usize))
    }

    /// The numbers since the last reset, with what the store has counted so far, without what it holds.
    pub(crate) fn snapshot(&self, tally: &Tally) -> Metrics {
        let baseline = self.baseline.lock();
        let sums = self.sums();
        let since = |event: Event| sums[event as usize].wrapping_sub(baseline.sums[event as usize]);
        let tally = tally.since(&baseline.tally);
        let left = |reason: Reason| tally.left[reason as usize];
        Metrics {
            hits: since(Event::Hit),
            misses: since(Event::Miss),
            coalesced: since(Event::Coalesced),
            loads: since(Event::Load),
            loads_ended: since(Event::LoadEnded),
            load_errors: since(Event::LoadError),
            load_time: load_time(since),
            bypasses: since(Event::Bypass),
            refreshes: since(Event::Refresh),
            evictions: Evictions {
                size: left(Reason::Size),
                expired: left(Reason::Expired),
                replaced: left(Reason::Replaced),
                removed: left(Reason::Removed),
                cleared: left(Reason::Cleared),
            },
            rejected: tally.rejected,
            ..Metrics::default()
        }
    }
}

/// The time of all loads. Of those that ended at once, it is known from a part of them.
fn load_time(since: impl Fn(Event) -> u64) -> Duration {
    let (ready, timed) = (since(Event::Ready), since(Event::ReadyTimed));
    let nanos = u128::from(since(Event::ReadyNanos)) * u128::from(ready);
    let ready = nanos.checked_div(timed.into()).unwrap_or(0);
    let ready = u64::try_from(ready).unwrap_or(u64::MAX);
    Duration::from_nanos(since(Event::LoadNanos).saturating_add(ready))
}
