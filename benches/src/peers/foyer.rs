//! `foyer`: `get_or_fetch` on the in-memory cache.

use foyer::{Cache, CacheBuilder, EvictionConfig};

use crate::course::{Call, gathered_load};
use crate::key::{load, load_text};
use crate::store::Store;

pub(crate) fn numbers(capacity: usize) -> impl Call<u64> {
    let cache: Cache<u64, u64> = CacheBuilder::new(capacity).build();
    async move |key| *fetched(cache.get_or_fetch(&key, || ok(load(key))).await).value()
}

pub(crate) fn texts(capacity: usize) -> impl Call<&'static str> {
    let cache: Cache<String, u64> = CacheBuilder::new(capacity).build();
    async move |key| *fetched(cache.get_or_fetch(key, || ok(load_text(key))).await).value()
}

pub(crate) fn stampede(capacity: usize) -> impl Call<u64> {
    let cache: Cache<u64, u64> = CacheBuilder::new(capacity).build();
    async move |key| *fetched(cache.get_or_fetch(&key, || ok(gathered_load(key))).await).value()
}

async fn ok(body: impl Future<Output = u64>) -> foyer::Result<u64> {
    Ok(body.await)
}

fn fetched<T>(result: foyer::Result<T>) -> T {
    result.expect("the body does not fail")
}

pub(crate) fn store(capacity: usize) -> Cache<u64, u64> {
    CacheBuilder::new(capacity).build()
}

/// One of its policies at its best: over the whole cache, where the default is eight shards with an
/// order of their own, which find less in a small cache.
pub(crate) fn one_shard(capacity: usize, policy: impl Into<EvictionConfig>) -> Cache<u64, u64> {
    CacheBuilder::new(capacity).with_shards(1).with_eviction_config(policy).build()
}

impl Store for Cache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        Cache::get(self, &key).map(|entry| *entry.value())
    }

    fn insert(&self, key: u64, value: u64) {
        Cache::insert(self, key, value);
    }

    fn len(&self) -> usize {
        self.entries()
    }
}
