//! What a cache shows to its [`Sampler`](super::sampler::Sampler), and when.

use super::{Inner, Key, Value};
use crate::metrics::{Nature, Sizing};
use crate::store::{Census, Served, fingerprint};
use equivalent::Equivalent;

/// In a pause, one miss of a thread in this many looks whether it is over: for that the lanes of all threads are summed up.
const MISSES_PER_LOOK: u64 = 16;

/// The first so many loads in pauses all look: a small cache that they fill may have no other misses.
const EAGER_LOADS: u32 = 64;

/// With a bound by weight: after so many accesses, what there is tells how many entries are as heavy as the bound,
/// full or not.
const ENOUGH: u64 = 64 * 1024;

impl<K: Key, V: Value> Inner<K, V> {
    /// A sampled key is about to be read.
    #[cold]
    #[inline(never)]
    pub(super) fn sample<Q>(&self, hash: u64, key: &Q)
    where
        Q: Equivalent<K> + ?Sized,
    {
        // What has expired may still be there, and is replaced only after the miss.
        let expired = self.sweeper.has_seen_deadlines() && self.store.holds_expired(hash, key);
        self.sampler.access(fingerprint(hash), expired, || self.served());
    }

    /// A load brought nothing to be stored.
    pub(super) fn sample_failure(&self, hash: u64) {
        if fingerprint(hash) > self.sampler.limit() {
            self.sampler.forget(&[fingerprint(hash)]);
        }
    }

    /// A thread has had so many misses.
    pub(super) fn sample_misses(&self, misses: u64) {
        if self.sampler.pauses() && misses.is_multiple_of(MISSES_PER_LOOK) {
            self.sampler.resume(self.served(), self.weighed_entries());
        }
    }

    /// A load has stored something. Its miss, if it was one, was counted before there was anything to see.
    pub(super) fn sample_load(&self) {
        if let Some(loads) = self.sampler.loads_in_pauses()
            && (loads <= EAGER_LOADS || u64::from(loads).is_multiple_of(MISSES_PER_LOOK))
        {
            self.sampler.resume(self.served(), self.weighed_entries());
        }
    }

    /// The number of entries is bounded anew.
    pub(super) fn sample_anew(&self, maxsize: Option<usize>) {
        let weighed = self.max_weight().is_some();
        self.sampler.resize(maxsize.map(|most| most as u64), weighed, self.served());
    }

    pub(super) fn served(&self) -> Served {
        let (hits, misses) = self.recorder.hits_and_misses();
        Served { hits, misses }
    }

    /// How many entries a cache with a bound by weight has when it is full, as soon as that can be told.
    fn weighed_entries(&self) -> Option<u64> {
        let most = self.max_weight()?;
        let Census { entries, weight, .. } = self.store.census();
        if weight < most / 2 && self.served().accesses() < ENOUGH {
            return None;
        }
        let entries = (entries as u128 * u128::from(most)).checked_div(weight.into())?;
        let entries = u64::try_from(entries).unwrap_or(u64::MAX);
        Some(self.maxsize().map_or(entries, |maxsize| entries.min(maxsize as u64)))
    }

    pub(super) fn sizing(&self) -> Option<Sizing> {
        let maxsize = || self.maxsize().map(|maxsize| maxsize as u64);
        let capacity = self.max_weight().or_else(maxsize)?;
        let nature = Nature {
            weighs: self.max_weight().is_some(),
            expires: self.sweeper.has_seen_deadlines(),
        };
        self.sampler.advice(capacity, self.served(), nature)
    }
}
