//! How a cache is described.

use super::{Cache, Inner, Key, Reason, Value};
use crate::store::UNBOUNDED;
use crate::ttl::Lifetime;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// Describes a [`Cache`]. Get one from [`Cache::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct CacheBuilder<K, V> {
    name: String,
    maxsize: usize,
    lifetime: Lifetime,
    on_evict: Vec<OnEvict<K, V>>,
    types: PhantomData<fn() -> (K, V)>,
}

type OnEvict<K, V> = Box<dyn Fn(&K, &V, Reason) + Send + Sync>;

impl<K: Key, V: Value> CacheBuilder<K, V> {
    pub(super) fn new() -> Self {
        Self {
            name: "cache".to_owned(),
            maxsize: UNBOUNDED,
            lifetime: Lifetime::FOREVER,
            on_evict: Vec::new(),
            types: PhantomData,
        }
    }

    /// How the cache is called in messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// At most this many entries; the least recently used leaves first. `0` stores nothing, and still runs one
    /// load per key at a time.
    ///
    /// The order is exact up to 1,024 entries. A larger cache is divided into regions by the hash of the key, each exact for
    /// its share; one can be full a little before the whole is.
    pub fn maxsize(mut self, maxsize: usize) -> Self {
        self.maxsize = maxsize;
        self
    }

    /// As many entries as there is memory for. This is the default.
    pub fn unbounded(mut self) -> Self {
        self.maxsize = UNBOUNDED;
        self
    }

    /// How long entries live unless they are stored with a lifetime of their own. Zero stores
    /// nothing.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.lifetime = Lifetime::of(ttl);
        self
    }

    /// See [`Cache::on_evict`].
    pub fn on_evict(mut self, hook: impl Fn(&K, &V, Reason) + Send + Sync + 'static) -> Self {
        self.on_evict.push(Box::new(hook));
        self
    }

    /// The cache. Needs no runtime.
    #[must_use]
    pub fn build(self) -> Cache<K, V> {
        let inner = Inner::new(&self.name, self.maxsize, self.lifetime);
        let cache = Cache { inner: Arc::new(inner) };
        for hook in self.on_evict {
            cache.on_evict(hook);
        }
        cache
    }
}
