//! How a cache is changed. Every change of a key fences off a load of it that is under way, and is entered in the queues of
//! the tiers below, in one step.

use super::{Inner, Key, Value};
use crate::clock::{self, Tick};
use crate::load::{Board, Change, Settling};
use crate::store::{Expected, Fresh, Written, fingerprint};
use crate::ttl::Term;
use equivalent::Equivalent;
use std::hash::Hash;

/// What came of a change.
pub(crate) struct Changed {
    /// Whether the entry was as expected; of a removal, whether there was a live one.
    pub(crate) so: bool,
    /// Waits for the tiers below. Dropped, they go on all the same.
    pub(crate) settling: Option<Settling>,
}

impl<K: Key, V: Value> Inner<K, V> {
    /// Stores `value` and fences off a load that is under way. A lifetime of zero removes. Whether the entry
    /// was as `expected`.
    pub(crate) fn set(&self, key: K, mut value: V, ttl: Term, expected: Expected) -> Changed {
        let now = clock::now();
        let Some(deadline) = ttl.deadline(now, self.lifetime()) else {
            return match expected {
                Expected::Vacant => unreachable!("only a claim knows that"),
                Expected::Anything => Changed { so: true, ..self.remove(&key, expected) },
                Expected::Absent => Changed { so: !self.contains(&key), settling: None },
                Expected::Version(_) => self.remove(&key, expected),
            };
        };
        self.hooks.before_set(&key, &mut value);
        let mut below = self
            .below
            .as_ref()
            .filter(|below| below.exists())
            .and_then(|below| below.put(&key, value.clone(), ttl, self.lifetime()));
        let heard = self.hooks.hears_inserts().then(|| (key.clone(), value.clone()));
        let weight = self.weigh(&key, &value);
        let fresh = Fresh { value, now, born: now, deadline, weight };
        let hash = self.hash(&key);
        let mut departures = self.departures();

        let mut visit = self.store.visit(hash);
        if visit.allows(hash, &key, expected, now) {
            visit.board().fence(hash, &key);
        }
        let written = visit.write(hash, key, fresh, expected, &mut departures);
        let so = written != Written::Unexpected;
        enter(&mut below, so);
        drop(visit);

        let settling = go(below);
        self.sweeper.expect(self, deadline);
        self.tell_inserted(written == Written::Stored, heard);
        self.settle(departures);
        Changed { so, settling }
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
    pub(crate) fn remove(&self, key: &K, expected: Expected) -> Changed {
        let hash = self.hash(key);
        let mut below = self.below.as_ref().and_then(|below| below.remove(key));
        let mut departures = self.departures();
        let mut visit = self.store.visit(hash);
        let allowed = visit.allows(hash, key, expected, clock::now());
        if allowed {
            visit.board().fence(hash, key);
        }
        visit.remove(hash, key, expected, &mut departures);
        enter(&mut below, allowed);
        drop(visit);
        let settling = go(below);
        if expected == Expected::Anything {
            // A larger cache might have it still.
            departures.forget(fingerprint(hash));
        }
        let live = departures.any_removed();
        self.settle(departures);
        Changed { so: live, settling }
    }

    pub(crate) fn touch<Q>(&self, key: &Q, ttl: Term) -> Changed
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let now: Tick = clock::now();
        let Some(deadline) = ttl.deadline(now, self.lifetime()) else {
            return self.remove(&key.to_owned(), Expected::Anything);
        };
        let hash = self.hash(key);
        let (live, below) = loop {
            // What lies below is put there anew, with its new lifetime.
            let below = self.below.as_ref().filter(|below| below.exists());
            let known = below.and_then(|_| self.peek_version(key));
            let mut change = None;
            let mut expected = None;
            if let Some((below, (value, version))) = below.zip(known) {
                let key = key.to_owned();
                change = below.put(&key, value, ttl, self.lifetime());
                expected = Some((key, Expected::Version(version)));
            }
            let mut visit = self.store.visit(hash);
            if let Some((key, expected)) = &expected
                && !visit.allows(hash, key, *expected, now)
            {
                // Another value meanwhile.
                continue;
            }
            let live = visit.touch(hash, key, deadline);
            enter(&mut change, live);
            drop(visit);
            break (live, change);
        };
        let settling = go(below);
        self.sweeper.expect(self, deadline);
        Changed { so: live, settling }
    }

    /// Removes everything. What to wait for.
    pub(crate) fn clear(&self) -> Option<Settling> {
        let mut below = self.below.as_ref().and_then(|below| below.clear());
        let mut departures = self.departures();
        let mut entered = false;
        let fence = |board: &mut Board<K, V>| {
            // All regions are locked when the first of them is fenced.
            enter(&mut below, !std::mem::replace(&mut entered, true));
            board.fence_all();
        };
        self.store.clear(fence, &mut departures);
        let settling = go(below);
        self.sampler.clear();
        self.settle(departures);
        settling
    }
}

/// Enters a change of what lies below, if it is to be made.
#[inline]
pub(super) fn enter(change: &mut Option<Box<dyn Change>>, wanted: bool) {
    if let Some(change) = change
        && wanted
    {
        change.enter();
    }
}

/// Sets a change going that has been entered.
#[inline]
pub(super) fn go(change: Option<Box<dyn Change>>) -> Option<Settling> {
    change.and_then(Change::go)
}
