//! What the handles of one cache share: the store, the numbers, the hooks. How it is read, and its settings.

use super::sampler::Sampler;
use super::sweeper::Sweeper;
use super::{Hooks, Key, Settings, Value, Weigher};
use crate::clock::{self, Tick};
use crate::function::switches;
use crate::hasher::Hasher;
use crate::lanes::Lanes;
use crate::load::{Below, Board};
use crate::metrics::{Event, Metrics, Recorder};
use crate::store::{Census, Departures, Entry, Layout, Store, Tidings, UNBOUNDED, fingerprint};
use crate::ttl::Lifetime;
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The cache is switched off.
const DISABLED: u8 = 1;
/// Somebody wants to hear of hits.
const WATCHED: u8 = 2;
/// Sizing advice was asked for.
const SAMPLED: u8 = 4;

pub(crate) struct Inner<K: Hash + Eq, V> {
    /// What makes a hit more than a lookup; zero for most caches at most times.
    special: AtomicU8,
    pub(super) sampler: Sampler,
    hasher: Hasher,
    pub(crate) recorder: Recorder,
    pub(super) store: Store<K, V, Board<K, V>>,
    pub(crate) name: Arc<str>,
    pub(crate) hooks: Hooks<K, V>,
    /// Only where there is a bound in weight.
    pub(super) weigher: Option<Weigher<K, V>>,
    pub(super) sweeper: Sweeper,
    /// What lies below memory.
    pub(crate) below: Option<Arc<dyn Below<K, V>>>,
    lifetime: AtomicU64,
    pub(super) this: Weak<Self>,
}

/// How a hit goes where nothing but sizing advice is asked of it.
#[derive(Clone, Copy)]
pub(crate) struct ShortWay {
    sampled: bool,
}

/// A value that was found, and how old it is.
pub(crate) struct Found<K, V> {
    pub(crate) value: V,
    pub(crate) age: Duration,
    /// For the hooks, where there are any.
    key: Option<K>,
}

impl<K: Key, V: Value> Inner<K, V> {
    pub(super) fn new(settings: Settings<K, V>) -> Arc<Self> {
        let Settings {
            name,
            maxsize,
            max_weight,
            weigher,
            policy,
            lifetime,
            regions,
            sizing,
            below,
        } = settings;
        let lanes = Arc::new(Lanes::new());
        let layout = Layout { maxsize, max_weight, policy, regions };
        let entries = (maxsize != UNBOUNDED && max_weight.is_none()).then_some(maxsize as u64);
        Arc::new_cyclic(|this| Self {
            special: AtomicU8::new(if sizing { SAMPLED } else { 0 }),
            sampler: Sampler::new(sizing, policy, entries),
            hasher: Hasher::default(),
            store: Store::new(layout, &lanes),
            recorder: Recorder::new(lanes),
            name: name.as_deref().unwrap_or("cache").into(),
            hooks: Hooks::default(),
            weigher: weigher.filter(|_| max_weight.is_some()),
            sweeper: Sweeper::default(),
            below,
            lifetime: AtomicU64::new(lifetime.0),
            this: this.clone(),
        })
    }

    /// A handle to this.
    pub(super) fn handle(&self) -> Arc<Self> {
        self.this.upgrade().expect("a handle is in use")
    }

    // ---- reading ----

    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    /// How a hit may go the short way. It may not where caching is switched off somewhere, or there are hooks on hits.
    #[inline]
    pub(crate) fn short_way(&self) -> Option<ShortWay> {
        let special = self.special.load(Relaxed);
        let short = matches!(special, 0 | SAMPLED) && !switches::any();
        short.then_some(ShortWay { sampled: special == SAMPLED })
    }

    /// Whether loads go past this cache for the code that asks.
    pub(crate) fn is_off(&self) -> bool {
        self.special.load(Relaxed) & DISABLED != 0 || switches::off_here()
    }

