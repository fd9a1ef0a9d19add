//! Switching caching off: for one future, one function, one cache, the process. One test at a time: the switch of the
//! process is everybody's.

use larder::prelude::*;
use larder::{Served, functions, set_enabled, without_cache};
use larder_tests::Counter;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard, Notify};

async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

fn source() -> &'static Counter {
    Box::leak(Box::default())
}

#[tokio::test]
async fn without_cache_covers_one_future() {
    #[async_lru(skip(source))]
    async fn next(source: &Counter) -> u64 {
        source.count() as u64
    }
    #[async_lru(skip(source))]
    async fn outer(source: &Counter) -> u64 {
        next(source).await
    }

    let _alone = alone().await;
    let source = source();
    assert_eq!(next(source).await, 1);
    let inside = without_cache(async {
        assert!(matches!(next(source).traced().await, (2, Served::Bypassed)));
        let nested = without_cache(next(source)).await;
        tokio::task::yield_now().await;
        (nested, outer(source).await, next(source).peek())
    });
    assert_eq!(inside.await, (3, 4, Some(1)));
    assert_eq!(next(source).await, 1, "nothing was stored, nothing was removed");
    let metrics = next.get_metrics();
    assert_eq!((metrics.bypasses, metrics.hits, metrics.misses), (3, 1, 1));
    assert!(outer.cache().is_empty());
}

#[tokio::test]
async fn without_cache_covers_nobody_else() {
    #[async_lru(skip(source))]
    async fn next(source: &'static Counter) -> u64 {
        source.count() as u64
    }

    let _alone = alone().await;
    let source = source();
    next(source).await;
    let (inside, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let task = tokio::spawn(without_cache({
        let (inside, go_on) = (inside.clone(), go_on.clone());
        async move {
            let spawned = tokio::spawn(next(source)).await.unwrap();
            let first = next(source).await;
            inside.notify_one();
            go_on.notified().await;
            (spawned, first, next(source).await)
        }
    }));
    inside.notified().await;
    assert_eq!(next(source).await, 1);
    go_on.notify_one();
    assert_eq!(task.await.unwrap(), (1, 2, 3), "a task that is spawned is a future of its own");
    assert_eq!(next(source).await, 1);
}

/// A future that panics, or is dropped half-way, leaves the switch as it was.
#[tokio::test]
async fn without_cache_ends_with_its_future() {
    #[async_lru(skip(source))]
    async fn next(source: &'static Counter) -> u64 {
        source.count() as u64
    }

    let _alone = alone().await;
    let source = source();
    next(source).await;
    let panicked = tokio::spawn(without_cache(async { panic!("half-way") }));
    assert!(panicked.await.unwrap_err().is_panic());
    let mut dropped = Box::pin(without_cache(std::future::pending::<()>()));
    assert!(futures_util::poll!(&mut dropped).is_pending());
    drop(dropped);
    assert_eq!(next(source).await, 1);
}

#[tokio::test]
async fn a_function_can_be_switched_off_and_on() {
    #[async_lru(skip(source))]
    async fn next(source: &Counter) -> u64 {
        source.count() as u64
    }
    #[async_lru(skip(source))]
    async fn other(source: &Counter) -> u64 {
        source.count() as u64
    }

    let _alone = alone().await;
    let source = source();
    assert_eq!((next(source).await, other(source).await), (1, 2));
    next.set_enabled(false);
    assert_eq!((next(source).await, next(source).use_cache(false).await), (3, 4));
    assert_eq!(other(source).await, 2);
    assert_eq!(next(source).peek(), Some(1), "entries and keys stay as they are");
    next.set_enabled(true);
    assert_eq!(next(source).await, 1);
    assert_eq!(next.get_metrics().bypasses, 2);
}

#[tokio::test]
async fn a_function_can_be_switched_off_before_its_first_call() {
    #[async_lru(name = "switched off early", skip(source))]
    async fn next<T>(source: &Counter, _: T) -> u64
    where
        T: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    {
        source.count() as u64
    }

    let _alone = alone().await;
    let source = source();
    let all = functions();
    let known = all.iter().find(|f| f.name().ends_with("::switched off early")).unwrap();
    known.set_enabled(false);
    assert_eq!((next(source, 1_u8).await, next(source, 1_u8).await), (1, 2));
    assert_eq!((next(source, 'a').await, next(source, 'a').await), (3, 4));
    known.set_enabled(true);
    assert_eq!((next(source, 1_u8).await, next(source, 1_u8).await), (5, 5));
    assert_eq!((next(source, 'a').await, next(source, 'a').await), (6, 6));
}

#[tokio::test]
async fn a_cache_can_be_switched_off_and_on() {
    let _alone = alone().await;
    let cache: Cache<u64, u64> = Cache::new(10);
    assert_eq!(cache.get_with(1, async { 1 }).await, 1);
    cache.set_enabled(false);
    assert_eq!(cache.get_with(1, async { 2 }).await, 2);
    assert_eq!(cache.get_with(2, async { 2 }).await, 2);
    cache.set_enabled(true);
    assert_eq!(cache.get_with(1, async { 3 }).await, 1);
    assert_eq!(cache.len(), 1);
}

#[tokio::test]
async fn the_kill_switch_is_for_the_whole_process() {
    #[async_lru(skip(source))]
    async fn next(source: &'static Counter) -> u64 {
        source.count() as u64
    }

    let _alone = alone().await;
    let source = source();
    let cache: Cache<u64, u64> = Cache::new(10);
    assert_eq!((next(source).await, cache.get_with(1, async { 1 }).await), (1, 1));
    set_enabled(false);
    set_enabled(false);
    assert_eq!(next(source).await, 2);
    assert_eq!(tokio::spawn(next(source)).await.unwrap(), 3);
    assert_eq!(without_cache(next(source)).await, 4);
    assert_eq!(cache.get_with(1, async { 2 }).await, 2);
    set_enabled(true);
    assert_eq!((next(source).await, cache.get_with(1, async { 3 }).await), (1, 1));
    set_enabled(true);
    assert_eq!(next(source).await, 1);
    assert_eq!(without_cache(next(source)).await, 5);
}
