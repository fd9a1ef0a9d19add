//! How young the values are that were seen in a tier, so that older ones are not believed after them.
//!
//! What protects a value proves who made it, for which function and which key, and not that it is the last one. Whoever can
//! write to the store can put an old one back.

use super::TierKey;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::Hash;

/// For so many keys it is remembered for certain, and for as many again by chance.
const KEYS: usize = 1 << 15;
/// The same for namespaces. There are as many as functions, unless somebody makes them up.
const NAMESPACES: usize = 1 << 10;

/// A clock is not believed to be ahead of ours by more than this, in milliseconds: what was made by one that is would be
/// the youngest until our own gets there.
const AHEAD: u64 = 60_000;

/// When the youngest values of a tier were made that this process knows of, in Unix milliseconds.
#[derive(Debug, Default)]
pub(super) struct Youngest(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    keys: Remembered<u64, Floor>,
    namespaces: Remembered<String, Cleared>,
    /// How often something was noted.
    count: u64,
}

/// What the present value of a key cannot be older than.
#[derive(Debug, Clone, Copy)]
struct Floor {
    least: u64,
    /// Whether that is when a value was made, and not the moment of a removal.
    is_value: bool,
    noted: u64,
}

/// The same for all keys of a namespace.
#[derive(Debug, Clone, Copy, Default)]
struct Cleared {
    least: u64,
    noted: u64,
    /// When the youngest value of any key was made.
    seen: u64,
}

impl Youngest {
    /// Whether a value that was made then can be the present one. If so, none that is older can from now on.
    pub(super) fn admits(&self, namespace: &str, key: &TierKey, created: u64, now: u64) -> bool {
        let key = short(key);
        let mut state = self.0.lock();
        let cleared = state.namespaces.get(namespace).unwrap_or_default();
        // What was put or removed after the namespace was cleared counts alone.
        let least = match state.keys.get(&key) {
            Some(floor) if floor.noted > cleared.noted => floor.least,
            Some(floor) => floor.least.max(cleared.least),
            None => cleared.least,
        };
        if created < least {
            return false;
        }
        state.saw(namespace, key, created.min(now.saturating_add(AHEAD)));
        true
    }

    /// A value was made here. It counts, even if the clock was set back since the one before it.
    pub(super) fn put(&self, namespace: &str, key: &TierKey, created: u64) {
        self.0.lock().saw(namespace, short(key), created);
    }

    /// What was made before is void, and so is what was seen, whatever the clock of whoever made it.
    pub(super) fn removed(&self, key: &TierKey, now: u64) {
        let key = short(key);
        let mut state = self.0.lock();
        let known = state.keys.get(&key).map_or(0, |known| known.least + u64::from(known.is_value));
        state.note(key, now.max(known), false);
    }

    /// Everything that was made before is void, and so is what was seen.
    pub(super) fn cleared(&self, namespace: &str, now: u64) {
        let mut state = self.0.lock();
        state.count += 1;
        let seen = state.namespaces.get(namespace).unwrap_or_default().seen;
        let cleared = Cleared { least: now.max(seen + 1), noted: state.count, seen };
        state.namespaces.set(namespace.to_owned(), cleared, NAMESPACES);
    }
}

impl State {
    fn saw(&mut self, namespace: &str, key: u64, created: u64) {
        self.note(key, created, true);
        if let Some(known) = self.namespaces.recent.get_mut(namespace) {
            known.seen = known.seen.max(created);
        } else {
            let known = self.namespaces.get(namespace).unwrap_or_default();
            let seen = known.seen.max(created);
            self.namespaces.set(namespace.to_owned(), Cleared { seen, ..known }, NAMESPACES);
        }
    }

    fn note(&mut self, key: u64, least: u64, is_value: bool) {
        self.count += 1;
        self.keys.set(key, Floor { least, is_value, noted: self.count }, KEYS);
    }
}

/// What was noted last: so many things, and those before them until there are as many again.
#[derive(Debug)]
struct Remembered<K, T> {
    recent: HashMap<K, T>,
    earlier: HashMap<K, T>,
}