    /// The live value of `key`. Counts a hit, if it is one.
    #[expect(clippy::inline_always, reason = "all of a hit is one function")]
    #[inline(always)]
    pub(crate) fn find<Q>(&self, key: &Q, way: ShortWay) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        if way.sampled && fingerprint(hash) > self.sampler.limit() {
            self.sample(hash, key);
        }
        self.store.read(hash, key, Some(Event::Hit as usize), |sight| {
            let value = sight.read(|entry| entry.value.clone());
            sight.lane().add(Event::Hit as usize, 1);
            value
        })
    }

    /// Like [`find`](Self::find), with the age, and without counting. The hooks hear of it by
    /// [`tell_hit`](Self::tell_hit).
    pub(crate) fn find_whole<Q>(&self, key: &Q) -> Option<Found<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.find_whole_at(self.hash_and_sample(key), key)
    }

    /// The hash of a key that is about to be read.
    #[inline]
    fn hash_and_sample<Q>(&self, key: &Q) -> u64
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash(key);
        if fingerprint(hash) > self.sampler.limit() {
            self.sample(hash, key);
        }
        hash
    }

    /// Like [`find_whole`](Self::find_whole), for a key whose hash is known. Not sampled.
    pub(super) fn find_whole_at<Q>(&self, hash: u64, key: &Q) -> Option<Found<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let watched = self.special.load(Relaxed) & WATCHED != 0;
        let now = clock::now();
        self.store.read(hash, key, Some(Event::Hit as usize), |sight| {
            sight.read(|entry| Found {
                value: entry.value.clone(),
                age: entry.age(now),
                key: watched.then(|| entry.key.clone()),
            })
        })
    }

    /// Lets the hooks hear of a hit. Outside every lock.
    pub(crate) fn tell_hit(&self, found: &Found<K, V>) {
        if let Some(key) = &found.key {
            self.hooks.got(key, &found.value);
        }
    }

    fn look<Q, R>(&self, key: &Q, read: impl FnOnce(&Entry<K, V>) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.store.read(self.hash(key), key, None, |sight| sight.read(read))
    }

    pub(crate) fn peek<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.look(key, |entry| entry.value.clone())
    }

    pub(super) fn contains<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.look(key, |_| ()).is_some()
    }

    pub(super) fn peek_version<Q>(&self, key: &Q) -> Option<(V, u64)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.look(key, |entry| (entry.value.clone(), entry.version))
    }

    pub(crate) fn collect<R>(&self, read: impl FnMut(&Entry<K, V>) -> R) -> Vec<R> {
        self.store.collect(read)
    }

    /// The number of entries, expired ones among them that nothing has passed by yet.
    pub(super) fn stored(&self) -> usize {
        self.store.len()
    }

    pub(super) fn len(&self) -> usize {
        self.purge(clock::now(), usize::MAX);
        self.store.len()
    }

    /// Takes out what has expired by `now`, at most so many from each region. Whether there may be more.
    pub(super) fn purge(&self, now: Tick, most: usize) -> bool {
        let mut departures = self.departures();
        let more = self.store.purge(now, most, &mut departures);
        self.settle(departures);
        more
    }

    pub(super) fn departures(&self) -> Departures<K, V> {
        Departures::new(self.hooks.watches_evictions(), self.sampler.limit())
    }

    /// Tells the hooks what left, and drops it: outside every lock.
    ///
    /// # Panics
    /// When a `Clone` for those hooks has.
    #[inline]
    pub(super) fn settle(&self, mut departures: Departures<K, V>) {
        if let Some(tidings) = departures.take_tidings() {
            self.tell_departed(*tidings, departures);
        }
    }

    #[cold]
    fn tell_departed(&self, tidings: Tidings<K, V>, departures: Departures<K, V>) {
        let Tidings { told, forgotten, panic } = tidings;
        self.sampler.forget(&forgotten);
        for (key, value, reason) in told {
            self.hooks.evicted(&key, &value, reason);
        }
        drop(departures);
        if let Some(panic) = panic {
            resume_unwind(panic);
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

    pub(crate) fn maxsize(&self) -> Option<usize> {
        Some(self.store.maxsize()).filter(|maxsize| *maxsize != UNBOUNDED)
    }

    pub(super) fn max_weight(&self) -> Option<u64> {
        self.store.max_weight()
    }

    pub(super) fn resize(&self, maxsize: Option<usize>) {
        let mut departures = self.departures();
        self.store.resize(maxsize.unwrap_or(UNBOUNDED), clock::now(), &mut departures);
        self.sample_anew(maxsize);
        self.settle(departures);
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
        self.purge(clock::now(), usize::MAX);
        let Census { entries, weight, tally } = self.store.census();
        Metrics {
            entries,
            weight,
            capacity: self.maxsize(),
            max_weight: self.max_weight(),
            sizing: self.sizing(),
            tiers: self.below.as_ref().map(|below| below.metrics()).unwrap_or_default(),
            ..self.recorder.snapshot(&tally)
        }
    }

    pub(crate) fn reset_metrics(&self) {
        self.recorder.reset(&self.store.census().tally);
        self.sampler.reset(self.served());
        if let Some(below) = &self.below {
            below.reset_metrics();
        }
    }

    #[inline]
    pub(crate) fn count(&self, event: Event) {
        self.recorder.count(event);
        if matches!(event, Event::Miss) {
            self.sample_misses(self.recorder.lane().count(Event::Miss as usize));
        }
    }
}
