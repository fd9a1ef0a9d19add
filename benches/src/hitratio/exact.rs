//! The textbook policies, exact over the whole cache: what the real caches approximate.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::store::Store;

/// Who stays longer: how often, and then when. The smallest leaves first.
type Rank = (u64, u64);

/// The rank of an entry that is used again at some moment.
type Renew = fn(Rank, u64) -> Rank;

/// A cache that always knows the entry of the lowest rank.
#[derive(Debug)]
pub(super) struct Exact {
    capacity: usize,
    renew: Renew,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    now: u64,
    ranks: HashMap<u64, Rank>,
    order: BTreeMap<Rank, u64>,
}

impl Exact {
    fn new(capacity: usize, renew: Renew) -> Self {
        Self { capacity, renew, state: RefCell::default() }
    }

    /// The oldest leaves.
    pub(super) fn fifo(capacity: usize) -> Self {
        Self::new(capacity, |rank, _| rank)
    }

    /// The one that was not used for the longest time leaves.
    pub(super) fn lru(capacity: usize) -> Self {
        Self::new(capacity, |_, now| (0, now))
    }

    /// The one that was used the fewest times since it came leaves; among equals, the one that
    /// was not used for the longest time.
    pub(super) fn lfu(capacity: usize) -> Self {
        Self::new(capacity, |(uses, _), now| (uses + 1, now))
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    fn rank(&mut self, key: u64, rank: Rank) {
        if let Some(former) = self.ranks.insert(key, rank) {
            self.order.remove(&former);
        }
        self.order.insert(rank, key);
    }

    fn evict(&mut self) {
        if let Some((_, key)) = self.order.pop_first() {
            self.ranks.remove(&key);
        }
    }
}

impl Store for Exact {
    fn get(&self, key: u64) -> Option<u64> {
        let mut state = self.state.borrow_mut();
        let former = *state.ranks.get(&key)?;
        let now = state.tick();
        state.rank(key, (self.renew)(former, now));
        Some(key)
    }

    fn insert(&self, key: u64, _: u64) {
        let mut state = self.state.borrow_mut();
        if state.ranks.len() == self.capacity {
            state.evict();
        }
        let now = state.tick();
        state.rank(key, (0, now));
    }

    fn len(&self) -> usize {
        self.state.borrow().ranks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::request;

    /// Asks for the keys, and returns which of them were found.
    fn found(cache: &Exact, keys: &[u64]) -> Vec<bool> {
        keys.iter().map(|&key| request(cache, key)).collect()
    }

    /// 1, 2 and 3 are stored, 1 is used twice and then 3 once; 4 pushes one of them out.
    const USES: [u64; 7] = [1, 2, 3, 1, 1, 3, 4];

    fn survivors(cache: &Exact) -> Vec<u64> {
        found(cache, &USES);
        (1..=4).filter(|key| cache.state.borrow().ranks.contains_key(key)).collect()
    }

    #[test]
    fn fifo_drops_the_oldest() {
        assert_eq!(survivors(&Exact::fifo(3)), [2, 3, 4]);
    }

    #[test]
    fn lru_drops_the_one_not_used_for_the_longest_time() {
        assert_eq!(survivors(&Exact::lru(3)), [1, 3, 4]);
        assert_eq!(
            found(&Exact::lru(2), &[1, 2, 1, 3, 1, 2]),
            [false, false, true, false, true, false]
        );
    }

    #[test]
    fn lfu_drops_the_one_used_the_fewest_times() {
        let cache = Exact::lfu(3);
        assert_eq!(survivors(&cache), [1, 3, 4]);
        assert_eq!(found(&cache, &[5, 3, 1, 5]), [false, true, true, true]);
    }

    #[test]
    fn no_policy_exceeds_its_capacity() {
        for cache in [Exact::fifo(5), Exact::lru(5), Exact::lfu(5)] {
            found(&cache, &(0..100).map(|key| key * key % 23).collect::<Vec<_>>());
            assert_eq!(cache.len(), 5);
            assert_eq!(cache.state.borrow().order.len(), 5);
        }
    }
}
