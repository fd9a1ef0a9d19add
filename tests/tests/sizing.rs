//! Sizing advice: what it says, beside what caches of those sizes really do.
//!
//! Which keys are in the sample is another matter in each cache, so what is not exact is checked on average.

use larder::prelude::*;
use larder::{Metrics, Policy, Sizing};
use std::thread;
use std::time::Duration;

const POLICIES: [Policy; 4] = [Policy::Lru, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];

/// The sizes that advice is about.
const FACTORS: [f64; 6] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// A number out of nowhere, the same for the same one.
fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

/// Keys by Zipf's law: the nth is asked for as often as 1/n of the first.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distribution"
)]
fn zipf(keys: u64, accesses: u64) -> Vec<u64> {
    let uniform = |turn: u64| (mix(turn.wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 11) as f64;
    let key = |turn| ((uniform(turn) / (1_u64 << 53) as f64) * (keys as f64).ln()).exp();
    (1..=accesses).map(|turn| mix(key(turn) as u64)).collect()
}

fn cache(size: usize, policy: Policy, sizing: bool) -> Cache<u64, u64> {
    Cache::builder().maxsize(size).policy(policy).sizing(sizing).build()
}

fn ask(cache: &Cache<u64, u64>, keys: &[u64]) {
    for key in keys {
        cache.get_or_insert(*key, *key);
    }
}

fn sizing(metrics: &Metrics) -> &Sizing {
    metrics.sizing().expect("it was asked for, and there is a bound")
}

fn rates(metrics: &Metrics) -> Vec<f64> {
    sizing(metrics).points.iter().map(|point| point.hit_rate).collect()
}

fn advised(cache: &Cache<u64, u64>) -> Vec<f64> {
    rates(&cache.get_metrics())
}

/// What caches of those sizes do.
fn achieved(size: usize, policy: Policy, keys: &[u64]) -> Vec<f64> {
    let of = |size| {
        let cache = cache(size, policy, false);
        ask(&cache, keys);
        cache.get_metrics().hit_rate()
    };
    [size / 4, size / 2, size, 2 * size, 4 * size, 8 * size].map(of).to_vec()
}

/// How many points the advice of some caches is off, on average.
fn error(size: usize, policy: Policy, keys: &[u64], caches: u32) -> f64 {
    let achieved = achieved(size, policy, keys);
    let of_one = |_| {
        let cache = cache(size, policy, true);
        ask(&cache, keys);
        let off = advised(&cache).into_iter().zip(&achieved).map(|(says, is)| (says - is).abs());
        100.0 * off.sum::<f64>() / 6.0
    };
    (0..caches).map(of_one).sum::<f64>() / f64::from(caches)
}

#[test]
fn it_says_what_caches_of_those_sizes_do() {
    let keys = zipf(20_000, 60_000);
    for policy in POLICIES {
        let error = error(1200, policy, &keys, 4);
        assert!(error < 2.0, "{policy}: {error} points");
    }
}

#[test]
fn it_sees_a_cliff() {
    let keys: Vec<u64> = (0..60_000).map(|turn| mix(turn % 3000)).collect();
    let error = error(2000, Policy::Lru, &keys, 3);
    assert!(error < 2.0, "{error} points");
    let watched = cache(2000, Policy::Lru, true);
    ask(&watched, &keys);
    let rates = advised(&watched);
    assert!(rates[..3].iter().all(|rate| *rate < 0.01), "{rates:?}");
    assert!(rates[3..].iter().all(|rate| *rate > 0.9), "{rates:?}");
}

/// All keys of a small one are watched, and the order of LRU is exact.
#[test]
fn it_is_exact_for_a_small_cache() {
    let keys = zipf(2000, 50_000);
    let error = error(100, Policy::Lru, &keys, 1);
    assert!(error < 0.1, "{error} points");
}

#[test]
fn it_is_there_when_it_was_asked_for_and_there_is_a_bound() {
    let ask = |cache: &Cache<u64, u64>| {
        ask(cache, &[1, 2, 1]);
        cache.get_metrics().sizing().map(|sizing| sizing.sampled)
    };
    assert_eq!(ask(&cache(100, Policy::Lru, false)), None);
    assert_eq!(ask(&cache(100, Policy::Lru, true)), Some(3));
    assert_eq!(ask(&cache(0, Policy::Lru, true)), Some(3));
    let cache = Cache::builder().sizing(true).build();
    assert_eq!(ask(&cache), None);
    cache.set_maxsize(10);
    assert_eq!(ask(&cache), Some(3));
    cache.set_maxsize(None);
    assert_eq!(ask(&cache), None);
}

#[test]
fn its_sizes_are_in_the_unit_of_the_bound() {
    let points = |cache: &Cache<u64, u64>| {
        let points = sizing(&cache.get_metrics()).points.clone();
        assert_eq!(points.iter().map(|point| point.factor).collect::<Vec<_>>(), FACTORS);
        points.into_iter().map(|point| point.capacity).collect::<Vec<_>>()
    };
    assert_eq!(points(&cache(100, Policy::Lru, true)), [25, 50, 100, 200, 400, 800]);
    let weighed = Cache::builder().max_bytes(5000).maxsize(7).sizing(true).build();
    assert_eq!(points(&weighed), [1250, 2500, 5000, 10_000, 20_000, 40_000]);
}

/// Each entry weighs ten, so there is room for a hundred.
#[test]
fn a_bound_by_weight_is_taken_for_as_many_entries_as_it_holds() {
    for policy in POLICIES {
        let watched =
            Cache::builder().max_bytes(1000).weigher(|_, _| 10).policy(policy).sizing(true).build();
        let keys = zipf(2000, 20_000);
        ask(&watched, &keys);
        let (weighed, counted) = (advised(&watched), achieved(100, policy, &keys));
        for (says, is) in weighed.iter().zip(&counted) {
            assert!((says - is).abs() < 0.02, "{policy}: {weighed:?} is {counted:?}");
        }
        let shown = sizing(&watched.get_metrics()).to_string();
        assert!(shown.starts_with("size (bytes)  "), "{shown}");
    }
}

#[test]
fn a_bound_by_weight_that_is_never_reached_is_too_high() {
    let watched = Cache::builder().max_bytes(25_000).weigher(|_, _| 100).sizing(true).build();
    for round in 0..700_u64 {
        ask(&watched, &(0..100).collect::<Vec<_>>());
        // There have to be misses for anything to be looked at.
        ask(&watched, &[1000 + round % 20]);
        watched.remove(&(1000 + round % 20));
    }
    let metrics = watched.get_metrics();
    assert!(sizing(&metrics).sampled > 0, "{metrics:?}");
    let rates = rates(&metrics);
    assert!(rates[1..].iter().all(|rate| (rate - metrics.hit_rate()).abs() < 0.02), "{rates:?}");
}

#[test]
fn a_reset_begins_anew() {
    let watched = cache(100, Policy::Lru, true);
    ask(&watched, &zipf(2000, 10_000));
    watched.reset_metrics();
    let metrics = watched.get_metrics();
    assert_eq!((sizing(&metrics).sampled, rates(&metrics)), (0, vec![0.0; 6]));
    let keys: Vec<u64> = (0..6000).map(|turn| turn % 150).collect();
    ask(&watched, &keys);
    let metrics = watched.get_metrics();
    assert_eq!(sizing(&metrics).sampled, 6000);
    let rates = rates(&metrics);
    assert!(rates[2] < 0.01 && rates[3] > 0.97, "{rates:?}");
}

#[test]
fn a_new_bound_is_another_cache() {
    let watched = cache(100, Policy::Lru, true);
    ask(&watched, &(0..10).collect::<Vec<_>>());
    watched.set_maxsize(40);
    let metrics = watched.get_metrics();
    assert_eq!((sizing(&metrics).sampled, sizing(&metrics).points[2].capacity), (0, 40));
    let keys: Vec<u64> = (0..60_000).map(|turn| turn % 60).collect();
    ask(&watched, &keys);
    let rates = advised(&watched);
    assert!(rates[2] < 0.01 && rates[3] > 0.9, "{rates:?}");
    // The same one again changes nothing.
    let sampled = sizing(&watched.get_metrics()).sampled;
    watched.set_maxsize(40);
    assert_eq!(sizing(&watched.get_metrics()).sampled, sampled);
}

#[test]
fn after_a_new_bound_there_is_advice_again() {
    let watched = cache(100, Policy::Lru, true);
    // More than a burst.
    (0..3000).for_each(|_| ask(&watched, &(0..50).collect::<Vec<_>>()));
    watched.set_maxsize(200);
    (0..2000).for_each(|_| ask(&watched, &(0..50).collect::<Vec<_>>()));
    let metrics = watched.get_metrics();
    assert_eq!(sizing(&metrics).sampled, 100_000);
    assert!(rates(&metrics)[1..].iter().all(|rate| *rate > 0.99), "{metrics:?}");
}

#[test]
fn without_a_sample_it_displays_no_rates() {
    let watched = cache(100, Policy::Lru, true);
    assert_eq!(sizing(&watched.get_metrics()).to_string(), "nothing sampled yet");
    ask(&watched, &[1]);
    assert!(sizing(&watched.get_metrics()).to_string().contains("from 1 sampled"));
}

#[test]
fn it_displays_what_it_does_not_know() {
    let shown = |cache: &Cache<u64, u64>| {
        ask(cache, &[1]);
        sizing(&cache.get_metrics()).to_string()
    };
    let plain = shown(&cache(100, Policy::Lru, true));
    assert!(plain.starts_with("size  "), "{plain}");
    assert!(plain.ends_with("from 1 sampled accesses: a guess"), "{plain}");
    let expiring = Cache::builder().maxsize(100).ttl(Duration::from_mins(1)).sizing(true).build();
    let expiring = shown(&expiring);
    assert!(expiring.ends_with("larger sizes look better than they are"), "{expiring}");
}

#[test]
fn sizes_of_nothing_are_left_out() {
    let small = cache(3, Policy::Lru, true);
    assert_eq!(sizing(&small.get_metrics()).points[0].capacity, 1);
}

#[tokio::test]
async fn a_bound_by_weight_is_seen_to_be_near_by_loads() {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a weigher takes references")]
    fn ten(_: &u64, _: &u64) -> u64 {
        10
    }

    #[async_lru(max_bytes = 1600, weigher = ten, policy = lru, sizing)]
    async fn same(n: u64) -> u64 {
        n
    }

    #[async_lru(max_bytes = 1600, sizing)]
    async fn plain(n: u64) -> u64 {
        n
    }

    let by_hand = Cache::builder().max_bytes(1600).weigher(ten).sizing(true).build();
    for n in 0..4000 {
        same(n % 200).await;
        plain(n % 1000).await;
        by_hand.get_with(n % 200, async { n }).await;
    }
    let all = [same.get_metrics(), plain.get_metrics(), by_hand.get_metrics()];
    for metrics in all {
        assert!(sizing(&metrics).sampled > 1000, "{metrics:?}");
    }
    let rates = rates(&same.get_metrics());
    assert!(rates[2] < 0.1 && rates[3] > 0.8, "{rates:?}");
}

#[test]
fn what_is_taken_out_is_missed_by_all_sizes() {
    let keys: Vec<u64> = (0..50).collect();
    let takers: [fn(&Cache<u64, u64>); 3] = [
        |cache| cache.clear(),
        |cache| assert_eq!(cache.remove_if(|_, _| true), 50),
        |cache| {
            (0..50).for_each(|key| assert!(cache.remove(&key)));
        },
    ];
    for take in takers {
        let watched = cache(100, Policy::Lru, true);
        for _ in 0..20 {
            ask(&watched, &keys);
            take(&watched);
        }
        assert_eq!(advised(&watched), [0.0; 6]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_missed_by_all_sizes() {
    for policy in POLICIES {
        let watched = Cache::builder()
            .maxsize(100)
            .policy(policy)
            .ttl(Duration::from_secs(1))
            .sizing(true)
            .build();
        for _ in 0..20 {
            ask(&watched, &(0..20).collect::<Vec<_>>());
            tokio::time::advance(Duration::from_secs(2)).await;
        }
        assert_eq!(watched.get_metrics().hits, 0);
        assert_eq!(advised(&watched), [0.0; 6], "{policy}");
    }
}

#[tokio::test]
async fn what_was_not_stored_is_missed_by_all_sizes() {
    #[async_lru(maxsize = 100, sizing)]
    async fn failing(n: u64) -> Result<u64, u64> {
        Err(n)
    }

    for n in 0..400 {
        assert!(failing(n % 20).await.is_err());
    }
    assert_eq!(rates(&failing.get_metrics()), [0.0; 6]);
}

#[tokio::test]
async fn calls_that_go_the_long_way_are_seen() {
    #[async_lru(maxsize = 100, sizing)]
    async fn same(n: u64) -> u64 {
        n
    }

    for n in 0..200 {
        same(n % 20).traced().await;
    }
    let metrics = same.get_metrics();
    assert_eq!(sizing(&metrics).sampled, 200);
    assert!(rates(&metrics)[2..].iter().all(|rate| (rate - 0.9).abs() < 0.01), "{metrics:?}");
}

#[test]
fn the_calls_of_a_small_cache_are_not_all_watched() {
    let watched = cache(100, Policy::Lru, true);
    let keys: Vec<u64> = (0..50).collect();
    (0..50_000).for_each(|_| ask(&watched, &keys));
    let sampled = sizing(&watched.get_metrics()).sampled;
    assert!(sampled < 2_200_000, "{sampled} of 2500000");
    let rates = advised(&watched);
    assert!(rates[0] < 0.01 && rates[1..].iter().all(|rate| *rate > 0.99), "{rates:?}");
}

/// What a thread does to a cache at its turn.
type Disturb = fn(&Cache<u64, u64>, u64);

#[test]
fn many_threads_do_not_break_it() {
    for size in [50, 3000] {
        let watched = cache(size, Policy::S3Fifo, true);
        let keys = zipf(10_000, 40_000);
        let others: [Disturb; 4] = [
            |cache, _| cache.reset_metrics(),
            |cache, turn| {
                cache.remove(&turn);
            },
            |cache, turn| cache.set_maxsize(40 + usize::try_from(turn % 5000).expect("small")),
            |cache, _| cache.clear(),
        ];
        thread::scope(|scope| {
            for (number, other) in others.into_iter().enumerate() {
                let (watched, keys) = (&watched, &keys);
                scope.spawn(move || {
                    for (turn, key) in (0_u64..).zip(keys) {
                        watched.get_or_insert(*key, *key);
                        if turn % 500 == 100 * number as u64 {
                            other(watched, *key);
                            let rates = advised(watched);
                            assert!(rates.iter().all(|rate| (0.0..=1.0).contains(rate)));
                        }
                    }
                });
            }
        });
        // It has not come to a halt.
        watched.set_maxsize(20);
        watched.reset_metrics();
        ask(&watched, &(0..20_000_000).step_by(1000).collect::<Vec<_>>());
        assert_eq!(watched.get_metrics().hits, 0);
    }
}
