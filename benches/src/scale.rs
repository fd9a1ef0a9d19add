//! What a hit costs when there are more threads, and more entries than the processor's own caches
//! hold.
//!
//! One contestant at a time, in a process of its own: ten million entries of all of them would not
//! fit in memory, and those that come later would get what the earlier have left of the heap.

use std::hash::RandomState;

use dashmap::DashMap;

use crate::contestant::Contestant;
use crate::course::{Turn, Uniform};
use crate::footprint::Weighed;
use crate::peers::larder::Policy;
use crate::peers::{cached, floors, foyer, larder, moka, quick_cache};
use crate::race::Line;
use crate::store::{Index, by_hand};
use crate::table;

/// Entries to ask for; every cache has room for twice as many, so that none of its parts is full.
pub const SIZES: [u32; 3] = [1_000, 100_000, 10_000_000];

/// How many threads ask.
pub const THREADS: [u32; 4] = [1, 2, 4, 8];

type Foldhash = ::foldhash::fast::RandomState;

/// How a contestant is built for a course.
type Build = fn(&'static str, Uniform) -> Contestant;

const CONTESTANTS: &[(&str, Build)] = &[
    ("no cache", |name, course| Contestant::new(name, course, floors::ready())),
    ("DashMap", |name, course| {
        Contestant::new(name, course, by_hand(DashMap::<u64, u64, RandomState>::default()))
    }),
    ("DashMap, foldhash", |name, course| {
        Contestant::new(name, course, by_hand(DashMap::<u64, u64, Foldhash>::default()))
    }),
    ("papaya", |name, course| {
        Contestant::new(name, course, by_hand(papaya::HashMap::<u64, u64>::default()))
    }),
    ("larder", annotated),
    ("larder Cache::get", |name, course| {
        Contestant::new(name, course, by_hand(larder::store(room(course), Policy::Lru)))
    }),
    ("quick_cache", |name, course| {
        Contestant::new(name, course, by_hand(quick_cache::store(room(course))))
    }),
    ("moka", |name, course| Contestant::new(name, course, by_hand(moka::store(room(course))))),
    ("foyer", |name, course| Contestant::new(name, course, by_hand(foyer::store(room(course))))),
    ("cached sharded LRU", |name, course| {
        Contestant::new(name, course, by_hand(cached::sharded_lru(room(course))))
    }),
];

fn room(course: Uniform) -> usize {
    2 * course.entries() as usize
}

/// A function for each size: how many entries it caches is written above it.
fn annotated(name: &'static str, course: Uniform) -> Contestant {
    match course.entries() {
        ..=1_000 => Contestant::new(name, course, async |key| larder::scaled::small(key).await),
        1_001..=100_000 => {
            Contestant::new(name, course, async |key| larder::scaled::medium(key).await)
        }
        _ => Contestant::new(name, course, async |key| larder::scaled::large(key).await),
    }
}

/// The contestants, in the order of the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    CONTESTANTS.iter().map(|(name, _)| *name)
}

/// What a call cost one contestant at one number of threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Nanoseconds of its thread.
    pub nanos: f64,
    /// Bodies run per call: above zero, these were not hits.
    pub loads: f64,
}

/// Builds a contestant, stores the entries, and measures it with each number of threads.
///
/// # Errors
///
/// If there is no such contestant.
pub fn measure(name: &str, entries: u32, rounds: u32) -> Result<Vec<Cost>, String> {
    let (name, build) = CONTESTANTS.iter().find(|(known, _)| *known == name).ok_or_else(|| {
        let known: Vec<_> = names().collect();
        format!("no contestant {name:?}, but {}", known.join("; "))
    })?;
    let contestant = build(name, Uniform::new(entries));
    contestant.run(Turn::WARM_UP);
    let turns = |threads| {
        let turns = (1..=rounds).map(|round| contestant.run(Turn { round, threads }));
        let line = Line::new(name, turns.collect());
        Cost { nanos: line.nanos(), loads: line.loads() }
    };
    Ok(THREADS.into_iter().map(turns).collect())
}

