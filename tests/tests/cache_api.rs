//! `Cache<K, V>` by hand, memory only: reading, writing, bulk, settings.

use larder::Error;
use larder::prelude::*;
use larder_tests::Counter;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::advance;

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_unstable();
    items
}

#[test]
fn reading_borrows() {
    let texts: Cache<String, u64> = Cache::new(10);
    texts.set("one".to_owned(), 1);
    assert_eq!((texts.get("one"), texts.get(&"one".to_owned())), (Some(1), Some(1)));
    assert_eq!(
        (texts.peek("one"), texts.contains_key("one"), texts.remove("one")),
        (Some(1), true, true)
    );
    assert_eq!(
        (texts.get("one"), texts.contains_key("one"), texts.remove("one")),
        (None, false, false)
    );

    let bytes: Cache<Vec<u8>, u64> = Cache::new(10);
    bytes.set(vec![1, 2], 3);
    assert_eq!(bytes.get([1, 2].as_slice()), Some(3));
    assert_eq!(bytes.touch_get([1, 2].as_slice(), Ttl::Never), Some(3));
}

#[test]
fn a_stored_none_is_not_a_miss() {
    let cache: Cache<u64, Option<u64>> = Cache::new(10);
    cache.set(1, None);
    assert_eq!((cache.get(&1), cache.get(&2)), (Some(None), None));
    assert_eq!((cache.try_get(&1), cache.try_get(&2)), (Ok(None), Err(Error::NotFound)));
    assert_eq!((cache.get_or(&1, Some(7)), cache.get_or(&2, Some(7))), (None, Some(7)));
    assert_eq!(cache.get_or_insert(1, Some(7)), None);
    let metrics = cache.get_metrics();
    assert_eq!((metrics.hits, metrics.misses), (4, 3));
    assert!(!cache.contains_key(&2), "a default is not stored");
    assert!(!Error::NotFound.is_retryable());
    assert_eq!(Error::NotFound.to_string(), "no live entry for this key");
}

#[test]
fn get_or_insert_takes_a_value_or_a_function() {
    let cache: Cache<u64, &str> = Cache::new(10);
    assert_eq!(
        (cache.get_or_insert(1, "first"), cache.get_or_insert(1, "second")),
        ("first", "first")
    );
    let made = Counter::default();
    let value = || {
        made.count();
        "made"
    };
    assert_eq!(
        (cache.get_or_insert_with(2, value), cache.get_or_insert_with(2, value)),
        ("made", "made")
    );
    assert_eq!((made.get(), cache.len()), (1, 2));

    let nothing: Cache<u64, u64> = Cache::new(0);
    assert_eq!((nothing.get_or_insert(1, 7), nothing.get_or_insert(1, 8)), (7, 8));
}

#[tokio::test]
async fn get_with_loads_once_and_is_a_call() {
    let cache: Cache<u64, u64> = Cache::new(10);
    let runs = Counter::default();
    let load = || async {
        tokio::task::yield_now().await;
        runs.count() as u64
    };
    assert_eq!(tokio::join!(cache.get_with(1, load()), cache.get_with(1, load())), (1, 1));
    assert_eq!(cache.get_with(1, load()).await, 1);
    assert_eq!(cache.get_with(1, load()).use_cache(false).await, 2);
    assert_eq!(cache.get_with(1, load()).bypass().await, 3);
    assert_eq!(
        (cache.get_with(1, load()).peek(), cache.get_with(2, load()).peek()),
        (Some(2), None)
    );
    assert!(cache.get_with(1, load()).invalidate().await);
    let metrics = cache.get_metrics();
    assert_eq!((metrics.hits, metrics.misses, metrics.coalesced, metrics.loads), (1, 1, 1, 2));
}

#[tokio::test]
async fn try_get_with_stores_no_failures() {
    #[derive(Debug, PartialEq, Eq)]
    struct NotClone;

    let cache: Cache<u64, u64> = Cache::new(10);
    assert_eq!(cache.try_get_with(1, async { Err::<u64, _>("down") }).await, Err("down"));
    assert_eq!(cache.try_get_with(1, async { Ok::<_, &str>(7) }).await, Ok(7));
    assert_eq!(cache.try_get_with(1, async { Err::<u64, _>("down") }).await, Ok(7));
    assert_eq!(
        cache.try_get_with_own_error(2, async { Err::<u64, _>(NotClone) }).await,
        Err(NotClone)
    );
    assert_eq!(cache.try_get_with_own_error(2, async { Ok::<_, NotClone>(8) }).await, Ok(8));
    assert_eq!(sorted(cache.entries()), [(1, 7), (2, 8)]);
    assert_eq!(cache.get_metrics().load_errors, 2);
}

