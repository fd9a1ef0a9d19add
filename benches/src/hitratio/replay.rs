//! Traces through caches, each on one thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::trace::{SHARES, as_float};
use super::{Contestant, Trace};
use crate::store::{Store, request};

/// After how many requests a cache may do what it has put off. Only moka puts something off; a
/// server would do it between requests.
const HOUSEKEEPING: usize = 16;

/// How often one trace was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// The trace's name.
    pub trace: String,
    /// The length of the trace.
    pub requests: usize,
    /// By capacity, ascending.
    pub points: Vec<Point>,
}

/// How often one trace was answered at one capacity.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Entries.
    pub capacity: usize,
    /// For the capacities of the table: how much that is of the distinct keys, in percent.
    pub share: Option<u32>,
    /// Requests answered by each contestant, in percent.
    pub ratios: Vec<f64>,
}

/// Replays a trace through every contestant at every capacity, on `jobs` threads.
///
/// Each replay is alone on its thread with its cache, so the number of threads changes no result.
pub fn replay(
    trace: &Trace,
    capacities: &[usize],
    contestants: &[Contestant],
    jobs: usize,
) -> Replay {
    let cell = |index: usize| {
        let contestant = &contestants[index % contestants.len()];
        contestant.hits(&trace.keys, capacities[index / contestants.len()])
    };
    let requests = trace.keys.len();
    let hits = in_parallel(contestants.len() * capacities.len(), jobs, &cell);
    let ratios = hits.chunks(contestants.len()).map(|hits| percent(hits, requests));
    let points = capacities.iter().zip(ratios).map(|(&capacity, ratios)| {
        let share = SHARES.into_iter().find(|&share| trace.share(share) == capacity);
        Point { capacity, share, ratios }
    });
    Replay { trace: trace.name.clone(), requests, points: points.collect() }
}

/// How many of the requests a cache answers; what it does not have it is given.
pub(super) fn hits(keys: &[u64], cache: &impl Store) -> usize {
    let mut hits = 0;
    for requests in keys.chunks(HOUSEKEEPING) {
        hits += requests.iter().filter(|&&key| request(cache, key)).count();
        cache.settle();
    }
    hits
}

fn percent(hits: &[usize], requests: usize) -> Vec<f64> {
    hits.iter().map(|&hits| as_float(hits) * 100.0 / as_float(requests)).collect()
}

/// The results of `work` for all numbers below `count`.
fn in_parallel(count: usize, jobs: usize, work: &(impl Fn(usize) -> usize + Sync)) -> Vec<usize> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let indexes = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        indexes.take_while(|&index| index < count).map(|index| (index, work(index))).collect()
    };
    let mut results: Vec<(usize, usize)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
        let done = workers.into_iter().map(|worker| worker.join().expect("a replay panicked"));
        done.flat_map(|results: Vec<_>| results).collect()
    });
    results.sort_unstable();
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hitratio::all;

    #[test]
    fn results_are_in_the_order_of_the_work() {
        assert_eq!(in_parallel(50, 3, &|index| index * 2), (0..100).step_by(2).collect::<Vec<_>>());
    }

    #[test]
    fn a_point_is_a_row_of_ratios() {
        let keys: Vec<u64> = (0..2_000).map(|number| number % 1_000).collect();
        let trace = Trace { name: "twice".to_owned(), keys, distinct: 1_000 };
        let replayed = replay(&trace, &[100, 4_000], &all(), 2);
        let shares: Vec<_> = replayed.points.iter().map(|point| point.share).collect();
        assert_eq!(shares, [Some(10), None]);
        let fits = &replayed.points[1].ratios;
        assert!(fits.iter().all(|ratio| (ratio - 50.0).abs() < 1e-9), "{fits:?}");
    }
}
