//! Callbacks: which, when, with what; and that they may call the cache.

use larder::prelude::*;
use larder::testing;
use larder_tests::{Log, watchdog};
use std::time::Duration;
use tokio::time::advance;

type Texts = Cache<u64, String>;

fn departures(cache: &Texts) -> Log<(u64, String, Reason)> {
    let log = Log::new();
    cache.on_evict({
        let log = log.clone();
        move |key, value, reason| log.push((*key, value.clone(), reason))
    });
    log
}

#[tokio::test(start_paused = true)]
async fn on_evict_hears_of_every_departure_and_why() {
    let cache: Texts = Cache::builder().maxsize(2).build();
    let gone = departures(&cache);
    let gone_as = |key, value: &str, reason| vec![(key, value.to_owned(), reason)];
    cache.set(1, "a".into());
    cache.set(1, "b".into());
    assert_eq!(gone.take(), gone_as(1, "a", Reason::Replaced));
    cache.set(2, "c".into());
    cache.set(3, "d".into());
    assert_eq!(gone.take(), gone_as(1, "b", Reason::Size));
    cache.remove(&2);
    assert_eq!(gone.take(), gone_as(2, "c", Reason::Removed));
    cache.remove_if(|key, _| *key == 3);
    assert_eq!(gone.take(), gone_as(3, "d", Reason::Removed));
    cache.set_with(4, "e".into(), Duration::from_secs(1));
    advance(Duration::from_secs(1)).await;
    assert_eq!((cache.len(), gone.take()), (0, gone_as(4, "e", Reason::Expired)));
    cache.set(5, "f".into());
    cache.set_with(5, "g".into(), Duration::ZERO);
    assert_eq!(gone.take(), gone_as(5, "f", Reason::Removed));
    cache.set(6, "h".into());
    cache.set_maxsize(0);
    assert_eq!(gone.take(), gone_as(6, "h", Reason::Size));
    cache.set_maxsize(2);
    cache.set(7, "i".into());
    cache.clear();
    assert_eq!(gone.take(), gone_as(7, "i", Reason::Cleared));
    let loaded = cache.get_with(8, async { "j".to_owned() });
    loaded.await;
    cache.get_with(8, async { "k".to_owned() }).use_cache(false).await;
    assert_eq!(gone.take(), gone_as(8, "j", Reason::Replaced));

    let evictions = cache.get_metrics().evictions;
    let by_reason = [
        evictions.size,
        evictions.expired,
        evictions.replaced,
        evictions.removed,
        evictions.cleared,
    ];
    assert_eq!(by_reason, [2, 1, 2, 3, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_expired_entry_that_is_overwritten_or_removed_has_expired() {
    let cache: Texts = Cache::new(10);
    let gone = departures(&cache);
    for key in 1..=2 {
        cache.set_with(key, "old".into(), Duration::from_secs(1));
    }
    advance(Duration::from_secs(1)).await;
    assert!(!cache.remove(&2));
    cache.set(1, "new".into());
    let expected = [2, 1].map(|key| (key, "old".to_owned(), Reason::Expired));
    assert_eq!(gone.take(), expected);
    assert_eq!(cache.get(&1).as_deref(), Some("new"));
}

#[test]
fn a_hook_of_the_builder_is_a_hook_like_others_and_all_are_called_in_order() {
    let log = Log::new();
    let hook = |name: &'static str| {
        let log = log.clone();
        move |_: &u64, _: &u64, _: Reason| log.push(name)
    };
    let cache: Cache<u64, u64> =
        Cache::builder().maxsize(1).on_evict(hook("first")).on_evict(hook("second")).build();
    cache.on_evict(hook("third"));
    cache.set(1, 1);
    cache.set(2, 2);
    assert_eq!(log.take(), ["first", "second", "third"]);
}

#[tokio::test]
async fn before_set_may_change_what_is_stored_whoever_stores_it() {
    let cache: Texts = Cache::new(10);
    cache.before_set(|key, value| value.insert_str(0, &format!("{key}:")));
    cache.set(1, "set".into());
    cache.get_or_insert(2, "insert".into());
    cache.update(3, |_| Some("update".into()));
    cache.get_with(4, async { "load".to_owned() }).await;
    cache.set_many([(5, "many".into())]);
    cache.get_with(6, async { String::new() }).prime("prime".into()).await;
    let stored = cache.get_many_ordered(&[1, 2, 3, 4, 5, 6]).into_iter().map(Option::unwrap);
    let expected = ["1:set", "2:insert", "3:update", "4:load", "5:many", "6:prime"];
    assert_eq!(stored.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn on_insert_hears_of_what_was_stored_and_only_of_that() {
    let cache: Texts = Cache::new(10);
    let log = Log::new();
    cache.on_insert({
        let log = log.clone();
        move |key, value: &String| log.push((*key, value.clone()))
    });
    cache.before_set(|_, value| value.push('!'));
    cache.set(1, "set".into());
    cache.get_or_insert(1, "not stored".into());
    cache.get_with(2, async { "load".to_owned() }).await;
    cache.set_with(3, "zero".into(), Duration::ZERO);
    let _ = cache.try_get_with(4, async { Err::<String, _>("failed") }).await;
    assert_eq!(log.take(), [(1, "set!".to_owned()), (2, "load!".to_owned())]);
    cache.set_maxsize(0);
    cache.set(5, "nowhere".into());
    assert!(log.take().is_empty());
}

#[tokio::test]
async fn after_get_hears_of_every_hit() {
    let cache: Texts = Cache::new(10);
    let log = Log::new();
    cache.after_get({
        let log = log.clone();
        move |key, value: &String| log.push((*key, value.clone()))
    });
    cache.set(1, "a".into());
    cache.get(&1);
    cache.get(&2);
    cache.peek(&1);
    cache.get_many([1]);
    cache.touch_get(&1, Ttl::Never);
    cache.get_with(1, async { "b".to_owned() }).await;
    cache.get_with(3, async { "c".to_owned() }).await;
    let hits = log.take();
    assert_eq!(hits, vec![(1, "a".to_owned()); 4]);
    assert_eq!(cache.get_metrics().hits, 4);
}

/// Every hook calls every kind of method of the cache that it watches.
#[test]
fn a_hook_may_call_the_cache() {
    watchdog(async {
        let cache: Cache<u64, u64> = Cache::new(4);
        let calls = {
            let cache = cache.clone();
            move |key: u64| {
                if key < 100 {
                    cache.set(key + 100, 0);
                    cache.get(&(key + 100));
                    cache.update(key + 200, |old| old.map_or(Some(1), |_| None));
                    cache.get_or_insert(key + 300, 1);
                    cache.touch(&(key + 100), Ttl::Never);
                    cache.remove(&(key + 100));
                    cache.remove_if(|key, _| *key >= 300);
                    let _ = (cache.len(), cache.entries(), cache.get_metrics());
                    cache.get_with(key + 400, async { 1 }).prime(1).blocking();
                    cache.get_with(key + 400, async { 1 }).invalidate().blocking();
                }
            }
        };
        let (on_evict, on_insert, before_set, after_get) =
            (calls.clone(), calls.clone(), calls.clone(), calls);
        cache.on_evict(move |key, _, _| on_evict(*key));
        cache.on_insert(move |key, _| on_insert(*key));
        cache.before_set(move |key, _| before_set(*key));
        cache.after_get(move |key, _| after_get(*key));
        tokio::task::spawn_blocking(move || {
            for key in 0..20 {
                cache.set(key, key);
                cache.set(key, key);
                cache.get(&key);
                cache.get_with(key + 50, async { 1 }).blocking();
                cache.get_with(key + 50, async { 2 }).use_cache(false).blocking();
            }
            cache.set_maxsize(1);
            cache.clear();
        })
        .await
        .unwrap();
    });
}

/// A caller looks, finds nothing, and finds the value when it is about to start a load.
#[test]
fn a_hook_may_call_the_cache_on_a_hit_at_the_last_moment() {
    watchdog(async {
        let cache: Cache<u64, u64> = Cache::new(4);
        cache.after_get({
            let cache = cache.clone();
            move |key, value| cache.set(*key, value + 1)
        });
        let stop = testing::stop_at("missed");
        let caller = tokio::task::spawn_blocking({
            let cache = cache.clone();
            move || {
                testing::take_part();
                cache.get_with(1, async { 100 }).blocking()
            }
        });
        let writer = cache.clone();
        tokio::task::spawn_blocking(move || {
            stop.wait();
            writer.set(1, 7);
            stop.release();
        })
        .await
        .unwrap();
        assert_eq!(caller.await.unwrap(), 7);
        assert_eq!((cache.peek(&1), cache.get_metrics().hits), (Some(8), 1));
    });
}

#[test]
fn a_panicking_hook_leaves_the_cache_in_order() {
    let cache: Cache<u64, u64> = Cache::new(2);
    cache.on_evict(|key, _, _| assert_ne!(*key, 1, "a hook panics"));
    cache.set(1, 1);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cache.set(1, 2)));
    assert!(panicked.is_err());
    assert_eq!(cache.get(&1), Some(2));
    cache.set(2, 2);
    cache.get(&1);
    cache.set(3, 3);
    assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some(2), None, Some(3)));
}

/// The first caller and those who wait with him get what the later ones will find.
#[tokio::test]
async fn before_set_changes_the_value_for_every_caller() {
    let cache: Texts = Cache::new(10);
    cache.before_set(|_, value| value.push('!'));
    let load = || {
        cache.get_with(1, async {
            tokio::task::yield_now().await;
            "load".to_owned()
        })
    };
    let (first, second) = tokio::join!(load(), load());
    assert_eq!([first, second, load().await], ["load!"; 3]);
}
