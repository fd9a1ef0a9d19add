//! Entries that come and go, in an index that stays full.

use std::hint::black_box;
use std::sync::Arc;

use super::{Call, Course, Turn};
use crate::key::{self, Key};
use crate::lane;
use crate::sample::Sample;

/// A key that comes, and the one that leaves for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swap {
    /// Nobody has seen it before.
    pub new: u64,
    /// The oldest that is there.
    pub old: u64,
}

impl Key for Swap {
    fn value(self) -> u64 {
        self.new.value()
    }
}

/// Swaps of the oldest entry for a new one.
#[derive(Debug, Clone, Copy)]
pub struct Churn {
    entries: u32,
    calls: u32,
}

impl Churn {
    /// `calls` swaps for each thread in a turn, while `entries` entries stay. The first turn fills
    /// the index: what it tells to leave was never there. All turns are to be with the same number
    /// of threads.
    pub fn new(entries: u32, calls: u32) -> Self {
        Self { entries, calls }
    }

    /// The swaps of a lane continue where those of its last turn have ended.
    fn swaps(self, turn: Turn, lane: u32) -> Vec<Swap> {
        let window = self.entries / turn.threads;
        let begun = u64::from(turn.round) * u64::from(self.calls);
        let oldest = (u64::from(lane) << 48) + begun;
        let keys = key::numbers(oldest, u64::from(window + self.calls));
        let news = keys[window as usize..].iter();
        keys.iter().zip(news).map(|(&old, &new)| Swap { new, old }).collect()
    }
}

impl Course for Churn {
    type Key = Swap;

    fn calls(&self) -> u32 {
        self.calls
    }

    fn run(&self, call: &Arc<impl Call<Swap>>, turn: Turn) -> Sample {
        lane::run(turn.threads, self.calls, async |lane| {
            let swaps = self.swaps(turn, lane.index());
            lane.measured(async {
                for swap in swaps {
                    black_box(call(black_box(swap)).await);
                }
            })
            .await;
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_turn_removes_what_was_there_and_leaves_it_full() {
        let churn = Churn::new(10, 25);
        let mut present = HashSet::new();
        for round in 0..4 {
            for Swap { new, old } in churn.swaps(Turn { round, threads: 2 }, 1) {
                let filling = present.len() < 5;
                assert!(present.insert(new));
                assert_ne!(present.remove(&old), filling);
            }
            assert_eq!(present.len(), 5);
        }
    }
}