#[tokio::test(start_paused = true)]
async fn set_and_touch_with_every_lifetime() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(Duration::from_secs(10)).build();
    cache.set(1, 1);
    cache.set_with(2, 2, Duration::from_secs(5));
    cache.set_with(3, 3, Ttl::Never);
    cache.set_with(4, 4, Ttl::Default);
    cache.set_with(3, 9, Ttl::After(Duration::ZERO));
    assert_eq!(sorted(cache.entries()), [(1, 1), (2, 2), (4, 4)]);
    advance(Duration::from_secs(5)).await;
    assert_eq!(sorted(cache.entries()), [(1, 1), (4, 4)]);
    assert!(!cache.touch(&2, Ttl::Never));
    assert!(cache.touch(&1, Ttl::Default));
    assert_eq!(cache.touch_get(&4, Duration::from_secs(6)), Some(4));
    assert_eq!(cache.touch_get(&2, Ttl::Never), None);
    advance(Duration::from_secs(6)).await;
    assert_eq!(sorted(cache.entries()), [(1, 1)]);
    assert!(cache.touch(&1, Ttl::After(Duration::ZERO)));
    assert!(cache.is_empty());
    let metrics = cache.get_metrics();
    assert_eq!((metrics.hits, metrics.misses), (1, 1));
}

#[test]
fn remove_one_many_or_by_predicate() {
    let cache: Cache<String, u64> = Cache::new(100);
    cache.set_many((0..20).map(|n| (n.to_string(), n)));
    assert_eq!((cache.remove("3"), cache.remove("3")), (true, false));
    assert_eq!(cache.remove_many(["4", "5", "5", "no"]), 2);
    assert_eq!(cache.remove_if(|key, value| key.len() == 1 && value % 2 == 0), 4);
    assert_eq!(cache.remove_if(|_, _| false), 0);
    assert_eq!(
        sorted(cache.entries().into_iter().map(|(_, n)| n)),
        [1, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
    );
    assert_eq!(cache.get_metrics().evictions.removed, 7);
    cache.clear();
    assert_eq!((cache.len(), cache.get_metrics().evictions.cleared), (0, 13));
}

#[test]
fn what_was_overwritten_while_a_predicate_ran_stays() {
    let cache: Cache<u64, &str> = Cache::new(10);
    cache.set(1, "old");
    cache.set(2, "old");
    let removed = cache.remove_if(|key, value| {
        if *key == 1 {
            cache.set(1, "new");
        }
        *value == "old"
    });
    assert_eq!((removed, cache.entries()), (1, vec![(1, "new")]));
}

#[test]
fn update_is_one_step() {
    let cache: Cache<&str, u64> = Cache::new(10);
    let more = |old: Option<u64>| Some(old.map_or(1, |old| old + 1));
    assert_eq!((cache.update("n", more), cache.update("n", more)), (Some(1), Some(2)));
    assert_eq!(cache.update("n", |_| None), None);
    assert_eq!((cache.get("n"), cache.update("n", |_| None)), (None, None));

    // Somebody writes in the meantime: again, on the newer value.
    cache.set("n", 10);
    let runs = Counter::default();
    let updated = cache.update("n", |old| {
        if runs.count() == 1 {
            cache.set("n", 20);
        }
        old.map(|old| old + 1)
    });
    assert_eq!((updated, cache.get("n"), runs.get()), (Some(21), Some(21), 2));

    // Somebody removes it: again, on nothing.
    let runs = Counter::default();
    let updated = cache.update("n", |old| {
        if runs.count() == 1 {
            cache.remove(&"n");
        }
        old
    });
    assert_eq!((updated, cache.get("n"), runs.get()), (None, None, 2));

    let nothing: Cache<u64, u64> = Cache::new(0);
    assert_eq!((nothing.update(1, |_| Some(1)), nothing.len()), (Some(1), 0));
}

#[tokio::test(start_paused = true)]
async fn update_sees_nothing_that_has_expired() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(Duration::from_secs(1)).build();
    cache.set(1, 7);
    advance(Duration::from_secs(1)).await;
    assert_eq!(cache.update(1, |old| Some(old.unwrap_or(0) + 1)), Some(1));
    assert_eq!(cache.get_metrics().expirations(), 1);
}

