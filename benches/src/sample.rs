//! What one turn of one contestant measured, and what many turns say together.

use std::ops::Add;
use std::time::Duration;

use crate::tally::Tally;

/// One turn, per call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Nanoseconds of one thread.
    pub nanos: f64,
    /// Allocations.
    pub allocations: f64,
    /// Bodies run.
    pub loads: f64,
    /// No other process got in the way.
    pub calm: bool,
}

/// What one thread, or all of them together, needed for a turn.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Effort {
    pub(crate) spent: Duration,
    pub(crate) counted: Tally,
    pub(crate) preemptions: u64,
}

impl Add for Effort {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            spent: self.spent + other.spent,
            counted: self.counted + other.counted,
            preemptions: self.preemptions + other.preemptions,
        }
    }
}

impl Effort {
    /// Divides what the threads needed together by the calls they made together.
    ///
    /// The result is what a call costs its own thread: a contestant that scales perfectly shows
    /// the same number for one thread and for two.
    pub(crate) fn per_call(self, calls: u32) -> Sample {
        let calls = f64::from(calls);
        Sample {
            nanos: self.spent.as_secs_f64() * 1e9 / calls,
            allocations: float(self.counted.allocations) / calls,
            loads: float(self.counted.loads) / calls,
            calm: self.preemptions == 0,
        }
    }
}

/// Counts here stay far below `u32::MAX`; a larger one is shown as that.
fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The lower quartile, the median and the upper quartile.
///
/// # Panics
///
/// If there are no values.
pub(crate) fn quartiles(values: impl IntoIterator<Item = f64>) -> [f64; 3] {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    [last / 4, last / 2, last - last / 4].map(|index| sorted[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlier_moves_no_quartile() {
        let calm = [10.0, 11.0, 12.0, 13.0, 14.0];
        let noisy = [10.0, 11.0, 12.0, 13.0, 900.0];
        assert!(quartiles(calm).iter().eq(&quartiles(noisy)));
    }
}
