//! `quick_cache`: `get_or_insert_async` on the synchronous cache, which serves tasks too.

use std::cell::RefCell;
use std::convert::Infallible;

use quick_cache::sync::Cache;
use quick_cache::unsync;

use crate::course::{Call, gathered_load};
use crate::key::{load, load_text};
use crate::store::Store;

pub(crate) fn numbers(capacity: usize) -> impl Call<u64> {
    let cache = Cache::new(capacity);
    async move |key| {
        let Ok(value) = cache.get_or_insert_async(&key, loaded(load(key))).await;
        value
    }
}

pub(crate) fn texts(capacity: usize) -> impl Call<&'static str> {
    let cache = Cache::<String, u64>::new(capacity);
    async move |key| {
        let Ok(value) = cache.get_or_insert_async(key, loaded(load_text(key))).await;
        value
    }
}

pub(crate) fn stampede(capacity: usize) -> impl Call<u64> {
    let cache = Cache::new(capacity);
    async move |key| {
        let Ok(value) = cache.get_or_insert_async(&key, loaded(gathered_load(key))).await;
        value
    }
}

async fn loaded(body: impl Future<Output = u64>) -> Result<u64, Infallible> {
    Ok(body.await)
}

pub(crate) fn store(capacity: usize) -> Cache<u64, u64> {
    Cache::new(capacity)
}

/// The cache for one thread: one order, where the other has one for each shard.
pub(crate) fn unsync(capacity: usize) -> RefCell<unsync::Cache<u64, u64>> {
    RefCell::new(unsync::Cache::new(capacity))
}

impl Store for Cache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        Cache::get(self, &key)
    }

    fn insert(&self, key: u64, value: u64) {
        Cache::insert(self, key, value);
    }

    fn len(&self) -> usize {
        Cache::len(self)
    }
}

impl Store for RefCell<unsync::Cache<u64, u64>> {
    fn get(&self, key: u64) -> Option<u64> {
        self.borrow().get(&key).copied()
    }

    fn insert(&self, key: u64, value: u64) {
        self.borrow_mut().insert(key, value);
    }

    fn len(&self) -> usize {
        self.borrow().len()
    }
}