/// The table of one size.
pub fn table(entries: u32, cores: usize, lines: &[(&str, Vec<Cost>)]) -> String {
    let nanos = THREADS.map(|threads| format!("ns, {}", table::threads(threads)));
    let rates = THREADS.map(|threads| format!("M/s, {threads}"));
    let head = ["contestant".to_owned()].into_iter().chain(nanos).chain(rates);
    let mut rows = vec![head.chain(["bodies/call".to_owned()]).collect()];
    rows.extend(lines.iter().map(|(name, costs)| row(name, costs)));
    format!(
        "### hits on {entries} entries\n\nAny entry may be next. \"ns\" is the time that \
         passes for a thread between two of its calls, \"M/s\" how many millions of calls all threads \
         make in a second. {}\n\n{}",
        crowd(cores),
        table::align(&rows)
    )
}

fn crowd(cores: usize) -> String {
    let Some(first) = THREADS.into_iter().find(|&threads| threads as usize > cores) else {
        return format!("There are {cores} cores, one for every thread.");
    };
    format!(
        "There are {cores} cores: from {first} threads on they are oversubscribed, threads wait for \
         a core and now and then for a lock whose owner waits for one, \"ns\" includes the waiting, \
         and \"M/s\" is the column to read."
    )
}

fn row(name: &str, costs: &[Cost]) -> Vec<String> {
    let nanos = costs.iter().map(|cost| format!("{:.1}", cost.nanos));
    let rate = |(cost, threads): (&Cost, u32)| f64::from(threads) * 1e3 / cost.nanos;
    let rates = costs.iter().zip(THREADS).map(|pair| format!("{:.1}", rate(pair)));
    let loads = costs.iter().map(|cost| cost.loads).fold(0.0, f64::max);
    let cells = [name.to_owned()].into_iter().chain(nanos).chain(rates);
    cells.chain([format!("{loads:.3}")]).collect()
}

/// The stores whose entries are weighed.
pub fn weighed() -> Vec<Weighed> {
    vec![
        Weighed::index("DashMap", |_| map::<DashMap<u64, u64>>()),
        Weighed::index("papaya", |_| map::<papaya::HashMap<u64, u64>>()),
        Weighed::cache("larder", |entries| larder::store(entries, Policy::Lru)),
        Weighed::cache("larder sieve", |entries| larder::store(entries, Policy::Sieve)),
        Weighed::cache("larder s3fifo", |entries| larder::store(entries, Policy::S3Fifo)),
        Weighed::cache("larder tinylfu", |entries| larder::store(entries, Policy::TinyLfu)),
        Weighed::cache("quick_cache", quick_cache::store),
        Weighed::cache("moka", moka::store),
        Weighed::cache("foyer", foyer::store),
        Weighed::cache("cached LRU", cached::lru),
        Weighed::cache("cached sharded LRU", cached::sharded_lru),
    ]
}

fn map<M: Index + Default>() -> M {
    M::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contestant_is_measured_with_every_number_of_threads() {
        let costs = measure("larder", 1_000, 1).unwrap();
        assert_eq!(costs.len(), THREADS.len());
        assert!(costs.iter().all(|cost| cost.nanos > 0.0 && cost.loads == 0.0), "{costs:?}");
        assert!(measure("nobody", 1, 1).unwrap_err().contains("papaya; larder;"));
    }

    #[test]
    fn throughput_is_that_of_all_threads() {
        let cost = Cost { nanos: 50.0, loads: 0.0 };
        assert_eq!(row("x", &[cost; 4])[5..9], ["20.0", "40.0", "80.0", "160.0"]);
    }

    #[test]
    fn the_text_says_which_columns_are_crowded() {
        assert!(crowd(2).contains("from 4 threads on"));
        assert!(crowd(64).contains("one for every thread"));
    }
}
