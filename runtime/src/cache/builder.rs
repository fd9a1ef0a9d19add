//! How a cache is described.

use super::{Cache, Inner, Key, Policy, Reason, Value};
use crate::load::Below;
use crate::store::UNBOUNDED;
use crate::ttl::Lifetime;
use std::sync::Arc;
use std::time::Duration;

/// Describes a [`Cache`]. Get one from [`Cache::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct CacheBuilder<K, V> {
    pub(super) settings: Settings<K, V>,
    on_evict: Vec<OnEvict<K, V>>,
    #[cfg(feature = "tier")]
    pub(super) tiers: super::tiers::Tiers<K, V>,
}

/// What a cache is made from.
pub(crate) struct Settings<K, V> {
    pub(crate) name: Option<String>,
    /// [`UNBOUNDED`] when there is no bound.
    pub(crate) maxsize: usize,
    pub(crate) max_weight: Option<u64>,
    /// `None` weighs an entry as what its key and its value take without what they point at.
    pub(crate) weigher: Option<Weigher<K, V>>,
    pub(crate) policy: Policy,
    /// How many regions at most.
    pub(crate) regions: Option<usize>,
    pub(crate) lifetime: Lifetime,
    /// Whether to find out what other sizes would be worth.
    pub(crate) sizing: bool,
    /// What lies below memory.
    pub(crate) below: Option<Arc<dyn Below<K, V>>>,
}

/// Says what an entry weighs.
pub(crate) type Weigher<K, V> = Arc<dyn Fn(&K, &V) -> u64 + Send + Sync>;

type OnEvict<K, V> = Box<dyn Fn(&K, &V, Reason) + Send + Sync>;

impl<K: Key, V: Value> CacheBuilder<K, V> {
    pub(super) fn new() -> Self {
        let settings = Settings {
            name: None,
            maxsize: UNBOUNDED,
            max_weight: None,
            weigher: None,
            policy: Policy::default(),
            regions: None,
            lifetime: Lifetime::FOREVER,
            sizing: false,
            below: None,
        };
        Self {
            settings,
            on_evict: Vec::new(),
            #[cfg(feature = "tier")]
            tiers: super::tiers::Tiers::default(),
        }
    }

    /// How the cache is called in messages, and in tiers.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// At most this many entries; which of them leaves first says the [`policy`](Self::policy). `0` stores nothing, and
    /// still runs one load per key at a time.
    ///
    /// The order is exact up to 1,024 entries. A larger cache is divided into regions by the hash of the key, each exact for
    /// its share; one can be full a little before the whole is.
    pub fn maxsize(mut self, maxsize: usize) -> Self {
        self.settings.maxsize = maxsize;
        self
    }

    /// As many entries as there is memory for, or as [`max_bytes`](Self::max_bytes) allows. This is the default.
    pub fn unbounded(mut self) -> Self {
        self.settings.maxsize = UNBOUNDED;
        self
    }

    /// The entries weigh at most this much together; which of them leaves first says the [`policy`](Self::policy). With
    /// a [`maxsize`](Self::maxsize) both bounds hold, without one the number of entries has none.
    ///
    /// What an entry weighs says the [`weigher`](Self::weigher), and without one it is the size of its key and its value
    /// themselves, `size_of::<K>() + size_of::<V>()`: right for plain data, and too little for what points elsewhere.
    /// A `String` is 24 bytes, however long its text is. With feature `serde` it is the same here; only the attributes go
    /// by the encoded length then. The cache adds nothing of its own for its overhead.
    ///
    /// An entry that weighs more than the whole bound is not stored and makes nothing else leave; it counts in
    /// [`Metrics::rejected`](crate::Metrics::rejected). An older value of its key is removed, since it is out of date.
    ///
    /// A cache bounded by weight is one region: its order of eviction is exact whatever its size, and its writers queue
    /// at one lock.
    ///
    /// ```
    /// use larder::Cache;
    ///
    /// let pages: Cache<u32, String> = Cache::builder()
    ///     .max_bytes(64 << 20)
    ///     .weigher(|_, page: &String| page.len() as u64)
    ///     .build();
    /// pages.set(1, "flour".to_owned());
    /// assert_eq!(pages.maxsize(), None);
    /// ```
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.settings.max_weight = Some(max_bytes);
        self
    }

    /// What an entry weighs, for [`max_bytes`](Self::max_bytes); without that it is not asked. The unit is that of the
    /// bound: bytes, or whatever else you count.
    ///
    /// It is asked once for each value that comes in, outside every lock, and its answer is kept with the entry:
    /// what changes inside a stored value later, behind an `Arc`, does not change its weight. Zero is allowed. A panic
    /// reaches whoever stores, and nothing is stored.
    ///
    /// A closure does not know yet of which type the value is: say it, as in `.weigher(|_, page: &Page| page.size())`.
    pub fn weigher(mut self, weigher: impl Fn(&K, &V) -> u64 + Send + Sync + 'static) -> Self {
        self.settings.weigher = Some(Arc::new(weigher));
        self
    }

    /// The same for one that is shared, or not there.
    pub(crate) fn weigher_from(mut self, weigher: Option<Weigher<K, V>>) -> Self {
        self.settings.weigher = weigher;
        self
    }

    /// What leaves first when the cache is full: the least recently used unless said otherwise. Without a bound it
    /// changes nothing.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.settings.policy = policy;
        self
    }

    /// How many threads may store at the same time without waiting for each other: rounded down to a power of two, the
    /// number of regions that a cache of more than 1,024 entries is divided into at most. With `1` its order of eviction
    /// is one for the whole cache, whatever its size, and to sort it can take milliseconds in one of a million entries.
    ///
    /// `0` is taken for `1`. Without it a region has up to about 16,000 entries. Hits never wait for each other.
    ///
    /// ```
    /// let cache = larder::Cache::builder().maxsize(5000).concurrency(1).build();
    /// (0..10_000).for_each(|n| cache.set(n, n));
    /// assert_eq!(cache.len(), 5000);
    /// assert!((5000..10_000).all(|n| cache.contains_key(&n)));
    /// ```
    pub fn concurrency(mut self, threads: usize) -> Self {
        self.settings.regions = Some(threads);
        self
    }

    /// With `true`, finds out from the calls what other sizes would be worth: see
    /// [`Metrics::sizing`](crate::Metrics::sizing). Off by default; without a bound it changes nothing.
    ///
    /// What it costs, how exact it is and what it does not see says the option [`sizing`](crate::async_lru#sizing-advice).
    /// Another bound begins anew, with a burst.
    pub fn sizing(mut self, sizing: bool) -> Self {
        self.settings.sizing = sizing;
        self
    }

    /// How long entries live unless they are stored with a lifetime of their own. Zero stores
    /// nothing.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.lifetime = Lifetime::of(ttl);
        self
    }

    /// See [`Cache::on_evict`].
    pub fn on_evict(mut self, hook: impl Fn(&K, &V, Reason) + Send + Sync + 'static) -> Self {
        self.on_evict.push(Box::new(hook));
        self
    }

    /// The cache. Needs no runtime.
    ///
    /// # Panics
    /// When it has tiers and no name.
    #[must_use]
    pub fn build(self) -> Cache<K, V> {
        let settings = self.settings;
        #[cfg(feature = "tier")]
        let settings = Settings {
            below: self.tiers.build(settings.name.as_deref()).or(settings.below),
            ..settings
        };
        let cache = Cache { inner: Inner::new(settings) };
        for hook in self.on_evict {
            cache.on_evict(hook);
        }
        cache
    }
}
