//! What one turn of one contestant measured, and what many turns say together.

use std::time::Duration;

use crate::tally::Tally;

/// One turn, per call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// Nanoseconds of one thread.
    pub nanos: f64,
    /// Allocations.
    pub allocations: f64,
    /// Bodies run.
    pub loads: f64,
}

impl Sample {
    /// Divides what `threads` threads needed, each making `calls` calls, by the calls.
    ///
    /// `spent` is the sum of the threads' times: the result is what a call costs its own thread,
    /// so a contestant that scales perfectly shows the same number for one thread and for two.
    pub fn per_call(spent: Duration, tally: Tally, calls: u32) -> Self {
        let calls = f64::from(calls);
        Self {
            nanos: spent.as_secs_f64() * 1e9 / calls,
            allocations: float(tally.allocations) / calls,
            loads: float(tally.loads) / calls,
        }
    }
}

/// Counts here stay far below `u32::MAX`; a larger one is shown as that.
fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The value with as many values above as below it.
///
/// # Panics
///
/// If there are no values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quartiles(values)[1]
}

/// Half of the distance between the quartiles, relative to the median: how noisy it was.
///
/// # Panics
///
/// If there are no values.
pub fn spread(values: impl IntoIterator<Item = f64>) -> f64 {
    let [low, middle, high] = quartiles(values);
    (high - low) / 2.0 / middle
}

fn quartiles(values: impl IntoIterator<Item = f64>) -> [f64; 3] {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    [last / 4, last / 2, last - last / 4].map(|index| sorted[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlier_moves_neither_median_nor_spread() {
        let calm = [10.0, 11.0, 12.0, 13.0, 14.0];
        let noisy = [10.0, 11.0, 12.0, 13.0, 900.0];
        assert!((median(calm) - median(noisy)).abs() < f64::EPSILON);
        assert!((spread(calm) - spread(noisy)).abs() < f64::EPSILON);
    }
}
