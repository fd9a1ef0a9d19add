//! Bounds by weight, policies and sizing advice.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "a weigher takes references")]

use larder::prelude::*;
use larder::{Policy, Sizing, encoded_len};
use larder_tests::Log;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const POLICIES: [Policy; 6] =
    [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];

/// Weighs an entry as its value says.
fn as_it_says<K>(_: &K, value: &u64) -> u64 {
    *value
}

fn bounded(max_bytes: u64) -> larder::CacheBuilder<u64, u64> {
    Cache::builder().max_bytes(max_bytes).weigher(as_it_says)
}

fn keys(cache: &Cache<u64, u64>) -> Vec<u64> {
    let mut keys: Vec<_> = cache.entries().into_iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_weight_is_bounded_and_the_number_is_not() {
    let cache = bounded(100).build();
    (0..50).for_each(|key| cache.set(key, 2));
    assert_eq!((cache.len(), cache.maxsize()), (50, None));
    assert_eq!((cache.get_metrics().weight, cache.get_metrics().max_weight), (100, Some(100)));

    cache.get(&0);
    cache.set(50, 7);
    // 1 to 4 were used least recently, and weigh 8 together.
    assert_eq!(keys(&cache), [[0].as_slice(), &(5..=50).collect::<Vec<_>>()].concat());
    let metrics = cache.get_metrics();
    assert_eq!((metrics.weight, metrics.evictions.size, metrics.rejected), (99, 4, 0));
}

#[test]
fn both_bounds_hold() {
    let cache = bounded(100).maxsize(3).build();
    (0..10).for_each(|key| cache.set(key, 1));
    assert_eq!(keys(&cache), [7, 8, 9]);
    cache.set(10, 99);
    assert_eq!(keys(&cache), [9, 10]);
    assert_eq!((cache.maxsize(), cache.get_metrics().max_weight), (Some(3), Some(100)));
}

#[test]
fn what_is_too_heavy_is_not_stored_and_makes_nothing_leave() {
    let log = Log::default();
    let heard = log.clone();
    let cache = bounded(100)
        .on_evict(move |key, value, reason| heard.push(format!("{key}: {value} {reason:?}")))
        .build();
    cache.set(1, 60);
    cache.set(2, 40);
    cache.set(3, 101);
    assert_eq!(keys(&cache), [1, 2]);
    assert_eq!((cache.get_metrics().rejected, log.take().len()), (1, 0));

    // What it would have replaced is out of date.
    cache.set(2, 101);
    assert_eq!((keys(&cache), cache.get_metrics().rejected), (vec![1], 2));
    assert_eq!(log.take().len(), 1);
    assert_eq!(cache.get_metrics().weight, 60);

    cache.set(3, 100);
    assert_eq!(keys(&cache), [3]);
}

#[test]
fn a_new_value_has_a_weight_of_its_own() {
    let cache = bounded(100).build();
    cache.set(1, 10);
    cache.set(2, 10);
    cache.set(1, 90);
    assert_eq!((keys(&cache), cache.get_metrics().weight), (vec![1, 2], 100));
    cache.set(1, 91);
    assert_eq!((keys(&cache), cache.get_metrics().weight), (vec![1], 91));
    cache.remove(&1);
    assert_eq!(cache.get_metrics().weight, 0);
    cache.set(3, 50);
    cache.clear();
    assert_eq!(cache.get_metrics().weight, 0);
}

#[test]
fn an_entry_may_weigh_nothing() {
    let cache = bounded(10).build();
    cache.set(0, 10);
    (1..1000).for_each(|key| cache.set(key, 0));
    assert_eq!((cache.len(), cache.get_metrics().weight), (1000, 10));
}

#[test]
fn weights_do_not_overflow() {
    let cache = bounded(u64::MAX).build();
    cache.set(1, u64::MAX);
    cache.set(2, u64::MAX);
    cache.set(3, 1);
    assert_eq!(keys(&cache), [3]);
}

#[test]
fn without_a_bound_by_weight_each_entry_weighs_one() {
    let cache = Cache::builder().maxsize(10).weigher(|_, _| panic!("nobody asks")).build();
    cache.set(1, 1);
    cache.set(2, 2);
    let metrics = cache.get_metrics();
    assert_eq!((metrics.weight, metrics.max_weight, metrics.rejected), (2, None, 0));
}

#[tokio::test]
async fn the_weigher_is_asked_once_for_a_value_and_may_call_the_cache() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);

    fn weigher(_: &u64, value: &u64) -> u64 {
        assert!(weighed.cache().len() < 10 && weighed(7).peek().is_none_or(|seven| seven == 7));
        ASKED.fetch_add(1, SeqCst);
        *value
    }
    #[async_lru(max_bytes = 100, weigher = weigher)]
    async fn weighed(n: u64) -> u64 {
        n
    }

    weighed(7).await;
    assert_eq!(ASKED.load(SeqCst), 1);
    weighed(7).await;
    weighed(7).peek();
    assert_eq!(ASKED.load(SeqCst), 1);
    weighed(7).prime(7).await;
    weighed(8).await;
    assert_eq!(ASKED.load(SeqCst), 3);
    assert_eq!(weighed.get_metrics().weight, 15);
}

