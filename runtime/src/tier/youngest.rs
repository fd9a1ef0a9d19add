//! How young the values are that were seen in a tier, so that older ones are not believed after them.
//!
//! What protects a value proves who made it, for which function and which key, and not that it is the last one. Whoever can
//! write to the store can put an old one back.

use super::TierKey;
use parking_lot::Mutex;
use std::collections::HashMap;

/// For so many keys it is remembered for certain, and for as many again by chance.
const KEYS: usize = 1 << 15;

/// When the youngest values of a tier were made that this process knows of, in Unix milliseconds.
#[derive(Debug, Default)]
pub(super) struct Youngest(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    recent: HashMap<u64, u64>,
    /// Those that were recent before `recent` was full.
    earlier: HashMap<u64, u64>,
    /// When namespaces were cleared.
    cleared: HashMap<String, u64>,
}

impl Youngest {
    /// Whether a value that was made then can be the present one. If so, none that is older can from now on.
    pub(super) fn admits(&self, namespace: &str, key: &TierKey, created: u64) -> bool {
        let mut state = self.0.lock();
        let floor = state.of(short(key)).max(state.cleared.get(namespace).copied());
        if floor.is_some_and(|floor| created < floor) {
            return false;
        }
        state.set(short(key), created);
        true
    }

    /// A value was made here. It counts, even if the clock was set back since the one before it.
    pub(super) fn put(&self, namespace: &str, key: &TierKey, created: u64) {
        let mut state = self.0.lock();
        if let Some(cleared) = state.cleared.get_mut(namespace) {
            *cleared = created.min(*cleared);
        }
        state.set(short(key), created);
    }

    /// What was made before is void.
    pub(super) fn removed(&self, key: &TierKey, now: u64) {
        self.0.lock().set(short(key), now);
    }

    /// Everything that was made before is void.
    pub(super) fn cleared(&self, namespace: &str, now: u64) {
        self.0.lock().cleared.insert(namespace.to_owned(), now);
    }
}

impl State {
    fn of(&self, key: u64) -> Option<u64> {
        self.recent.get(&key).or_else(|| self.earlier.get(&key)).copied()
    }

    fn set(&mut self, key: u64, created: u64) {
        if self.recent.len() >= KEYS && !self.recent.contains_key(&key) {
            self.earlier = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key, created);
    }
}

/// A key in few bytes. Two that are taken for one another cost a miss at most.
fn short(key: &TierKey) -> u64 {
    let hash = blake3::hash(key.as_bytes());
    u64::from_le_bytes(std::array::from_fn(|byte| hash.as_bytes()[byte]))
}

#[cfg(test)]
mod tests {
    use super::{KEYS, TierKey, Youngest};

    fn key(number: usize) -> TierKey {
        TierKey::new(number.to_be_bytes().to_vec())
    }

    #[test]
    fn none_that_is_older_than_one_that_was_seen() {
        let youngest = Youngest::default();
        assert!(youngest.admits("n", &key(1), 10));
        assert!(!youngest.admits("n", &key(1), 9));
        assert!(youngest.admits("n", &key(1), 10));
        assert!(youngest.admits("n", &key(2), 9), "another key");
    }

    #[test]
    fn what_is_made_here_counts_though_the_clock_was_set_back() {
        let youngest = Youngest::default();
        youngest.cleared("n", 20);
        youngest.removed(&key(1), 20);
        youngest.put("n", &key(1), 15);
        assert!(youngest.admits("n", &key(1), 15));
        assert!(!youngest.admits("n", &key(1), 14));
    }

    #[test]
    fn none_from_before_a_removal() {
        let youngest = Youngest::default();
        youngest.removed(&key(1), 20);
        youngest.cleared("n", 30);
        assert!(!youngest.admits("m", &key(1), 19));
        assert!(!youngest.admits("n", &key(2), 29));
        assert!(youngest.admits("m", &key(2), 29), "another namespace");
    }

    #[test]
    fn memory_is_bounded() {
        let youngest = Youngest::default();
        youngest.put("n", &key(0), 10);
        for number in 1..=KEYS {
            youngest.put("n", &key(number), 10);
        }
        assert!(!youngest.admits("n", &key(0), 9), "one generation ago");
        for number in 1..=2 * KEYS {
            youngest.put("n", &key(number), 10);
        }
        let state = youngest.0.lock();
        assert!(state.recent.len() + state.earlier.len() <= 2 * KEYS);
    }
}
