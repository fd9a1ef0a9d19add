//! Misses: every key is new, so every call runs the body and pushes another entry out.

use std::sync::Arc;

use super::laps::walk;
use super::{Call, Course, Turn};
use crate::lane;
use crate::sample::Sample;

/// Keys that nobody has seen before.
#[derive(Debug, Clone, Copy)]
pub struct Fresh {
    calls: u32,
}

impl Fresh {
    /// `calls` new keys for each thread in a turn, the same ones for every contestant.
    pub fn new(calls: u32) -> Self {
        Self { calls }
    }
}

impl Course for Fresh {
    type Key = u64;

    fn calls(&self) -> u32 {
        self.calls
    }

    fn run(&self, call: &Arc<impl Call<u64>>, turn: Turn) -> Sample {
        let keys = turn.fresh_numbers(self.calls * turn.threads);
        lane::run(turn.threads, self.calls, async |lane| {
            lane.measured(walk(&**call, lane.share(&keys), 1)).await;
        })
    }
}
