//! `moka`: `get_with` on the asynchronous cache.

use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use moka::sync;

use crate::course::{Call, gathered_load};
use crate::key::{load, load_text};
use crate::store::Store;

pub(crate) fn numbers(capacity: u64) -> impl Call<u64> {
    let cache = Cache::new(capacity);
    async move |key| cache.get_with(key, load(key)).await
}

pub(crate) fn texts(capacity: u64) -> impl Call<&'static str> {
    let cache = Cache::<String, u64>::new(capacity);
    async move |key| cache.get_with_by_ref(key, load_text(key)).await
}

pub(crate) fn expiring(capacity: u64, ttl: Duration) -> impl Call<u64> {
    let cache = Cache::builder().max_capacity(capacity).time_to_live(ttl).build();
    async move |key| cache.get_with(key, load(key)).await
}

pub(crate) fn stampede(capacity: u64) -> impl Call<u64> {
    let cache = Cache::new(capacity);
    async move |key| cache.get_with(key, gathered_load(key)).await
}

/// The synchronous cache, with the default policy.
pub(crate) fn store(capacity: usize) -> sync::Cache<u64, u64> {
    sync::Cache::new(capacity as u64)
}

pub(crate) fn lru(capacity: usize) -> sync::Cache<u64, u64> {
    let policy = EvictionPolicy::lru();
    sync::Cache::builder().max_capacity(capacity as u64).eviction_policy(policy).build()
}

impl Store for sync::Cache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        sync::Cache::get(self, &key)
    }

    fn insert(&self, key: u64, value: u64) {
        sync::Cache::insert(self, key, value);
    }

    fn len(&self) -> usize {
        usize::try_from(self.entry_count()).expect("entries fit in memory")
    }

    fn settle(&self) {
        self.run_pending_tasks();
    }
}
