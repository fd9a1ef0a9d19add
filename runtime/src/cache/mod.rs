//! `Cache<K, V>`: the function API, and what stands behind every attribute.

mod builder;
mod bulk;
mod change;
mod hooks;
mod inner;
mod load;
mod loading;
mod policy;
mod read;
mod reason;
mod sampler;
mod sampling;
mod sweeper;
#[cfg(feature = "tier")]
mod through;
#[cfg(feature = "tier")]
mod tiers;
mod write;

pub use builder::CacheBuilder;
pub(crate) use builder::{Settings, Weigher};
pub(crate) use hooks::Hooks;
pub(crate) use inner::{Found, Inner, ShortWay};
pub use load::ByHand;
pub(crate) use loading::{Arrival, Boarding, Cargo};
pub use policy::{Policy, UnknownPolicy};
pub use reason::Reason;
#[cfg(feature = "tier")]
pub use through::Through;

use crate::error::Error;
use crate::metrics::Metrics;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// What can be the key of a cache. Implemented for every type that qualifies.
///
/// `Eq` of a key is called below a lock of the cache, and `Clone` of one too where there are hooks or a weigher: one that
/// calls the very cache the key sits in can deadlock. `Hash` and `Drop` may.
pub trait Key: Hash + Eq + Clone + Send + Sync + 'static {}
impl<K: Hash + Eq + Clone + Send + Sync + 'static> Key for K {}

/// What can be the value of a cache. Implemented for every type that qualifies.
///
/// A hit hands out a clone, made while the entry can be reached: wrap what is costly to clone in an [`Arc`]. A `Clone` may
/// call the very cache it sits in, as long as nobody sets the bound of that meanwhile, which would wait for each other; and
/// where there is an [`on_evict`](Cache::on_evict) hook it must not.
pub trait Value: Clone + Send + Sync + 'static {}
impl<V: Clone + Send + Sync + 'static> Value for V {}

/// A concurrent cache with single-flight loads: the attributes use it, and it is as good by hand.
///
/// A `Cache` is a handle. Cloning it is cheap and gives another handle to the same entries; it can
/// be shared between threads and tasks, and built outside a runtime. Every method but the loads is synchronous
/// and never waits for a load: a slow body never holds up a hit.
///
/// Lookups borrow: a `Cache<String, V>` is asked with a `&str`.
///
/// ```
/// use larder::Cache;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let cache: Cache<String, u64> = Cache::builder().maxsize(1000).ttl(Duration::from_secs(60)).build();
///
/// cache.set("one".to_owned(), 1);
/// assert_eq!(cache.get("one"), Some(1));
///
/// // However many tasks ask for one key at once, one of them runs its future.
/// let two = cache.get_with("two".to_owned(), async { 1 + 1 }).await;
/// assert_eq!(two, 2);
/// # }
/// ```
pub struct Cache<K: Hash + Eq, V> {
    pub(crate) inner: Arc<Inner<K, V>>,
}

impl<K: Hash + Eq, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K: Key, V: Value> Cache<K, V> {
    /// A cache for `maxsize` entries without expiry, the least recently used leaving first.
    ///
    /// ```
    /// let cache: larder::Cache<u64, u64> = larder::Cache::new(2);
    /// cache.set(1, 1);
    /// cache.set(2, 2);
    /// cache.get(&1);
    /// cache.set(3, 3);
    /// assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some(1), None, Some(3)));
    /// ```
    #[must_use]
    pub fn new(maxsize: usize) -> Self {
        Self::builder().maxsize(maxsize).build()
    }

    /// A builder with every option. Without any the cache has neither bound nor expiry.
    pub fn builder() -> CacheBuilder<K, V> {
        CacheBuilder::new()
    }

    /// The number of live entries. Expired ones do not count; they are taken out on the way.
    ///
    /// ```
    /// # use larder::{Cache, Ttl};
    /// let cache = Cache::new(10);
    /// cache.set(1, "one");
    /// assert_eq!(cache.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether there is no live entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bound on the number of entries, `None` when there is none.
    #[must_use]
    pub fn maxsize(&self) -> Option<usize> {
        self.inner.maxsize()
    }

    /// Sets the bound while the cache is in use; `None` takes it away.
    ///
    /// When the new bound is lower, what is too much leaves at once in the order of eviction, and
    /// [`on_evict`](Self::on_evict) hooks hear of it before this returns.
    ///
    /// A bound in bytes stays as it is, also with `None`. The number of regions is fixed when the cache is built: one that
    /// was small then stays one region.
    ///
    /// ```
    /// # use larder::Cache;
    /// let cache = Cache::new(10);
    /// (0..10).for_each(|n| cache.set(n, n));
    /// cache.set_maxsize(3);
    /// assert_eq!(cache.len(), 3);
    /// assert_eq!(cache.get(&9), Some(9));
    /// ```
    pub fn set_maxsize(&self, maxsize: impl Into<Option<usize>>) {
        self.inner.resize(maxsize.into());
    }

    /// How long entries live unless they are stored with a lifetime of their own; `None` for ever.
    #[must_use]
    pub fn ttl(&self) -> Option<Duration> {
        self.inner.lifetime().duration()
    }

    /// Sets the lifetime of entries that are stored from now on.
    pub fn set_ttl(&self, ttl: impl Into<Option<Duration>>) {
        self.inner.set_lifetime(ttl.into());
    }

    /// What the cache did so far.
    #[must_use]
    pub fn get_metrics(&self) -> Metrics {
        self.inner.metrics()
    }

    /// Sets every counter to zero. The entries stay.
    ///
    /// The advice about [other sizes](crate::Metrics::sizing) is about the calls from now on: its rates are forgotten, and what
    /// its models hold stays. That is the remedy when the traffic has changed. While nothing is being sampled the old rates
    /// stay, until there is more.
    ///
    /// ```
    /// # use larder::Cache;
    /// let cache = Cache::new(10);
    /// cache.set(1, 1);
    /// cache.get(&1);
    /// cache.reset_metrics();
    /// assert_eq!((cache.get_metrics().hits, cache.len()), (0, 1));
    /// ```
    pub fn reset_metrics(&self) {
        self.inner.reset_metrics();
    }

    /// Waits until the tiers below have been told everything they are owed, and have flushed themselves. Without tiers it does
    /// nothing.
    ///
    /// # Errors
    /// [`Error::TierUnavailable`] when one of them could not be told everything. It stays owed.
    pub async fn flush(&self) -> Result<(), Error> {
        match &self.inner.below {
            Some(below) => below.flush().await,
            None => Ok(()),
        }
    }

    /// [Flushes](Self::flush), and leaves the tiers alone from then on: the cache goes on in memory. The tiers themselves,
    /// which others may use, are not closed: [`larder::close`](crate::close) does that.
    ///
    /// # Errors
    /// As [`flush`](Self::flush); it is closed all the same.
    pub async fn close(&self) -> Result<(), Error> {
        match &self.inner.below {
            Some(below) => below.close().await,
            None => Ok(()),
        }
    }

    /// Switches the cache off and on again. While it is off every call is a [bypass](crate::Call::bypass): bodies
    /// run, nothing is read or stored by loads. Entries and keys stay as they are.
    pub fn set_enabled(&self, enabled: bool) {
        self.inner.set_enabled(enabled);
    }
}

impl<K: Key, V: Value> std::fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache")
            .field("name", &self.inner.name)
            .field("len", &self.inner.stored())
            .field("maxsize", &self.maxsize())
            .field("max_bytes", &self.inner.max_weight())
            .field("ttl", &self.ttl())
            .finish()
    }
}
