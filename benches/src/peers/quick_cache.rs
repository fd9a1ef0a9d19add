//! `quick_cache`: `get_or_insert_async` on the synchronous cache, which serves tasks too.

use std::convert::Infallible;

use quick_cache::sync::Cache;

use crate::course::{Call, gathered_load};
use crate::key::{load, load_text};

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
