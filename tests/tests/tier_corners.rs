//! Tiers in odd cases: full queues, tiers that cannot write, that panic or are left alone, hooks, and defaults that change
//! under a function.

use larder::tier::{
    BreakerPolicy, Fetched, Layer, RetryPolicy, Tier, TierEntry, TierError, TierErrorKind,
    TierFuture, TierKey, Write,
};
use larder::{BreakerState, Cache, Memo, Served};
use larder_tests::{Log, MapTier, Mood};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

fn below(tier: &MapTier) -> Layer {
    Layer::from(tier.clone()).retry(RetryPolicy::NEVER)
}

fn cache(layer: Layer) -> Cache<u64, u64> {
    Cache::builder().name("numbers").maxsize(1000).tier(layer).build()
}

/// What another process would find.
async fn found(tier: &MapTier, key: u64) -> Option<u64> {
    cache(below(tier)).through().get(&key).await
}

/// A tier with a `put` of its own: this runs first, and fails it or panics.
struct Odd<P> {
    map: MapTier,
    before_put: P,
}

impl<P: Fn() -> Result<(), TierError> + Send + Sync + 'static> Tier for Odd<P> {
    fn name(&self) -> &'static str {
        "odd"
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        self.map.get(namespace, keys)
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        match (self.before_put)() {
            Ok(()) => self.map.put(namespace, entries),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        self.map.remove(namespace, keys)
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        self.map.clear(namespace)
    }
}

#[tokio::test]
async fn what_is_overwritten_in_memory_only_does_not_come_back() {
    let tier = MapTier::default();
    cache(below(&tier)).through().set(1, 1).await;
    let reader = cache(below(&tier).write(Write::Off));
    assert_eq!(reader.through().get(&1).await, Some(1));
    reader.through().set(1, 2).await;
    reader.set_maxsize(0);
    reader.set_maxsize(1000);
    assert_eq!(reader.through().get(&1).await, None);
    reader.flush().await.expect("told");
    assert_eq!(found(&tier, 1).await, None, "for nobody");
}

#[tokio::test]
async fn a_tier_that_cannot_write_does_not_keep_what_was_overwritten() {
    let tier = MapTier::default();
    cache(below(&tier)).through().set(1, 1).await;
    let before_put = || Err(TierError::new(TierErrorKind::Unsupported, "it is read only"));
    let reader = cache(Layer::from(Odd { map: tier.clone(), before_put }));
    reader.through().set(1, 2).await;
    assert_eq!(reader.get(&1), Some(2));
    assert_eq!(found(&tier, 1).await, None);
}

#[tokio::test]
async fn a_tier_that_panics_hangs_no_flush_and_keeps_no_old_value() {
    let tier = MapTier::default();
    let panics = Arc::new(AtomicBool::new(false));
    let before_put = {
        let panics = panics.clone();
        move || {
            assert!(!panics.load(SeqCst), "the tier panics");
            Ok(())
        }
    };
    let cache = cache(Layer::from(Odd { map: tier.clone(), before_put }));
    cache.through().set(1, 1).await;
    panics.store(true, SeqCst);
    cache.set(1, 2);
    let flushed = tokio::time::timeout(Duration::from_secs(20), cache.flush()).await;
    flushed.expect("it does not hang").expect("what it cannot write it removes");
    assert_eq!(found(&tier, 1).await, None);

    panics.store(false, SeqCst);
    cache.through().set(1, 3).await;
    assert_eq!(found(&tier, 1).await, Some(3), "it is used when it panics no more");
}

#[tokio::test]
async fn nobody_waits_for_a_tier_that_is_left_alone() {
    let tier = MapTier::default();
    let policy = BreakerPolicy { failures: 1, open_for: Duration::from_mins(1), probes: 1 };
    let cache = cache(below(&tier).breaker(policy).time_out(Duration::from_mins(1)));
    tier.set_mood(Mood::Failing);
    cache.through().remove(&1).await;
    assert_eq!(cache.get_metrics().tiers[0].breaker, BreakerState::Open);
    let begun = tokio::time::Instant::now();
    cache.through().remove(&2).await;
    cache.through().remove_many(&(10..20).collect::<Vec<_>>()).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(cache.get_metrics().tiers[0].pending, 12, "but it will be told");
}

