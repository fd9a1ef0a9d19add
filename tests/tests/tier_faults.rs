//! Tiers that fail, refuse or do not answer: calls go on without them, and what they missed is made up for.

use larder::tier::{BreakerPolicy, Layer, RetryPolicy, Write};
use larder::{BreakerState, Cache, Error};
use larder_tests::{MapTier, Mood};
use std::time::Duration;

fn below(tier: &MapTier) -> Layer {
    Layer::from(tier.clone()).retry(RetryPolicy::NEVER)
}

fn cache(layer: Layer) -> Cache<u64, u64> {
    Cache::builder().name("numbers").maxsize(1000).tier(layer).build()
}

/// Waits until the tier has been told everything that it is owed.
async fn is_told(cache: &Cache<u64, u64>) {
    let told = async { while cache.flush().await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), told).await.expect("it is told when it is back");
    assert_eq!(cache.get_metrics().tiers[0].pending, 0);
}

/// What another process would find.
async fn found(tier: &MapTier, key: u64) -> Option<u64> {
    cache(below(tier)).through().get(&key).await
}

#[tokio::test]
async fn a_failing_tier_fails_no_call() {
    let tier = MapTier::default();
    tier.set_mood(Mood::Failing);
    let cache = cache(below(&tier));
    for n in 0..3 {
        assert_eq!(cache.get_with(n, async move { n }).await, n);
        assert_eq!(cache.get(&n), Some(n));
    }
    let tiers = cache.get_metrics().tiers;
    assert_eq!((tiers[0].errors, tiers[0].puts), (3, 0));
}

#[tokio::test]
async fn what_may_succeed_in_a_moment_is_tried_again() {
    let tier = MapTier::default();
    tier.set_mood(Mood::Failing);
    let retry = RetryPolicy { retries: 2, pause: Duration::from_millis(1) };
    let cache = cache(below(&tier).retry(retry));
    assert_eq!(cache.through().get(&1).await, None);
    assert_eq!(tier.take_calls(), ["get 1", "get 1", "get 1"]);

    tier.set_mood(Mood::Refusing);
    assert_eq!(cache.through().get(&1).await, None);
    assert_eq!(tier.take_calls(), ["get 1"], "a refusal is final");
}

#[tokio::test(start_paused = true)]
async fn the_breaker_opens_and_closes() {
    let tier = MapTier::default();
    let policy = BreakerPolicy { failures: 3, open_for: Duration::from_secs(10), probes: 1 };
    let cache = cache(below(&tier).breaker(policy));
    let breaker = || cache.get_metrics().tiers[0].breaker;
    tier.set_mood(Mood::Failing);
    for n in 0..3 {
        assert_eq!(breaker(), BreakerState::Closed);
        cache.through().get(&n).await;
    }
    assert_eq!(breaker(), BreakerState::Open);
    tier.take_calls();
    for n in 10..20 {
        cache.get_with(n, async move { n }).await;
    }
    assert!(tier.take_calls().is_empty(), "it is left alone");
    let tiers = cache.get_metrics().tiers;
    assert_eq!((tiers[0].skipped, tiers[0].errors, tiers[0].misses), (10, 3, 0));

    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(breaker(), BreakerState::HalfOpen);
    cache.through().get(&100).await;
    assert_eq!(breaker(), BreakerState::Open, "a probe that fails opens it again");
    tier.set_mood(Mood::Well);
    tokio::time::advance(Duration::from_secs(10)).await;
    cache.get_with(101, async { 101 }).await;
    assert_eq!(breaker(), BreakerState::Closed);
    assert_eq!(found(&tier, 101).await, Some(101));
}

#[tokio::test]
async fn nobody_waits_longer_than_the_time_out() {
    let tier = MapTier::default();
    let cache = cache(below(&tier).time_out(Duration::from_millis(50)));
    tier.set_mood(Mood::Silent);
    let begun = tokio::time::Instant::now();
    assert_eq!(cache.get_with(1, async { 1 }).await, 1);
    let took = begun.elapsed();
    assert!((Duration::from_millis(50)..Duration::from_millis(500)).contains(&took), "{took:?}");
    assert_eq!(cache.get_metrics().tiers[0].time_outs, 1);

    let begun = tokio::time::Instant::now();
    cache.through().remove(&1).await;
    assert!(begun.elapsed() < Duration::from_millis(500), "nor to remove");
    assert_eq!(cache.get(&1), None);
}

