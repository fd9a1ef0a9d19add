//! Values in files: larder with SQLite, and the store of `cached` on redb.

use super::{Record, Row, scattered, timed};
use crate::clock::Stopwatch;
use cached::stores::RedbCache;
use cached::{ConcurrentCached, ConcurrentCachedAsync};
use larder::Cache;
use larder::tier::{Layer, Sqlite, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many records the files hold.
pub const KEYS: u64 = 100_000;

const CALLS: u64 = 20_000;

/// Rows of larder.
///
/// # Panics
/// When there is no room for the file.
pub async fn larder(folder: &Path) -> Vec<Row> {
    let tier = Arc::new(Sqlite::open(folder.join("larder.db")).expect("a file"));
    let layer = || Layer::shared(tier.clone()).time_out(Duration::from_mins(1));
    let build = |maxsize: usize, write: Write| -> Cache<u64, Record> {
        Cache::builder().name("records").maxsize(maxsize).tier(layer().write(write)).build()
    };
    let filled = build(0, Write::Behind);
    for chunk in 0..KEYS / 5_000 {
        filled.through().set_many((0..5_000).map(|n| (chunk * 5_000 + n, Record::of(n)))).await;
        filled.flush().await.expect("written");
    }
    // Memory holds nothing, so that every call goes below it.
    let reader = build(0, Write::Through);
    let hits = timed(CALLS, |number| {
        let key = scattered(number, KEYS);
        let call = reader.get_with(key, async { panic!("it is in the file") });
        async move { call.await.id }
    });
    let hits = Row::new("larder, hit on disk", hits.await);
    let behind = Row::new("larder, put behind", puts_behind(&build(0, Write::Behind)).await);
    let through = build(0, Write::Through);
    let through = timed(2_000, |number| {
        let through = through.clone();
        async move { through.through().set(KEYS + number, Record::of(number)).await }
    });
    vec![hits, behind, Row::new("larder, put through", through.await)]
}

/// What a put costs its caller; what is done about it later is not counted.
async fn puts_behind(cache: &Cache<u64, Record>) -> Vec<Duration> {
    let mut times = Vec::new();
    for chunk in 0..CALLS / 1_000 {
        for number in 0..1_000 {
            let (key, record) = (2 * KEYS + chunk * 1_000 + number, Record::of(number));
            let begun = Stopwatch::start();
            cache.set(key, record);
            times.push(begun.elapsed());
        }
        cache.flush().await.expect("written");
    }
    times
}

/// Rows of `cached`: its synchronous calls, and those of async functions, which it makes on a thread of a pool. Writes are
/// not forced to the disk, which is what larder promises too.
///
/// # Panics
/// When there is no room for the file.
pub async fn redb(folder: &Path) -> Vec<Row> {
    let cache: RedbCache<u64, Record> =
        RedbCache::builder("records").disk_dir(folder).durable(false).build().expect("a file");
    for key in 0..KEYS {
        cache.cache_set(key, Record::of(key)).expect("stored");
    }
    let hits = timed(CALLS, |number| {
        let found = cache.cache_get(&scattered(number, KEYS)).expect("read");
        std::future::ready(found.expect("it is in the file").id)
    });
    let hits = Row::new("cached (redb), hit on disk, sync", hits.await);
    let pooled = timed(CALLS, |number| {
        let (cache, key) = (&cache, scattered(number, KEYS));
        async move { cache.async_cache_get(&key).await.expect("read").expect("in the file").id }
    });
    let pooled = Row::new("cached (redb), hit on disk, async", pooled.await);
    let puts = timed(2_000, |number| {
        drop(cache.cache_set(KEYS + number, Record::of(number)).expect("stored"));
        std::future::ready(())
    });
    vec![hits, pooled, Row::new("cached (redb), put, sync", puts.await)]
}
