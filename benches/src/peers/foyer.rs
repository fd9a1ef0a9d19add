//! `foyer`: `get_or_fetch` on the in-memory cache.

use foyer::{Cache, CacheBuilder};

use crate::course::{Call, gathered_load};
use crate::key::{load, load_text};

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
