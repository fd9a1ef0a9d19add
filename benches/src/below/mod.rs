//! What lies below memory: how long a call takes that is answered there, and one that writes there.

pub mod disk;
pub mod memory;
pub mod network;

use crate::clock::Stopwatch;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::time::Duration;

/// What is stored: about a hundred bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number.
    pub id: u64,
    /// Some text.
    pub text: String,
}

impl Record {
    /// The record of a key.
    #[must_use]
    pub fn of(id: u64) -> Self {
        Self { id, text: "0123456789".repeat(8) }
    }
}

/// One row of a table.
#[derive(Debug)]
pub struct Row {
    /// What was done.
    pub what: String,
    /// Half of the calls took no longer.
    pub median: Duration,
    /// Ninety-nine of a hundred.
    pub p99: Duration,
    /// All together, by their number.
    pub mean: Duration,
}

impl Row {
    /// The row of calls that took these times.
    #[must_use]
    pub fn new(what: impl Into<String>, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
        Self {
            what: what.into(),
            median: at(50),
            p99: at(99),
            mean: times.iter().sum::<Duration>() / count,
        }
    }

    /// Its cells.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let micros = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1e6);
        vec![self.what.clone(), micros(self.median), micros(self.mean), micros(self.p99)]
    }
}

/// The titles of the cells.
#[must_use]
pub fn head() -> Vec<String> {
    ["", "median, us", "mean, us", "99 %, us"].map(str::to_owned).to_vec()
}

/// How long each call takes.
pub async fn timed<F: Future>(calls: u64, mut call: impl FnMut(u64) -> F) -> Vec<Duration> {
    let mut times = Vec::new();
    for number in 0..calls {
        let begun = Stopwatch::start();
        std::hint::black_box(call(number).await);
        times.push(begun.elapsed());
    }
    times
}

/// Keys in no order, the same in every run.
#[must_use]
pub fn scattered(number: u64, keys: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % keys
}