#[tokio::test]
async fn behind_returns_at_once_and_reads_what_it_wrote() {
    let tier = MapTier::default();
    let cache = cache(below(&tier).write(Write::Behind).time_out(Duration::from_mins(1)));
    cache.get_with(1, async { 10 }).await;
    cache.flush().await.expect("told");
    tier.set_mood(Mood::Silent);
    cache.set(1, 11);
    cache.set(2, 22);
    tokio::task::yield_now().await;
    cache.set_maxsize(0);
    cache.set_maxsize(1000);
    assert_eq!(cache.get(&1), None, "no longer in memory");
    assert_eq!(cache.get_with(1, async { 0 }).await, 11, "from the queue");
    assert_eq!(cache.get_metrics().tiers[0].pending, 2);

    tier.set_mood(Mood::Well);
    cache.close().await.expect("drained");
    assert_eq!(cache.get_metrics().tiers[0].pending, 0);
    assert_eq!((found(&tier, 1).await, found(&tier, 2).await), (Some(11), Some(22)));
}

#[tokio::test]
async fn a_tier_is_told_what_it_missed() {
    let tier = MapTier::default();
    let policy = BreakerPolicy { failures: 1, open_for: Duration::from_millis(20), probes: 1 };
    let cache = cache(below(&tier).breaker(policy));
    cache.through().set_many([(1, 1), (2, 2), (3, 3)]).await;

    tier.set_mood(Mood::Failing);
    cache.through().remove(&1).await;
    cache.through().set(2, 20).await;
    assert!(matches!(cache.flush().await, Err(Error::TierUnavailable { tier: "map" })));
    assert_eq!(cache.through().get(&1).await, None, "not what the tier still has");

    tier.set_mood(Mood::Well);
    is_told(&cache).await;
    assert_eq!(found(&tier, 1).await, None, "removed");
    assert_eq!(found(&tier, 2).await, None, "what could not be written is not what was before");
    assert_eq!(found(&tier, 3).await, Some(3), "the rest stays");
}

#[tokio::test]
async fn a_clear_is_owed_too() {
    let tier = MapTier::default();
    let policy = BreakerPolicy { failures: 1, open_for: Duration::from_millis(20), probes: 1 };
    let cache = cache(below(&tier).breaker(policy));
    cache.through().set_many((0..10).map(|n| (n, n))).await;
    tier.set_mood(Mood::Failing);
    cache.through().clear().await;
    cache.set(5, 50);
    assert_eq!(cache.through().get(&1).await, None);
    tier.set_mood(Mood::Well);
    is_told(&cache).await;
    assert_eq!(found(&tier, 1).await, None);
    assert_eq!(found(&tier, 5).await, Some(50), "written after the clear");
}

#[tokio::test]
async fn what_a_full_queue_turns_away_is_removed() {
    let tier = MapTier::default();
    let cache = cache(below(&tier).write(Write::Behind).queue(2));
    cache.set(9, 90);
    cache.flush().await.expect("told");
    // One thread: nobody works on the queue until this test waits.
    cache.set(1, 1);
    cache.set(2, 2);
    cache.set(9, 91);
    assert_eq!(cache.get_metrics().tiers[0].dropped, 1);
    cache.flush().await.expect("told");
    assert_eq!((found(&tier, 1).await, found(&tier, 9).await), (Some(1), None));
    assert_eq!(cache.get(&9), Some(91));
}

#[tokio::test]
async fn what_the_tier_refuses_is_not_left_as_it_was() {
    let tier = MapTier::default();
    let cache = cache(below(&tier));
    cache.through().set(1, 1).await;
    let small = Layer::from(tier.clone()).max_value(10);
    let picky: Cache<u64, u64> = Cache::builder().name("numbers").maxsize(10).tier(small).build();
    picky.through().set(1, 2).await;
    assert_eq!(picky.get_metrics().tiers[0].dropped, 1);
    assert_eq!(found(&tier, 1).await, None);
}