#[test]
fn bulk_calls_do_and_count_what_single_calls_do() {
    let (bulk, single): (Cache<u64, u64>, Cache<u64, u64>) = (Cache::new(3), Cache::new(3));
    bulk.set_many((0..5).map(|n| (n, n)));
    (0..5).for_each(|n| single.set(n, n));
    let found = bulk.get_many([0, 2, 9, 4, 2]);
    let one_by_one: Vec<_> =
        [0, 2, 9, 4, 2].into_iter().filter_map(|n| Some((n, single.get(&n)?))).collect();
    assert_eq!((found.as_slice(), found == one_by_one), (&[(2, 2), (4, 4), (2, 2)][..], true));
    let found = bulk.get_many_ordered(&[4, 0, 3]);
    assert_eq!(found, [4, 0, 3].map(|n| single.get(&n)));
    assert_eq!(found, [Some(4), None, Some(3)]);
    bulk.set_many([(2, 20), (2, 21)]);
    single.set(2, 20);
    single.set(2, 21);
    assert_eq!(bulk.remove_many(&[2, 2, 3, 8]), 2);
    assert_eq!([2, 2, 3, 8].into_iter().filter(|n| single.remove(n)).count(), 2);
    assert_eq!(bulk.get_metrics(), single.get_metrics());
    assert_eq!(bulk.entries(), single.entries());
    assert!(bulk.get_many([]).is_empty() && bulk.get_many_ordered::<u64>([]).is_empty());
}

#[test]
fn the_bound_can_be_set_at_run_time() {
    let cache: Cache<u64, u64> = Cache::new(5);
    cache.set_many((0..10).map(|n| (n, n)));
    assert_eq!(sorted(cache.entries()), [(5, 5), (6, 6), (7, 7), (8, 8), (9, 9)]);
    cache.get(&5);
    cache.set_maxsize(2);
    assert_eq!((cache.len(), cache.maxsize()), (2, Some(2)));
    assert_eq!(sorted(cache.entries()), [(5, 5), (9, 9)], "those used last stay");
    cache.set_maxsize(4);
    cache.set_many((20..30).map(|n| (n, n)));
    assert_eq!(sorted(cache.entries()), [(26, 26), (27, 27), (28, 28), (29, 29)]);
    cache.set_maxsize(None);
    cache.set_many((30..3000).map(|n| (n, n)));
    assert_eq!((cache.len(), cache.maxsize()), (2974, None));
    cache.get(&26);
    cache.set_maxsize(2);
    assert_eq!(sorted(cache.entries()), [(26, 26), (2999, 2999)], "the order was kept meanwhile");
    cache.set_maxsize(0);
    cache.set(1, 1);
    assert_eq!((cache.len(), cache.get(&1)), (0, None));
    cache.set_maxsize(1);
    cache.set(1, 1);
    assert_eq!(cache.entries(), [(1, 1)]);
}

#[tokio::test(start_paused = true)]
async fn the_lifetime_can_be_set_at_run_time() {
    let cache: Cache<u64, u64> = Cache::new(10);
    assert_eq!(cache.ttl(), None);
    cache.set(1, 1);
    cache.set_ttl(Duration::from_secs(5));
    cache.set(2, 2);
    assert_eq!(cache.ttl(), Some(Duration::from_secs(5)));
    cache.set_ttl(None);
    cache.set(3, 3);
    cache.set_ttl(Duration::ZERO);
    cache.set(1, 9);
    cache.set(4, 4);
    assert_eq!(sorted(cache.entries()), [(2, 2), (3, 3)], "a lifetime of zero removes");
    advance(Duration::from_secs(5)).await;
    assert_eq!(cache.entries(), [(3, 3)]);
}

#[test]
fn handles_share_one_cache_and_nothing_needs_a_runtime() {
    let cache: Cache<u64, Arc<str>> = Cache::builder().name("names").maxsize(3).unbounded().build();
    let other = cache.clone();
    std::thread::spawn(move || other.set(1, "one".into())).join().unwrap();
    assert_eq!((cache.get(&1).as_deref(), cache.maxsize()), (Some("one"), None));
    let shown = format!("{cache:?}");
    assert!(shown.contains("names") && shown.contains("len: 1"), "{shown}");
}
