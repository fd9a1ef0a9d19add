//! A call as a value, and a function's methods.

use larder::Served;
use larder::prelude::*;
use larder_tests::Counter;
use std::time::Duration;
use tokio::time::{advance, sleep};

/// The number of the call: every run of a body gives another value.
#[derive(Debug, Default)]
struct Source {
    calls: Counter,
    broken: std::sync::atomic::AtomicBool,
}

impl Source {
    fn next(&self) -> u64 {
        self.calls.count() as u64
    }

    fn try_next(&self) -> Result<u64, String> {
        let next = self.next();
        if self.broken.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(format!("broken at {next}"));
        }
        Ok(next)
    }

    fn set_broken(&self) {
        self.broken.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_call_that_is_not_awaited_does_nothing() {
    #[async_lru(skip(source))]
    async fn next(source: &Source) -> u64 {
        source.next()
    }

    let source = Source::default();
    let call = next(&source);
    let refresh = next(&source).use_cache(false);
    drop(next(&source).invalidate());
    drop(next(&source).prime(7));
    drop(next.clear());
    assert_eq!((source.calls.get(), next.cache().len()), (0, 0));
    assert_eq!(next.get_metrics().misses, 0);
    assert_eq!((call.await, refresh.await), (1, 2));
}

#[tokio::test]
async fn use_cache_false_loads_and_replaces() {
    #[async_lru(skip(source))]
    async fn next(source: &Source) -> Result<u64, String> {
        source.try_next()
    }

    let source = Source::default();
    assert_eq!(next(&source).await, Ok(1));
    assert_eq!(next(&source).use_cache(false).await, Ok(2));
    assert_eq!(next(&source).await, Ok(2));
    assert_eq!(next(&source).use_cache(false).use_cache(true).await, Ok(2));
    source.set_broken();
    assert_eq!(next(&source).use_cache(false).await, Err("broken at 3".to_owned()));
    assert_eq!(next(&source).await, Ok(2), "a failing refresh leaves the old value");
    let metrics = next.get_metrics();
    assert_eq!((metrics.refreshes, metrics.hits, metrics.misses), (2, 3, 1));
}

#[tokio::test]
async fn bypass_neither_reads_nor_writes() {
    #[async_lru(skip(source))]
    async fn next(source: &Source) -> u64 {
        source.next()
    }

    let source = Source::default();
    assert_eq!(next(&source).bypass().await, 1);
    assert_eq!(next(&source).peek(), None);
    assert_eq!(next(&source).await, 2);
    assert_eq!(next(&source).bypass().await, 3);
    assert_eq!(next(&source).await, 2);
    let metrics = next.get_metrics();
    assert_eq!((metrics.bypasses, metrics.hits, metrics.misses), (2, 1, 1));
}

#[tokio::test]
async fn peek_looks_and_touches_nothing() {
    #[async_lru(maxsize = 2)]
    async fn double(n: u64) -> u64 {
        2 * n
    }
    #[async_lru]
    async fn parsed(text: &str) -> Result<u64, std::num::ParseIntError> {
        text.parse()
    }

    assert_eq!(double(1).peek(), None);
    double(1).await;
    double(2).await;
    let call = double(1);
    assert_eq!((call.peek(), call.peek()), (Some(2), Some(2)));
    assert_eq!(double.get_metrics().hits, 0);
    double(3).await;
    assert_eq!(double(1).peek(), None, "to peek is not to use: it was the oldest");

    parsed("7").await.unwrap();
    parsed("x").await.unwrap_err();
    let found: Option<u64> = parsed("7").peek();
    assert_eq!((found, parsed("x").peek()), (Some(7), None));
}

#[tokio::test]
async fn invalidate_drops_exactly_this_entry() {
    #[async_lru]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    double(1).await;
    double(2).await;
    assert!(double(1).invalidate().await);
    assert!(!double(1).invalidate().await, "there is nothing left to drop");
    assert_eq!((double(1).peek(), double(2).peek()), (None, Some(4)));
    assert!(double(2).invalidate().blocking());
    assert_eq!((double.cache().len(), double.get_metrics().evictions.removed), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn prime_stores_without_running_the_body() {
    #[async_lru(skip(source))]
    async fn next(source: &Source, n: u64) -> u64 {
        n + source.next()
    }
    #[async_lru(skip(source))]
    async fn try_next(source: &Source) -> Result<u64, String> {
        source.try_next()
    }

    let source = Source::default();
    next(&source, 1).prime(70).await;
    next(&source, 2).ttl(Duration::from_secs(5)).prime(80).blocking();
    try_next(&source).prime(90).await;
    assert_eq!((next(&source, 1).await, next(&source, 2).await), (70, 80));
    assert_eq!((try_next(&source).await, source.calls.get()), (Ok(90), 0));
    next(&source, 1).prime(71).await;
    assert_eq!(next(&source, 1).await, 71);
    advance(Duration::from_secs(5)).await;
    assert_eq!((next(&source, 1).peek(), next(&source, 2).peek()), (Some(71), None));
}

#[tokio::test(start_paused = true)]
async fn touch_gives_a_new_lifetime() {
    #[async_ttl(ttl = "10s")]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    double(1).await;
    assert!(!double(2).touch(Ttl::Never).await);
    advance(Duration::from_secs(9)).await;
    assert!(double(1).touch(Ttl::Default).await);
    advance(Duration::from_secs(9)).await;
    assert!(double(1).touch(Ttl::After(Duration::from_secs(100))).blocking());
    advance(Duration::from_secs(99)).await;
    assert_eq!(double(1).peek(), Some(2));
    advance(Duration::from_secs(1)).await;
    assert!(!double(1).touch(Ttl::Never).await, "what has expired cannot be woken up");
    double(1).await;
    assert!(double(1).touch(Ttl::After(Duration::ZERO)).await);
    assert_eq!(double(1).peek(), None);
}

#[tokio::test(start_paused = true)]
async fn a_call_can_have_a_lifetime_of_its_own() {
    #[async_ttl(ttl = "10s")]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    double(1).ttl(Duration::from_secs(5)).await;
    double(2).await;
    double(3).ttl(Ttl::Never).await;
    assert_eq!(double(4).ttl(Duration::ZERO).await, 8);
    assert_eq!(double(4).peek(), None, "a lifetime of zero is not stored");
    advance(Duration::from_secs(4)).await;
    // A hit keeps the lifetime it has.
    double(1).ttl(Duration::from_secs(500)).await;
    advance(Duration::from_secs(1)).await;
    assert_eq!((double(1).peek(), double(2).peek(), double(3).peek()), (None, Some(4), Some(6)));
    advance(Duration::from_secs(1000)).await;
    assert_eq!((double(2).peek(), double(3).peek()), (None, Some(6)));
    double(3).use_cache(false).ttl(Duration::from_secs(1)).await;
    advance(Duration::from_secs(1)).await;
    assert_eq!(double(3).peek(), None);
    assert!(double.cache().is_empty());
}

#[tokio::test(start_paused = true)]
async fn traced_tells_how_a_call_was_served() {
    #[async_lru(skip(source))]
    async fn slow(source: &Source) -> u64 {
        sleep(Duration::from_secs(3)).await;
        source.next()
    }

    let source = Source::default();
    let took = Served::Loaded { took: Duration::from_secs(3) };
    let (leads, joins) = tokio::join!(slow(&source).traced(), slow(&source).traced());
    assert_eq!((leads, joins), ((1, took), (1, Served::Coalesced)));
    advance(Duration::from_secs(4)).await;
    let hit = |(value, served): (u64, Served)| match served {
        Served::Hit { age, .. } => (value, (age.as_secs_f64() * 100.0).round()),
        _ => panic!("{served:?}"),
    };
    assert_eq!(hit(slow(&source).traced().await), (1, 400.0), "known to about a millisecond");
    assert_eq!(slow(&source).use_cache(false).traced().await, (2, took));
    assert_eq!(slow(&source).bypass().traced().await, (3, Served::Bypassed));
    assert_eq!(hit(slow(&source).traced().await), (2, 300.0));
    let metrics = slow.get_metrics();
    assert_eq!((metrics.hits, metrics.misses, metrics.coalesced), (2, 1, 1));
}

#[tokio::test]
async fn a_refresh_that_is_ready_at_once_was_loaded_by_itself() {
    #[async_lru(skip(source))]
    async fn owned(source: &'static Source) -> u64 {
        source.next()
    }

    #[async_lru(skip(source))]
    async fn borrowed(source: &Source) -> u64 {
        source.next()
    }

    let source: &'static Source = Box::leak(Box::default());
    let cache = larder::Cache::builder().maxsize(10).build();
    for _ in 0..20 {
        let calls = [
            owned(source).use_cache(false).traced().await,
            borrowed(source).use_cache(false).traced().await,
            cache.get_with(1, async { source.next() }).use_cache(false).traced().await,
        ];
        let loaded = |(_, served)| matches!(served, Served::Loaded { .. });
        assert!(calls.into_iter().all(loaded), "{calls:?}");
    }
}

#[test]
fn synchronous_code_can_wait_for_a_call() {
    #[async_lru(skip(source))]
    async fn next(source: &Source) -> u64 {
        sleep(Duration::from_millis(1)).await;
        source.next()
    }

    let source = Source::default();
    assert_eq!((next(&source).blocking(), next(&source).blocking()), (1, 1));
    assert_eq!(next(&source).use_cache(false).blocking(), 2);
    assert_eq!(next(&source).bypass().blocking(), 3);
    next.clear().blocking();
    assert_eq!(next(&source).peek(), None);
}

#[tokio::test]
async fn synchronous_code_below_a_runtime_can_wait_too() {
    #[async_lru(skip(source))]
    async fn next(source: &'static Source) -> u64 {
        // Only the runtime that the thread has entered can run this.
        tokio::spawn(async {}).await.unwrap();
        source.next()
    }

    let source: &'static Source = Box::leak(Box::default());
    let answers =
        tokio::task::spawn_blocking(move || [next(source).blocking(), next(source).blocking()]);
    assert_eq!(answers.await.unwrap(), [1, 1]);
    assert_eq!(next(source).blocking(), 1, "a hit never blocks, so it may be had anywhere");
}

#[tokio::test]
async fn calls_are_futures_like_any_other() {
    #[async_lru]
    async fn double(n: u64) -> u64 {
        tokio::task::yield_now().await;
        2 * n
    }
    #[async_lru]
    async fn fib(n: u64) -> u64 {
        if n < 2 { n } else { fib(n - 1).await + fib(n - 2).await }
    }
    #[async_lru(unbounded)]
    async fn depth(n: &u64) -> u64 {
        if *n == 0 { 0 } else { 1 + depth(&(n - 1)).await }
    }

    assert_eq!(tokio::spawn(double(7)).await.unwrap(), 14);
    assert_eq!(tokio::join!(double(1), double(2), double(1)), (2, 4, 2));
    assert_eq!(tokio::try_join!(tokio::spawn(double(3)), tokio::spawn(double(3))).unwrap(), (6, 6));
    let all = futures_util::future::join_all((0..50).map(double)).await;
    assert_eq!(all.iter().sum::<u64>(), 2 * (0..50).sum::<u64>());
    assert_eq!(fib(90).await, 2_880_067_194_370_816_120);
    assert_eq!((fib.get_metrics().misses, fib.get_metrics().hits), (91, 88));
    assert_eq!(depth(&20).await, 20);
}

#[tokio::test]
#[should_panic(expected = "polled after it had returned")]
async fn a_call_returns_once() {
    #[async_lru]
    async fn one() -> u64 {
        1
    }

    let mut call = std::pin::pin!(one());
    call.as_mut().await;
    call.await;
}