#[tokio::test]
async fn a_load_that_is_too_heavy_reaches_its_callers() {
    #[async_lru(max_bytes = 100, weigher = as_it_says::<u64>, skip(answer))]
    async fn says(key: u64, answer: u64) -> u64 {
        let _ = key;
        answer
    }

    assert_eq!((says(1, 101).await, says(1, 102).await), (101, 102));
    assert_eq!((says(1, 0).peek(), says.get_metrics().rejected), (None, 2));
    assert_eq!(says(1, 100).await, 100);
    assert_eq!(says(1, 0).use_cache(false).await, 0);
    assert_eq!(says(1, 0).peek(), Some(0));
    assert_eq!(says(1, 101).use_cache(false).await, 101);
    assert_eq!(says(1, 0).peek(), None);
}

#[test]
fn a_weigher_that_panics_stores_nothing() {
    let cache = Cache::builder()
        .max_bytes(100)
        .weigher(|_, value: &u64| if *value == 13 { panic!("no") } else { *value })
        .build();
    cache.set(1, 1);
    let panicked = catch_unwind(AssertUnwindSafe(|| cache.set(2, 13)));
    assert!(panicked.is_err());
    assert_eq!(keys(&cache), [1]);
    cache.set(2, 99);
    assert_eq!(keys(&cache), [1, 2]);
}

#[tokio::test]
async fn a_weigher_sees_the_key_and_what_is_stored() {
    fn of_one(name: &str, value: &[u8]) -> u64 {
        (name.len() + value.len()) as u64
    }
    #[async_lru(max_bytes = 100, weigher = of_one)]
    async fn one(name: &str) -> Result<Vec<u8>, String> {
        Ok(vec![0; name.len()])
    }

    fn of_two((name, n): &(String, u64), value: &Arc<u64>) -> u64 {
        name.len() as u64 + n + **value
    }
    #[async_lru(max_bytes = 100, weigher = of_two)]
    async fn two(name: &str, n: u64) -> Arc<u64> {
        Arc::new(name.len() as u64 + n)
    }

    one("flour").await.ok();
    assert_eq!(one.get_metrics().weight, 10);
    two("salt", 3).await;
    assert_eq!(two.get_metrics().weight, 14);
}

#[tokio::test]
async fn without_a_weigher_types_decide() {
    #[derive(Clone)]
    struct Plain([u64; 4]);
    #[async_lru(max_bytes = "1KiB")]
    async fn plain(n: u64) -> Plain {
        Plain([n; 4])
    }
    #[async_lru(max_bytes = "1KiB")]
    async fn encoded(name: &str, n: f64) -> Arc<Vec<String>> {
        Arc::new(vec![name.to_owned(), n.to_string()])
    }
    #[async_lru(max_bytes = "1KiB")]
    async fn generic<T: Clone + Send + Sync + 'static>(n: u64, value: Box<[T; 2]>) -> Vec<T>
    where
        [T; 2]: Clone + std::hash::Hash + Eq,
    {
        let _ = n;
        value.to_vec()
    }

    plain(1).await.0.iter().for_each(|n| assert_eq!(*n, 1));
    assert_eq!(plain.get_metrics().weight, 40);
    let value = encoded("flour", 1.5).await;
    let key = encoded_len(&("flour".to_owned(), 1.5_f64.to_bits()));
    assert_eq!(encoded.get_metrics().weight, key + encoded_len(&*value));
    generic(1, Box::new(['a', 'b'])).await;
    let size = size_of::<(u64, Box<[char; 2]>)>() + size_of::<Vec<char>>();
    assert_eq!(generic::<char>.get_metrics().weight, size as u64);
}

#[test]
fn without_a_weigher_the_builder_goes_by_size() {
    let cache: Cache<u64, String> = Cache::builder().max_bytes(96).build();
    (0..5).for_each(|key| cache.set(key, "long enough to be on the heap".repeat(10)));
    assert_eq!((cache.len(), cache.get_metrics().weight), (3, 96));
}

