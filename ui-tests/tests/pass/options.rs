//! Every option, in every form.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::sync::LazyLock;
use std::time::Duration;

use larder::Cache;
use larder::prelude::*;

const SIZE: usize = 10;
const LIFETIME: Duration = Duration::from_secs(5);

fn lifetime() -> Duration {
    LIFETIME
}

fn is_good(found: &Result<u32, String>) -> bool {
    found.is_ok()
}

#[async_ttl(maxsize = SIZE * 2, ttl = LIFETIME)]
async fn constants(x: u32) -> u32 {
    x
}

// In a cache for more than this function, one entry of it.
static WORDS: LazyLock<Cache<&'static str, u32>> = LazyLock::new(|| Cache::new(10));

#[async_lru(cache = WORDS, key = "answer")]
async fn literal_key(x: u32) -> u32 {
    x
}

#[async_lru(unbounded, time_to_live = lifetime())]
async fn expressions(x: u32) -> u32 {
    x
}

#[async_lru(maxsize = 0, ttl = 60, name = "zero", version = 7,)]
async fn literals(x: u32) -> u32 {
    x
}

#[async_lru(ttl = "1h 30m", cache_err = "5s", cache_if = is_good)]
async fn results(x: u32) -> Result<u32, String> {
    if x == 0 { Err("zero".to_owned()) } else { Ok(x) }
}

#[async_lru(cache_err = LIFETIME, cache_if = |found| found.is_ok())]
async fn closure(x: u32) -> Result<u32, String> {
    Ok(x)
}

#[async_lru(skip_none, crate = larder)]
async fn options(x: u32) -> Option<u32> {
    (x > 0).then_some(x)
}

#[async_lru(skip_none)]
async fn results_of_options(x: u32) -> Result<Option<u32>, String> {
    Ok((x > 0).then_some(x))
}

#[async_lru(skip_args = 1, skip(z))]
async fn leading_and_named(x: u32, y: u32, z: u32) -> u32 {
    x + y + z
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(constants(1).await + expressions(1).await + literals(1).await, 3);
    assert_eq!(constants.cache().maxsize(), Some(20));
    assert_eq!(expressions.cache().maxsize(), None);
    assert_eq!(expressions.cache().ttl(), Some(LIFETIME));
    assert_eq!(results.cache().ttl(), Some(Duration::from_secs(5400)));
    assert_eq!(results.cache().maxsize(), Some(128));
    assert!(results(0).await.is_err());
    assert_eq!(closure(1).await, Ok(1));
    assert_eq!(options(0).await, None);
    assert_eq!(options.cache().len(), 0);
    assert_eq!(results_of_options(0).await, Ok(None));
    assert_eq!(results_of_options.cache().len(), 0);
    assert_eq!(literal_key(1).await, 1);
    assert_eq!(WORDS.get("answer"), Some(1));
    assert_eq!(leading_and_named(1, 2, 3).await + leading_and_named(9, 2, 9).await, 12);
}
