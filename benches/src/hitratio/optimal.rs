//! Belady's limit: what a cache that knew the future would find.

use std::collections::{BTreeSet, HashMap};

/// How many of the requests the best possible cache of this capacity answers.
///
/// It keeps the keys that come back soonest, and does not have to keep what it was just asked for.
/// A key is represented by the position of its next request, so the set is the cache, the one to
/// drop is the last, and a request is a hit when its own position is in the set.
pub(super) fn hits(keys: &[u64], capacity: usize) -> usize {
    let mut cache = BTreeSet::new();
    let mut hits = 0;
    for (position, next) in next_requests(keys).into_iter().enumerate() {
        hits += usize::from(cache.remove(&position));
        cache.extend(next);
        if cache.len() > capacity {
            cache.pop_last();
        }
    }
    hits
}

/// For each request the position of the next one with the same key.
fn next_requests(keys: &[u64]) -> Vec<Option<usize>> {
    let mut seen = HashMap::new();
    let behind = keys.iter().enumerate().rev();
    let mut next: Vec<_> = behind.map(|(position, key)| seen.insert(key, position)).collect();
    next.reverse();
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key;

    /// Tries every possible choice at every request.
    fn by_trying(keys: &[u64], cached: &BTreeSet<u64>, capacity: usize) -> usize {
        let Some((key, rest)) = keys.split_first() else { return 0 };
        let hit = usize::from(cached.contains(key));
        let mut with = cached.clone();
        with.insert(*key);
        let choices = with.iter().map(|victim| {
            let mut choice = with.clone();
            if choice.len() > capacity {
                choice.remove(victim);
            }
            by_trying(rest, &choice, capacity)
        });
        hit + choices.max().unwrap_or(0)
    }

    #[test]
    fn no_choice_of_victims_finds_more() {
        for seed in 0..40 {
            let keys: Vec<_> = key::numbers(seed * 9, 9).iter().map(|number| number % 5).collect();
            for capacity in 1..4 {
                let best = by_trying(&keys, &BTreeSet::new(), capacity);
                assert_eq!(hits(&keys, capacity), best, "{keys:?} in {capacity}");
            }
        }
    }

    #[test]
    fn a_loop_that_does_not_fit_is_held_in_part() {
        let keys: Vec<u64> = (0..10).cycle().take(100).collect();
        assert_eq!(hits(&keys, 4), 36);
        assert_eq!(hits(&keys, 10), 90);
    }

    #[test]
    fn keys_that_never_come_back_take_no_room() {
        assert_eq!(hits(&[1, 2, 3, 4, 1], 1), 1);
    }
}
