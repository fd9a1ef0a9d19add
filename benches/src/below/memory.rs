//! A hit in memory, with tiers below and without.

use crate::clock::Stopwatch;
use larder::Cache;
use larder::tier::{Layer, Sqlite};
use std::path::Path;
use std::time::Duration;

const KEYS: u32 = 1_000;

const MAXSIZE: usize = 2_000;

/// Nanoseconds per hit: without tiers, and with one.
///
/// # Panics
/// When there is no room for a file.
pub async fn compare(folder: &Path, rounds: u32) -> (f64, f64) {
    let without: Cache<u32, u32> = Cache::new(MAXSIZE);
    let layer = Layer::from(Sqlite::open(folder.join("memory.db")).expect("a file"));
    let with: Cache<u32, u32> =
        Cache::builder().name("memory").maxsize(MAXSIZE).tier(layer).build();
    for key in 0..KEYS {
        without.set(key, key);
        with.set(key, key);
    }
    with.flush().await.expect("written");
    let (mut best_without, mut best_with) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        best_without = best_without.min(lap(&without).await);
        best_with = best_with.min(lap(&with).await);
    }
    let per_call = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(100 * KEYS);
    (per_call(best_without), per_call(best_with))
}

async fn lap(cache: &Cache<u32, u32>) -> Duration {
    let begun = Stopwatch::start();
    for _ in 0..100 {
        for key in 0..KEYS {
            std::hint::black_box(cache.get_with(key, async { 0 }).await);
        }
    }
    begun.elapsed()
}
