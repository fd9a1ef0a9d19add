//! What is counted, and that it is counted once.

use larder::Metrics;
use larder::prelude::*;
use larder_tests::{Bomb, Counter, Fuse};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test]
async fn a_function_that_nobody_called_has_counted_nothing() {
    #[async_lru(maxsize = 7)]
    async fn idle(n: u64) -> u64 {
        n
    }

    let mut nothing = Metrics::default();
    nothing.capacity = Some(7);
    assert_eq!(idle.get_metrics(), nothing);
    assert!(nothing.hit_rate().abs() < f64::EPSILON && nothing.mean_load_time().is_zero());
    drop(idle(1));
    assert_eq!(idle.get_metrics(), nothing, "a call counts when it is polled");
}

#[tokio::test]
async fn every_kind_of_call_has_its_counter() {
    #[async_lru(maxsize = 2, skip(fails))]
    async fn call(n: u64, fails: bool) -> Result<u64, String> {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        if fails { Err(n.to_string()) } else { Ok(n) }
    }

    let _ = tokio::join!(call(1, false), call(1, false), call(1, false));
    call(1, false).await.unwrap();
    call(2, true).await.unwrap_err();
    call(1, false).use_cache(false).await.unwrap();
    call(1, true).use_cache(false).await.unwrap_err();
    call(1, false).bypass().await.unwrap();
    let _ = (call(1, false).peek(), call(9, false).peek());
    call(3, false).await.unwrap();
    call(4, false).await.unwrap();
    call(4, false).invalidate().await;
    call(4, false).invalidate().await;
    call.clear().await;

    let metrics = call.get_metrics();
    assert_eq!((metrics.hits, metrics.misses, metrics.coalesced), (1, 4, 2));
    assert_eq!((metrics.loads, metrics.load_errors), (6, 2));
    assert_eq!((metrics.bypasses, metrics.refreshes), (1, 2));
    let evictions = metrics.evictions;
    assert_eq!(
        (evictions.size, evictions.replaced, evictions.removed, evictions.cleared),
        (1, 1, 1, 1)
    );
    assert_eq!((metrics.entries, metrics.capacity), (0, Some(2)));
    assert!((metrics.hit_rate() - 1.0 / 7.0).abs() < 1e-9);

    call(5, false).await.unwrap();
    call.reset_metrics();
    let mut nothing = Metrics::default();
    (nothing.entries, nothing.weight, nothing.capacity) = (1, 1, Some(2));
    assert_eq!(call.get_metrics(), nothing, "the entries stay");
}

#[tokio::test(start_paused = true)]
async fn the_time_of_loads() {
    #[async_lru(skip(calls))]
    async fn owned(calls: Arc<Counter>, seconds: u64) -> Result<u64, String> {
        work(&calls, seconds).await
    }
    #[async_lru(skip(calls))]
    async fn borrowed(calls: &Counter, seconds: u64) -> Result<u64, String> {
        work(calls, seconds).await
    }

    async fn work(calls: &Counter, seconds: u64) -> Result<u64, String> {
        sleep(Duration::from_secs(seconds)).await;
        match calls.count() {
            1 => Ok(seconds),
            2 => Err("the second fails".to_owned()),
            _ => panic!("the third panics"),
        }
    }

    let calls = Arc::new(Counter::default());
    owned(calls.clone(), 2).await.unwrap();
    owned(calls.clone(), 4).await.unwrap_err();
    assert_eq!(owned.get_metrics().mean_load_time(), Duration::from_secs(3));
    tokio::spawn(owned(calls, 6)).await.unwrap_err();

    let calls: &'static Counter = Box::leak(Box::default());
    borrowed(calls, 2).await.unwrap();
    borrowed(calls, 4).await.unwrap_err();
    tokio::spawn(borrowed(calls, 6)).await.unwrap_err();

    for metrics in [owned.get_metrics(), borrowed.get_metrics()] {
        assert_eq!((metrics.loads, metrics.load_errors), (3, 2));
        assert_eq!(metrics.load_time, Duration::from_secs(12));
        assert_eq!(metrics.mean_load_time(), Duration::from_secs(4));
    }
}

/// What is done with a value may panic: its load has ended once all the same.
#[tokio::test(start_paused = true)]
async fn a_load_whose_value_panics_ends_once() {
    #[async_lru(skip(fuse))]
    async fn load(fuse: Arc<Fuse>) -> Bomb {
        sleep(Duration::from_secs(2)).await;
        Bomb(1, fuse)
    }

    let fuse = Arc::new(Fuse::default());
    fuse.clone.store(true, SeqCst);
    tokio::spawn(load(fuse)).await.map(|_| ()).unwrap_err();
    let metrics = load.get_metrics();
    assert_eq!((metrics.loads, metrics.load_errors), (1, 1));
    assert_eq!(metrics.load_time, Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn evictions_by_reason() {
    let cache: Cache<u64, u64> = Cache::new(3);
    (0..5).for_each(|n| cache.set(n, n));
    cache.set(4, 5);
    cache.remove(&4);
    cache.set_with(9, 9, Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let metrics = cache.get_metrics();
    assert_eq!((metrics.entries, metrics.expirations()), (2, 1), "the snapshot itself notices");
    cache.clear();
    let evictions = cache.get_metrics().evictions;
    assert_eq!((evictions.size, evictions.replaced, evictions.removed), (2, 1, 1));
    assert_eq!((evictions.expired, evictions.cleared), (1, 2));
}

/// Eight threads, few keys, a small cache: whatever happens to a call, it is counted once.
#[test]
fn hits_misses_and_coalesced_are_all_the_calls() {
    const CALLS: u64 = 2000;

    #[async_lru(maxsize = 8)]
    async fn load(n: u64) -> Result<u64, u64> {
        for _ in 0..n % 4 {
            tokio::task::yield_now().await;
        }
        if n % 5 == 4 { Err(n) } else { Ok(n) }
    }

    larder_tests::watchdog(async {
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                tokio::task::spawn_blocking(move || {
                    for call in 0..CALLS {
                        let n = (caller * 7 + call * call) % 16;
                        let _ = load(n).blocking();
                        if call % 50 == 0 {
                            load(n).invalidate().blocking();
                        }
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        let metrics = load.get_metrics();
        assert_eq!(metrics.hits + metrics.misses + metrics.coalesced, 8 * CALLS);
        assert!(metrics.loads >= metrics.misses);
        assert!(metrics.hits > 0 && metrics.misses > 0 && metrics.load_errors > 0);
        assert_eq!(metrics.bypasses, 0);
    });
}

/// A call that waits for itself panics, and is a call all the same.
#[tokio::test]
async fn a_call_that_waits_for_itself_is_counted() {
    #[async_lru]
    async fn ring(n: u64) -> u64 {
        Box::pin(ring(n)).await
    }

    assert!(tokio::spawn(ring(1)).await.unwrap_err().is_panic());
    assert_eq!(ring.get_metrics().calls(), 2);
}
