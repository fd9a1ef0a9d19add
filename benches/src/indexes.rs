//! The structures that could find a store's entries, used as larder would use them.
//!
//! Every entry carries what larder has to know of it, every hit reads the deadline and marks the
//! entry as used, and all hash with `foldhash`. None of the structures knows an order: larder's own
//! rows are what all of it costs together.

mod dashmap;
mod entry;
mod papaya;
mod sharded;

use crate::course::{Churn, Laps, Swap};
use crate::footprint::Weighed;
use crate::key::{self, Key};
use crate::peers::larder::{self, Policy};
use crate::scenario::{Field, Scenario};
use crate::store::{Index, by_hand};
use dashmap::RawDashMap;
use papaya::Papaya;
use sharded::Sharded;

type Foldhash = ::foldhash::fast::RandomState;

/// Entries of an index that is full.
const FULL: u32 = 1_000;
/// Entries of larder's cache that everything fits in, as in the other scenarios of hits.
const LARGE: usize = 10_000;

const DASHMAP: &str = "DashMap, raw";
const PAPAYA: &str = "papaya";
const SHARDED: &str = "sharded HashTable";
const LARDER: &str = "larder";

/// A fresh set: what the contestants hold depends on how many threads have used them.
pub fn scenarios(laps: u32) -> Vec<Scenario> {
    let different = "Hits on 1,000 `u64` keys; threads ask for different keys.";
    let same = "Hits on one `u64` key: every thread asks for the same one.";
    let (keys, key) = (key::numbers(0, 1_000), key::numbers(0, 1).repeat(1_000));
    vec![
        hits("index-hit", different, Laps::new(keys, laps)),
        hits("index-same-key", same, Laps::new(key, laps)),
        churn(laps),
    ]
}

fn hits(name: &'static str, about: &'static str, course: Laps<u64>) -> Scenario {
    Field::new(name, about, course)
        .against(&[DASHMAP, LARDER])
        .enter(DASHMAP, by_hand(RawDashMap::default()))
        .enter(PAPAYA, by_hand(Papaya::default()))
        .enter(SHARDED, by_hand(Sharded::default()))
        .enter(LARDER, by_hand(larder::store(LARGE, Policy::Lru)))
        .enter("larder peek", by_hand(larder::Peeked(larder::store(LARGE, Policy::Lru))))
        .close()
}

fn churn(laps: u32) -> Scenario {
    let about = "1,000 entries stay: insert a new one, remove the oldest. larder finds by itself \
                 which one has to leave.";
    let cache = larder::store(FULL as usize, Policy::Lru);
    Field::new("index-churn", about, Churn::new(FULL, laps * 200))
        .against(&[DASHMAP, LARDER])
        .enter(DASHMAP, swapped(RawDashMap::default()))
        .enter(PAPAYA, swapped(Papaya::default()))
        .enter(SHARDED, swapped(Sharded::default()))
        .enter(LARDER, async move |Swap { new, .. }| {
            cache.set(new, new.value());
            new.value()
        })
        .close()
}

fn swapped(index: impl Index + Send + Sync) -> impl crate::course::Call<Swap> {
    async move |Swap { new, old }| {
        index.insert(new, new.value());
        index.remove(old);
        new.value()
    }
}

/// The indexes, and larder, to be weighed.
pub fn weighed() -> Vec<Weighed> {
    vec![
        Weighed::index(DASHMAP, |_| RawDashMap::default()),
        Weighed::index(PAPAYA, |_| Papaya::default()),
        Weighed::index(SHARDED, |_| Sharded::default()),
        Weighed::cache(LARDER, |entries| larder::store(entries, Policy::Lru)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn behaves(index: &impl Index) {
        for key in 0..100 {
            assert_eq!(index.get(key), None);
            index.insert(key, key + 1);
            index.insert(key, key + 2);
        }
        (0..50).for_each(|key| index.remove(key));
        index.remove(1_000);
        let there: Vec<_> = (0..100).filter_map(|key| Store::get(index, key)).collect();
        assert_eq!(there, (52..102).collect::<Vec<_>>());
        assert_eq!(index.len(), 50);
    }

    #[test]
    fn an_index_is_a_map() {
        behaves(&RawDashMap::default());
        behaves(&Papaya::default());
        behaves(&Sharded::default());
    }
}
