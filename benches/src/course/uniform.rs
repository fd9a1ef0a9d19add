//! Hits all over a cache: any entry may be asked for next.
//!
//! A turn is a length of time and not a number of calls, and its clock runs from the first call of
//! any thread to the last one of any. Threads that outnumber the cores run one after another: a
//! clock for each of them would not see that the others wait, and a turn that is shorter than what
//! the kernel gives a thread at once would not show it at all.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Call, Course, Turn};
use crate::clock::Stopwatch;
use crate::key::{Key, scatter};
use crate::lane;
use crate::sample::Sample;

/// Some dozens of what the kernel gives a thread at once.
const TURN: Duration = Duration::from_millis(60);

/// Calls between two looks at the clock.
const CALLS: u32 = 500;

/// Uniformly random hits.
#[derive(Debug, Clone, Copy)]
pub struct Uniform {
    entries: u32,
}

impl Uniform {
    /// Hits on so many entries. The first turn stores them and asks for nothing twice.
    pub fn new(entries: u32) -> Self {
        Self { entries }
    }

    /// How many entries there are to ask for.
    pub fn entries(self) -> u32 {
        self.entries
    }

    fn fill(self, call: &impl Call<u64>) -> Sample {
        lane::run(1, self.entries, async |lane| {
            lane.measured(async {
                for key in (0..self.entries).map(|index| scatter(index.into())) {
                    assert_eq!(call(key).await, key.value(), "another key's value");
                }
            })
            .await;
        })
    }

    async fn walk(self, call: &impl Call<u64>, dice: &Dice) {
        for _ in 0..CALLS {
            let key = scatter(dice.throw(self.entries));
            black_box(call(black_box(key)).await);
        }
    }
}

impl Course for Uniform {
    type Key = u64;

    fn calls(&self) -> u32 {
        CALLS
    }

    fn run(&self, call: &Arc<impl Call<u64>>, turn: Turn) -> Sample {
        if turn.is_warm_up() {
            return self.fill(&**call);
        }
        let meter = Meter::default();
        let sums = lane::run(turn.threads, 1, async |lane| {
            let dice = Dice::new(turn.round, lane.index());
            for _ in 0..20 {
                self.walk(&**call, &dice).await;
            }
            lane.measured(async {
                while meter.runs() {
                    self.walk(&**call, &dice).await;
                    meter.count();
                }
            })
            .await;
        });
        meter.read(turn.threads, sums)
    }
}

/// One clock and one count for all lanes of a turn.
#[derive(Debug, Default)]
struct Meter {
    start: OnceLock<Stopwatch>,
    walks: AtomicU64,
    nanos: AtomicU64,
}

impl Meter {
    fn runs(&self) -> bool {
        self.start.get_or_init(Stopwatch::start).elapsed() < TURN
    }

    /// A walk has ended, and perhaps the turn with it.
    fn count(&self) {
        let elapsed = self.start.get_or_init(Stopwatch::start).elapsed().as_nanos();
        self.nanos.fetch_max(u64::try_from(elapsed).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.walks.fetch_add(1, Ordering::Relaxed);
    }

    /// What a call costs its thread; `sums` are per lane, and become per call.
    #[expect(clippy::cast_precision_loss, reason = "counts of a turn are far below 2^52")]
    fn read(&self, threads: u32, sums: Sample) -> Sample {
        let calls = (self.walks.load(Ordering::Relaxed) * u64::from(CALLS)) as f64;
        let calls_of_lane = calls / f64::from(threads);
        Sample {
            nanos: self.nanos.load(Ordering::Relaxed) as f64 / calls_of_lane,
            allocations: sums.allocations / calls_of_lane,
            loads: sums.loads / calls_of_lane,
            calm: sums.calm,
        }
    }
}

/// Random numbers, the same ones for every contestant.
///
/// They are made as they are needed: a list of them would be long, and would push the cache's
/// entries out of the processor's own.
struct Dice(Cell<u64>);

impl Dice {
    fn new(round: u32, lane: u32) -> Self {
        Self(Cell::new(u64::from(round) << 40 | u64::from(lane) << 56))
    }

    /// A number below the limit.
    fn throw(&self, limit: u32) -> u64 {
        self.0.set(self.0.get() + 1);
        ((scatter(self.0.get()) >> 32) * u64::from(limit)) >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_the_time_that_passes() {
        let meter = Meter::default();
        meter.walks.store(8, Ordering::Relaxed);
        meter.nanos.store(8_000, Ordering::Relaxed);
        let sums = Sample { nanos: 0.0, allocations: 0.0, loads: 1_000.0, calm: true };
        let read = meter.read(4, sums);
        assert!((read.nanos - 8.0).abs() < 1e-9 && (read.loads - 1.0).abs() < 1e-9, "{read:?}");
    }

    #[test]
    fn every_entry_comes_up_about_as_often() {
        let dice = Dice::new(1, 1);
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[usize::try_from(dice.throw(10)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (900..1_100).contains(count)), "{seen:?}");
    }
}
