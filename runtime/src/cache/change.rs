//! How a cache is changed. Every change of a key fences off a load of it that is under way, in one step.

use super::{Inner, Key, Value};
use crate::cache::Reason;
use crate::clock::{self, Tick};
use crate::load::Board;
use crate::store::{Expected, Fresh, Written, fingerprint};
use crate::ttl::Ttl;
use equivalent::Equivalent;
use std::hash::Hash;

impl<K: Key, V: Value> Inner<K, V> {
    /// Stores `value` and fences off a load that is under way. A lifetime of zero removes. Whether the entry
    /// was as `expected`.
    pub(crate) fn set(&self, key: K, mut value: V, ttl: Ttl, expected: Expected) -> bool {
        let now = clock::now();
        let Some(deadline) = ttl.deadline(now, self.lifetime()) else {
            return match expected {
                Expected::Anything => {
                    self.remove(&key, expected);
                    true
                }
                Expected::Absent => !self.contains(&key),
                Expected::Version(_) => self.remove(&key, expected),
            };
        };
        self.hooks.before_set(&key, &mut value);
        let heard = self.hooks.hears_inserts().then(|| (key.clone(), value.clone()));
        let weight = self.weigh(&key, &value);
        let fresh = Fresh { value, now, deadline, weight };
        let hash = self.hash(&key);
        let mut departures = self.departures();

        let mut visit = self.store.visit(hash);
        if visit.allows(hash, &key, expected, now) {
            visit.board().fence(hash, &key);
        }
        let written = visit.write(hash, key, fresh, expected, &mut departures);
        drop(visit);

        self.sweeper.expect(self, deadline);
        self.tell_inserted(written == Written::Stored, heard);
        self.settle(departures);
        written != Written::Unexpected
    }

    /// What an entry weighs. Asked outside every lock.
    pub(super) fn weigh(&self, key: &K, value: &V) -> u64 {
        match &self.weigher {
            Some(weigher) => weigher(key, value),
            None => self.plain_weight(),
        }
    }

    /// What an entry weighs that nobody has been asked about.
    pub(super) fn plain_weight(&self) -> u64 {
        if self.max_weight().is_some() { (size_of::<K>() + size_of::<V>()) as u64 } else { 0 }
    }

    pub(super) fn tell_inserted(&self, stored: bool, heard: Option<(K, V)>) {
        if let Some((key, value)) = heard
            && stored
        {
            self.hooks.inserted(&key, &value);
        }
    }

    /// Removes the entry of `key` and fences off its load. Whether there was a live entry.
    pub(crate) fn remove(&self, key: &K, expected: Expected) -> bool {
        let hash = self.hash(key);
        let mut departures = self.departures();
        let mut visit = self.store.visit(hash);
        if visit.allows(hash, key, expected, clock::now()) {
            visit.board().fence(hash, key);
        }
        visit.remove(hash, key, expected, &mut departures);
        drop(visit);
        if expected == Expected::Anything {
            // A larger cache might have it still.
            departures.forget(fingerprint(hash));
        }
        let live = departures.count(Reason::Removed) != 0;
        self.settle(departures);
        live
    }

    pub(crate) fn touch<Q>(&self, key: &Q, ttl: Ttl) -> bool
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let now: Tick = clock::now();
        let Some(deadline) = ttl.deadline(now, self.lifetime()) else {
            return self.remove(&key.to_owned(), Expected::Anything);
        };
        let hash = self.hash(key);
        let live = self.store.visit(hash).touch(hash, key, deadline);
        self.sweeper.expect(self, deadline);
        live
    }

    pub(crate) fn clear(&self) {
        let mut departures = self.departures();
        self.store.clear(Board::fence_all, &mut departures);
        self.sampler.clear();
        self.settle(departures);
    }
}