impl<K, T> Default for Remembered<K, T> {
    fn default() -> Self {
        Self { recent: HashMap::new(), earlier: HashMap::new() }
    }
}

impl<K: Hash + Eq, T: Copy> Remembered<K, T> {
    fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<T>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.recent.get(key).or_else(|| self.earlier.get(key)).copied()
    }

    fn set(&mut self, key: K, value: T, most: usize) {
        if self.recent.len() >= most && !self.recent.contains_key(&key) {
            self.earlier = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key, value);
    }
}

/// A key in few bytes: those of values that are protected are hashes already. Two that are taken for one another cost a
/// miss at most.
fn short(key: &TierKey) -> u64 {
    key.as_bytes().last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::{AHEAD, KEYS, NAMESPACES, TierKey, Youngest};

    fn key(number: usize) -> TierKey {
        TierKey::new(number.to_be_bytes().to_vec())
    }

    #[test]
    fn none_that_is_older_than_one_that_was_seen() {
        let youngest = Youngest::default();
        assert!(youngest.admits("n", &key(1), 10, 10));
        assert!(!youngest.admits("n", &key(1), 9, 10));
        assert!(youngest.admits("n", &key(1), 10, 10));
        assert!(youngest.admits("n", &key(2), 9, 10), "another key");
    }

    #[test]
    fn what_is_made_here_counts_though_the_clock_was_set_back() {
        let youngest = Youngest::default();
        youngest.removed(&key(1), 20);
        youngest.cleared("n", 20);
        youngest.put("n", &key(1), 15);
        assert!(youngest.admits("n", &key(1), 15, 15));
        assert!(!youngest.admits("n", &key(1), 14, 15));
        assert!(!youngest.admits("n", &key(2), 19, 15), "what was cleared stays so");
    }

    #[test]
    fn none_from_before_a_removal() {
        let youngest = Youngest::default();
        youngest.removed(&key(1), 20);
        youngest.cleared("n", 30);
        assert!(!youngest.admits("m", &key(1), 19, 40));
        assert!(!youngest.admits("n", &key(2), 29, 40));
        assert!(youngest.admits("m", &key(2), 29, 40), "another namespace");
        assert!(youngest.admits("n", &key(2), 30, 40));
    }

    #[test]
    fn what_was_seen_and_removed_is_void_whosever_clock_it_was_made_by() {
        let youngest = Youngest::default();
        assert!(youngest.admits("n", &key(1), 105, 100), "by a clock that is ahead");
        for _ in 0..3 {
            youngest.removed(&key(1), 100);
        }
        assert!(!youngest.admits("n", &key(1), 105, 100));
        assert!(youngest.admits("n", &key(1), 106, 100));
        youngest.cleared("n", 100);
        assert!(!youngest.admits("n", &key(1), 106, 100));
        assert!(youngest.admits("n", &key(2), 107, 100));
    }

    #[test]
    fn a_clock_that_is_far_ahead_is_not_believed_for_long() {
        let youngest = Youngest::default();
        assert!(youngest.admits("n", &key(1), u64::MAX - 1, 100));
        assert!(!youngest.admits("n", &key(1), 200, 200));
        let later = 100 + AHEAD;
        assert!(youngest.admits("n", &key(1), later, later));
    }

    #[test]
    fn memory_is_bounded() {
        let youngest = Youngest::default();
        youngest.put("n", &key(0), 10);
        for number in 1..=KEYS {
            youngest.put("n", &key(number), 10);
        }
        assert!(!youngest.admits("n", &key(0), 9, 10), "one generation ago");
        for number in 1..=2 * KEYS {
            youngest.put("n", &key(number), 10);
        }
        for number in 1..=3 * NAMESPACES {
            youngest.cleared(&number.to_string(), 10);
        }
        let state = youngest.0.lock();
        assert!(state.keys.recent.len() + state.keys.earlier.len() <= 2 * KEYS);
        let namespaces = &state.namespaces;
        assert!(namespaces.recent.len() + namespaces.earlier.len() <= 2 * NAMESPACES);
    }
}