#[test]
fn every_policy_keeps_to_the_bounds() {
    for policy in POLICIES {
        let by_number = Cache::builder().maxsize(100).policy(policy).build();
        let by_weight = bounded(100).policy(policy).build();
        let by_both = bounded(100).maxsize(10).policy(policy).build();
        for n in 0..3000_u64 {
            let key = n * n % 331;
            for cache in [&by_number, &by_weight, &by_both] {
                cache.get_or_insert(key, key % 13);
                cache.get(&(n % 17));
            }
            assert!(by_number.len() <= 100, "{policy}");
            assert!(by_weight.get_metrics().weight <= 100, "{policy}");
            assert!(by_both.len() <= 10 && by_both.get_metrics().weight <= 100, "{policy}");
        }
        assert_eq!(by_number.len(), 100, "{policy}");
    }
}

#[tokio::test]
async fn the_policy_of_the_attribute_is_that_of_the_cache() {
    #[async_lru(maxsize = 2)]
    async fn lru(n: u64) -> u64 {
        n
    }
    #[async_lru(maxsize = 2, policy = fifo)]
    async fn fifo(n: u64) -> u64 {
        n
    }
    #[async_lru(maxsize = 2, policy = lfu)]
    async fn lfu(n: u64) -> u64 {
        n
    }
    #[async_lru(maxsize = 2, policy = sieve)]
    async fn sieve(n: u64) -> u64 {
        n
    }

    /// What is left of three after some uses of the first two.
    macro_rules! left {
        ($function:ident, $uses:expr) => {{
            $function(1).await;
            $function(2).await;
            for n in $uses {
                $function(n).await;
            }
            $function(3).await;
            [1, 2, 3].map(|n| $function(n).peek().is_some())
        }};
    }
    assert_eq!(left!(lru, [1, 1, 2]), [false, true, true]);
    assert_eq!(left!(fifo, [1, 1, 2, 1]), [false, true, true]);
    assert_eq!(left!(lfu, [1, 1]), [true, false, true]);
    assert_eq!(left!(sieve, [1]), [true, false, true]);
}

#[tokio::test]
async fn sizing_advice_is_there_when_it_is_asked_for() {
    #[async_lru(maxsize = 100, sizing)]
    async fn watched(n: u64) -> u64 {
        n
    }
    #[async_lru(maxsize = 100)]
    async fn unwatched(n: u64) -> u64 {
        n
    }

    for n in 0..20_000 {
        watched(n % 150).await;
        unwatched(n % 150).await;
    }
    assert_eq!(unwatched.get_metrics().sizing(), None);
    let metrics = watched.get_metrics();
    let sizing = metrics.sizing().expect("it was asked for");
    let sizes: Vec<_> = sizing.points.iter().map(|point| (point.factor, point.capacity)).collect();
    assert_eq!(sizes, [(0.25, 25), (0.5, 50), (1.0, 100), (2.0, 200), (4.0, 400), (8.0, 800)]);
    assert!(sizing.sampled > 0, "{sizing}");
    let rates: Vec<_> = sizing.points.iter().map(|point| point.hit_rate).collect();
    assert!(rates.iter().all(|rate| (0.0..=1.0).contains(rate)), "{sizing}");
    // A loop over 150 keys: of no use to an LRU that is smaller, and nearly all hits in one that is not.
    assert!(rates[2] < 0.3 && rates[3] > 0.9, "{sizing}");
    assert_eq!(sizing.to_string().lines().count(), 8);
}

#[test]
fn without_a_bound_there_is_no_sizing_advice() {
    let cache = Cache::builder().sizing(true).build();
    (0..100).for_each(|n| cache.set(n, n));
    assert_eq!(cache.get_metrics().sizing().map(|sizing: &Sizing| &sizing.points), None);
}

/// What is never stored is still the answer, and asked for once.
#[test]
fn an_update_to_a_value_that_is_too_heavy() {
    let cache: Cache<u64, u64> =
        Cache::builder().max_bytes(10).weigher(|_, weight| *weight).build();
    let asked = Cell::new(0);
    let update = |value| {
        asked.set(asked.get() + 1);
        assert!(asked.get() < 10, "asks for ever");
        cache.update(1, |_| Some(value))
    };
    assert_eq!((update(11), cache.len()), (Some(11), 0));
    assert_eq!((update(5), cache.get(&1)), (Some(5), Some(5)));
    let seen = Cell::new(0);
    let heavier = cache.update(1, |old| {
        seen.set(seen.get() + 1);
        assert!(seen.get() < 10, "asks for ever");
        old.map(|old| old + 20)
    });
    assert_eq!((heavier, seen.get(), cache.get(&1)), (Some(25), 1, None));
    assert_eq!(cache.get_or_insert(1, 12), 12);
}