#[tokio::test]
async fn a_full_queue_takes_a_value_in_the_place_of_another() {
    let tier = MapTier::default();
    let cache = cache(below(&tier).queue(1).time_out(Duration::from_mins(1)));
    tier.set_mood(Mood::Silent);
    cache.set(1, 1);
    cache.set(1, 2);
    assert_eq!(cache.get_metrics().tiers[0].dropped, 0, "it takes no more room");
    tokio::task::yield_now().await;
    assert_eq!(tier.take_calls(), ["put 1"]);
    cache.set(1, 3);
    assert_eq!(cache.get_metrics().tiers[0].dropped, 0, "nor while the tier is told");
    tier.set_mood(Mood::Well);
    cache.flush().await.expect("told");
    assert_eq!(found(&tier, 1).await, Some(3));
}

#[tokio::test]
async fn after_get_hears_of_every_hit_of_a_bulk_call_in_memory() {
    let tier = MapTier::default();
    let cache = cache(below(&tier));
    let log = Log::new();
    cache.after_get({
        let log = log.clone();
        move |key, value: &u64| log.push((*key, *value))
    });
    cache.through().set_many([(1, 10), (2, 20)]).await;
    let mut many = cache.through().get_many([1, 2, 3]).await;
    many.sort_unstable();
    assert_eq!(many, [(1, 10), (2, 20)]);
    assert_eq!(log.take(), [(1, 10), (2, 20)]);
    let metrics = cache.get_metrics();
    assert_eq!((metrics.hits, metrics.misses), (2, 1));
}

/// The defaults belong to the whole process: one test at a time.
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    let guard = ALONE.lock().await;
    larder::defaults().no_disk().no_remote();
    guard
}

#[larder::async_lru]
async fn twice(number: u64) -> u64 {
    2 * number
}

#[tokio::test]
async fn a_tier_may_be_used_otherwise_from_now_on() {
    let _alone = alone().await;
    let tier = MapTier::default();
    let layer = below(&tier);
    larder::defaults().disk(layer.clone()).expect("a tier");
    twice(1).await;
    assert_eq!(tier.take_calls(), ["get 1", "put 1"]);
    larder::defaults().disk(layer.write(Write::Off)).expect("a tier");
    twice(2).await;
    larder::defaults().no_disk();
    assert_eq!(tier.take_calls(), ["get 1"], "it is not to be written");
}

#[larder::async_lru]
async fn thrice(number: u64) -> u64 {
    3 * number
}

#[tokio::test]
async fn what_a_tier_is_owed_is_not_forgotten_while_it_is_out() {
    let _alone = alone().await;
    let tier = MapTier::default();
    let policy = BreakerPolicy { failures: 0, open_for: Duration::from_mins(1), probes: 1 };
    let layer = below(&tier).breaker(policy);
    larder::defaults().remote(layer.clone()).expect("a tier");
    thrice(1).await;
    tier.set_mood(Mood::Failing);
    thrice(1).invalidate().await;
    assert_eq!(thrice.get_metrics().tiers[0].pending, 1, "it is owed");
    larder::defaults().no_remote();
    thrice(2).await;
    assert!(thrice.get_metrics().tiers.is_empty());

    larder::defaults().remote(layer).expect("a tier");
    tier.set_mood(Mood::Well);
    let (_, served) = thrice(1).traced().await;
    larder::defaults().no_remote();
    assert!(!matches!(served, Served::Hit { .. }), "{served:?}");
}

#[larder::async_lru]
async fn named(number: u64) -> u64 {
    number
}

#[tokio::test]
async fn a_tier_is_called_the_same_while_another_is_switched_off() {
    let _alone = alone().await;
    let (disk, remote) = (below(&MapTier::default()), below(&MapTier::default()));
    let names = || {
        let metrics = named.get_metrics();
        metrics.tiers.iter().map(|tier| (tier.tier, tier.misses)).collect::<Vec<_>>()
    };
    larder::defaults().disk(disk.clone()).expect("a tier").remote(remote).expect("a tier");
    named(1).await;
    assert_eq!(names(), [("map", 1), ("map 2", 1)]);
    larder::defaults().disk(disk.enabled(false)).expect("a tier");
    named(2).await;
    assert_eq!(names(), [("map 2", 2)]);
    larder::defaults().no_disk().no_remote();
}

/// Changes the defaults when it is dropped.
struct Leaving;

impl Drop for Leaving {
    fn drop(&mut self) {
        larder::defaults().no_remote();
    }
}

#[tokio::test]
async fn a_tier_may_change_the_defaults_when_it_leaves_them() {
    let _alone = alone().await;
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let leaving = Leaving;
        let before_put = move || {
            let _ = &leaving;
            Ok(())
        };
        larder::defaults().disk(Odd { map: MapTier::default(), before_put }).expect("a tier");
        larder::defaults().no_disk();
        tell.send(())
    });
    told.recv_timeout(Duration::from_secs(20)).expect("it does not wait for itself");
}