#[tokio::test]
async fn a_tier_that_is_off_is_read_and_not_written() {
    let tier = MapTier::default();
    cache(below(&tier)).through().set(1, 1).await;
    let reader = cache(below(&tier).write(Write::Off));
    assert_eq!(reader.get_with(1, async { 0 }).await, 1);
    assert_eq!(reader.get_with(2, async { 2 }).await, 2);
    assert_eq!(found(&tier, 2).await, None);
    reader.through().remove(&1).await;
    assert_eq!(found(&tier, 1).await, None, "what is invalidated leaves all the same");

    let writer = cache(below(&tier).read(false));
    cache(below(&tier)).through().set(3, 3).await;
    assert_eq!(writer.get_with(3, async { 30 }).await, 30);
    assert_eq!(found(&tier, 3).await, Some(30));

    tier.take_calls();
    let without = cache(below(&tier).enabled(false));
    without.get_with(3, async { 31 }).await;
    assert!(tier.take_calls().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_leaves_while_the_tier_is_asked_harms_nobody() {
    let tier = MapTier::default();
    cache(below(&tier)).through().set(1, 1).await;
    let cache = cache(below(&tier).time_out(Duration::from_mins(1)));
    tier.take_calls();
    tier.set_mood(Mood::Silent);
    let call =
        |cache: Cache<u64, u64>| tokio::spawn(async move { cache.get_with(1, async { 0 }).await });
    let leader = call(cache.clone());
    while tier.take_calls().is_empty() {
        tokio::task::yield_now().await;
    }
    let waiter = call(cache.clone());
    while cache.get_metrics().coalesced == 0 {
        tokio::task::yield_now().await;
    }
    leader.abort();
    let _ = leader.await;
    tier.set_mood(Mood::Well);
    assert_eq!(waiter.await.expect("no panic"), 1);
    let metrics = cache.get_metrics();
    assert_eq!((metrics.calls(), metrics.loads), (2, 0));
    assert_eq!(metrics.tiers[0].breaker, BreakerState::Closed);
}

#[tokio::test]
async fn a_queue_outlives_its_runtime() {
    let tier = MapTier::default();
    let cache = cache(below(&tier).write(Write::Behind).time_out(Duration::from_mins(1)));
    tier.set_mood(Mood::Silent);
    let (inner, first) = (cache.clone(), std::thread::spawn);
    first(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            inner.set(1, 1);
            tokio::task::yield_now().await;
        });
    })
    .join()
    .expect("no panic");
    tier.set_mood(Mood::Well);
    cache.flush().await.expect("another runtime goes on");
    assert_eq!(found(&tier, 1).await, Some(1));
}

#[tokio::test]
async fn what_has_to_be_made_safe_may_take_longer_than_an_answer() {
    use larder::testing::tiers::{Fault, Faulty};
    let slow = std::sync::Arc::new(Faulty::new(larder::tier::Memory::new(1 << 20)));
    let below = Layer::shared(slow.clone()).time_out(Duration::from_millis(20));
    let cache: Cache<u64, String> = Cache::builder().name("slow").maxsize(10).tier(below).build();
    slow.script([Some(Fault::Delays(Duration::from_millis(100)))]);
    cache.flush().await.expect("it was waited for");
    slow.script([Some(Fault::Delays(Duration::from_millis(100)))]);
    cache.close().await.expect("it was waited for");
}

#[tokio::test]
async fn a_refresh_that_the_tier_missed_is_not_undone() {
    let tier = MapTier::default();
    let cache = cache(below(&tier));
    cache.get_with(1, async { 1 }).await;
    tier.set_mood(Mood::Failing);
    assert_eq!(cache.get_with(1, async { 2 }).use_cache(false).await, 2);
    tier.set_mood(Mood::Well);
    cache.set_maxsize(0);
    cache.set_maxsize(1000);
    assert_eq!(cache.through().get(&1).await, None, "not the value before it");
}

#[tokio::test]
async fn a_failing_tier_says_why() {
    let tier = MapTier::default();
    let cache = cache(below(&tier));
    assert_eq!(cache.get_metrics().tiers[0].last_error, None);
    tier.set_mood(Mood::Failing);
    cache.get_with(1, async { 1 }).await;
    let tiers = cache.get_metrics().tiers;
    assert_eq!(tiers[0].last_error.as_deref(), Some("it fails"));
    assert_eq!(tiers[0].dropped, 1, "what was loaded meanwhile is not in it");
}

/// The failures of one function are why another one is turned away.
#[tokio::test]
async fn a_breaker_that_is_shared_says_why() {
    let tier = MapTier::default();
    let policy = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
    let shared = below(&tier).breaker(policy);
    let (fails, is_turned_away) = (cache(shared.clone()), cache(shared));
    tier.set_mood(Mood::Failing);
    fails.get_with(1, async { 1 }).await;
    is_turned_away.get_with(1, async { 1 }).await;
    let tiers = is_turned_away.get_metrics().tiers;
    assert_eq!((tiers[0].errors, tiers[0].skipped), (0, 1));
    let why = "it has failed, and is left alone for a while, after: it fails";
    assert_eq!(tiers[0].last_error.as_deref(), Some(why));
    assert_eq!(fails.get_metrics().tiers[0].last_error.as_deref(), Some("it fails"));
}
