//! `moka`: `get_with` on the asynchronous cache.

use std::time::Duration;

use moka::future::Cache;

use crate::course::{Call, gathered_load};
use crate::key::{load, load_text};

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
