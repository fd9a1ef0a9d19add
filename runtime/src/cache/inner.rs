//! What the handles of one cache share: the store, the flights, the numbers, the hooks.

use super::{Hooks, Key, Reason, Value};
use crate::clock::{self, Tick};
use crate::function::switches;
use crate::hasher::Hasher;
use crate::load::{Flight, Flights};
use crate::metrics::{Event, Metrics, Recorder};
use crate::store::{Departed, Entry, Expected, Fresh, Store, UNBOUNDED, Written};
use crate::ttl::{Lifetime, Ttl};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The cache is switched off.
const DISABLED: u8 = 1;
/// Somebody wants to hear of hits.
const WATCHED: u8 = 2;

pub(crate) struct Inner<K: Hash + Eq, V> {
    pub(crate) name: Arc<str>,
    store: Store<K, V>,
    pub(crate) flights: Arc<Flights<K, V>>,
    pub(crate) recorder: Recorder,
    pub(crate) hooks: Hooks<K, V>,
    hasher: Hasher,
    lifetime: AtomicU64,
    /// What makes a hit more than a lookup; zero for most caches at most times.
    special: AtomicU8,
}

/// A value that was found, and how old it is.
pub(crate) struct Found<K, V> {
    pub(crate) value: V,
    pub(crate) age: Duration,
    /// For the hooks, where there are any.
    key: Option<K>,
}

impl<K: Key, V: Value> Inner<K, V> {
    pub(super) fn new(name: &str, capacity: usize, lifetime: Lifetime) -> Self {
        let name: Arc<str> = name.into();
        let hasher = Hasher::default();
        Self {
            store: Store::new(capacity),
            flights: Arc::new(Flights::new(name.clone())),
            recorder: Recorder::new(),
            hooks: Hooks::default(),
            lifetime: AtomicU64::new(lifetime.0),
            special: AtomicU8::new(0),
            name,
            hasher,
        }
    }

    // ---- reading ----

    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Whether a hit has to go the long way: caching switched off somewhere, or hooks on hits.
    #[inline]
    pub(crate) fn is_special(&self) -> bool {
        self.special.load(Relaxed) != 0 || switches::any()
    }

    /// Whether loads go past this cache for the code that asks.
    pub(crate) fn is_off(&self) -> bool {
        self.special.load(Relaxed) & DISABLED != 0 || switches::off_here()
    }

    /// The live value of `key`, as a use of it. Counts nothing.
    #[inline]
    pub(crate) fn find<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let by = self.recorder.next_use();
        self.store.read(self.hash(key), key, by, |entry| entry.value.clone())
    }

    /// Like [`find`](Self::find), with the age. The hooks hear of it by [`tell_hit`](Self::tell_hit).
    pub(crate) fn find_whole<Q>(&self, key: &Q) -> Option<Found<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find_whole_at(self.hash(key), key)
    }

    /// Like [`find_whole`](Self::find_whole), for a key whose hash is known.
    pub(crate) fn find_whole_at<Q>(&self, hash: u64, key: &Q) -> Option<Found<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let watched = self.special.load(Relaxed) & WATCHED != 0;
        let by = self.recorder.next_use();
        let (key, value, stored) = self.store.read(hash, key, by, |entry| {
            (watched.then(|| entry.key.clone()), entry.value.clone(), entry.stored)
        })?;
        let age = Duration::from_nanos(clock::now().saturating_sub(stored));
        Some(Found { value, age, key })
    }

    /// Lets the hooks hear of a hit. Outside every lock.
    pub(crate) fn tell_hit(&self, found: &Found<K, V>) {
        if let Some(key) = &found.key {
            self.hooks.got(key, &found.value);
        }
    }

    pub(crate) fn peek<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.store.peek(self.hash(key), key, |entry| entry.value.clone())
    }

    pub(super) fn contains<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.store.peek(self.hash(key), key, |_| ()).is_some()
    }

    pub(super) fn peek_version<Q>(&self, key: &Q) -> Option<(V, u64)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.store.peek(self.hash(key), key, |entry| (entry.value.clone(), entry.version))
    }

    pub(crate) fn collect<R>(&self, read: impl FnMut(&Entry<K, V>) -> R) -> Vec<R> {
        self.store.collect(read)
    }

    /// The number of entries, expired ones among them that nothing has passed by yet.
    pub(super) fn stored(&self) -> usize {
        self.store.len()
    }

    pub(super) fn len(&self) -> usize {
        self.settle(self.store.purge(clock::now()));
        self.store.len()
    }

    // ---- writing ----

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
        let (fresh, heard) = self.prepare(&key, value, now, deadline);
        let hash = self.hash(&key);
        let written = self.flights.fence_and(hash, key.clone(), || {
            let written = self.store.write(hash, key, fresh, expected);
            (expected == Expected::Anything || written.stored, written)
        });
        self.finish(written, heard)
    }

    /// Stores what a load brought, unless it was fenced off, and takes the flight off the board.
    pub(crate) fn arrive(&self, flight: &Arc<Flight<K, V>>, landed: Option<(V, Ttl)>, now: Tick) {
        let Some((value, ttl)) = landed else {
            self.flights.arrive(flight, || ());
            return;
        };
        let hash = flight.hash();
        let Some(deadline) = ttl.deadline(now, self.lifetime()) else {
            let removed = self
                .flights
                .arrive(flight, || self.store.remove(hash, flight.key(), Expected::Anything));
            return self.settle(removed.flatten());
        };
        let (fresh, heard) = self.prepare(flight.key(), value, now, deadline);
        // Outside the closure: when the flight was fenced off, they are dropped outside the lock.
        let mut cargo = Some((flight.key().clone(), fresh));
        let written = self.flights.arrive(flight, || {
            sync_point!("storing");
            let (key, fresh) = cargo.take()?;
            Some(self.store.write(hash, key, fresh, Expected::Anything))
        });
        if let Some(written) = written.flatten() {
            self.finish(written, heard);
        }
    }

    /// Makes a copy of a value on its way in for those who want to hear of it.
    fn prepare(&self, key: &K, value: V, now: Tick, deadline: Tick) -> (Fresh<V>, Option<(K, V)>) {
        let heard = self.hooks.hears_inserts().then(|| (key.clone(), value.clone()));
        (Fresh { value, now, deadline }, heard)
    }

    fn finish(&self, written: Written<K, V>, heard: Option<(K, V)>) -> bool {
        if let Some((key, value)) = heard
            && written.stored
        {
            self.hooks.inserted(&key, &value);
        }
        self.settle(written.departed);
        written.stored
    }

    /// Removes the entry of `key` and fences off its load. Whether there was a live entry.
    pub(crate) fn remove(&self, key: &K, expected: Expected) -> bool {
        self.flights.fence(self.hash(key), key);
        self.take_out(key, expected)
    }

    pub(crate) fn touch<Q>(&self, key: &Q, ttl: Ttl) -> bool
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(deadline) = ttl.deadline(clock::now(), self.lifetime()) {
            self.store.touch(self.hash(key), key, deadline)
        } else {
            self.remove(&key.to_owned(), Expected::Anything)
        }
    }

    /// Takes out the entry of `key`. Whether there was a live one.
    fn take_out<Q>(&self, key: &Q, expected: Expected) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let departed = self.store.remove(self.hash(key), key, expected);
        let live = departed.as_ref().is_some_and(|departed| departed.reason == Reason::Removed);
        self.settle(departed);
        live
    }

    pub(crate) fn clear(&self) {
        self.flights.fence_all();
        self.settle(self.store.clear());
    }

    /// Counts what left, tells the hooks, drops it: outside every lock.
    fn settle(&self, departed: impl IntoIterator<Item = Departed<K, V>>) {
        for Departed { key, value, reason } in departed {
            self.recorder.count_eviction(reason);
            if self.hooks.watches_evictions() {
                self.hooks.evicted(&key, &value, reason);
            }
        }
    }

    // ---- settings ----

    pub(crate) fn lifetime(&self) -> Lifetime {
        Lifetime(self.lifetime.load(Relaxed))
    }

    pub(super) fn set_lifetime(&self, ttl: Option<Duration>) {
        let lifetime = ttl.map_or(Lifetime::FOREVER, Lifetime::of);
        self.lifetime.store(lifetime.0, Relaxed);
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        Some(self.store.capacity()).filter(|capacity| *capacity != UNBOUNDED)
    }

    pub(super) fn resize(&self, maxsize: Option<usize>) {
        self.settle(self.store.resize(maxsize.unwrap_or(UNBOUNDED), clock::now()));
    }

    pub(super) fn set_enabled(&self, enabled: bool) {
        if enabled {
            self.special.fetch_and(!DISABLED, Relaxed);
        } else {
            self.special.fetch_or(DISABLED, Relaxed);
        }
    }

    pub(super) fn watch_hits(&self) {
        self.special.fetch_or(WATCHED, Relaxed);
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics { entries: self.len(), capacity: self.capacity(), ..self.recorder.snapshot() }
    }

    #[inline]
    pub(crate) fn count(&self, event: Event) {
        self.recorder.count(event);
    }
}
