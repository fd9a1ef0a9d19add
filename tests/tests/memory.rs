//! What a bound is worth: how bytes are counted, who leaves and who does not, and that memory comes back. Each test is
//! about a defect that was seen in other libraries.

use larder::prelude::*;
use larder::{CacheBuilder, Policy, Reason, Value};
use larder_tests::{Log, Random};
use std::sync::{Arc, Barrier};
use std::time::Duration;
use tokio::time::advance;

const POLICIES: [Policy; 6] =
    [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];

const REASONS: [Reason; 5] =
    [Reason::Size, Reason::Expired, Reason::Replaced, Reason::Removed, Reason::Cleared];

const SECOND: Duration = Duration::from_secs(1);

fn of(policy: Policy) -> CacheBuilder<u64, u64> {
    Cache::builder().policy(policy)
}

/// Bounded by weight; a value says what it weighs.
fn weighed(policy: Policy, max_bytes: u64) -> CacheBuilder<u64, u64> {
    of(policy).max_bytes(max_bytes).weigher(|_, value| *value)
}

fn keys<V: Value>(cache: &Cache<u64, V>) -> Vec<u64> {
    let mut keys: Vec<_> = cache.entries().into_iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys
}

/// Who leaves from now on, and why.
fn leavers<V: Value>(cache: &Cache<u64, V>) -> Log<(u64, Reason)> {
    let log = Log::new();
    let heard = log.clone();
    cache.on_evict(move |key, _, reason| heard.push((*key, reason)));
    log
}

// ---- the count of bytes ----

/// The count drifted when an entry was overwritten, evicted, removed or expired.
#[tokio::test(start_paused = true)]
async fn bytes_are_counted_right_whatever_way_they_go() {
    let mut random = Random::from_env();
    for policy in POLICIES {
        let cache = weighed(policy, 200).build();
        let left = leavers(&cache);
        let mut reasons = Vec::new();
        for step in 0..3000 {
            let (key, weight) = (random.below(20) as u64, random.below(40) as u64);
            match random.below(20) {
                0 => _ = cache.remove(&key),
                1 => advance(SECOND).await,
                2 => cache.set_with(key, weight, 2 * SECOND),
                _ if step % 300 == 299 => cache.clear(),
                3 => cache.set_maxsize([3, 10, 100][random.below(3)]),
                _ => cache.set(key, weight),
            }
            // What is there says itself what it weighs.
            let (weight, entries) = (cache.get_metrics().weight, cache.entries());
            let sum: u64 = entries.into_iter().map(|(_, weight)| weight).sum();
            assert_eq!(weight, sum, "{policy}, step {step}");
            assert!(weight <= 200, "{policy}, step {step}");
            reasons.extend(left.take().into_iter().map(|(_, reason)| reason));
        }
        for reason in REASONS {
            assert!(reasons.contains(&reason), "{policy}: {reason:?} was never tried");
        }
        cache.clear();
        assert_eq!(cache.get_metrics().weight, 0, "{policy}");
    }
}

/// It evicted everything, and then was stored.
#[test]
fn an_entry_larger_than_the_whole_budget_changes_nothing() {
    for policy in POLICIES {
        let cache = weighed(policy, 100).build();
        (0..10).for_each(|key| cache.set(key, 10));
        let left = leavers(&cache);
        cache.set(10, 101);
        cache.set(11, u64::MAX);
        assert_eq!(cache.get_or_insert(12, 200), 200);
        assert_eq!((keys(&cache), left.take().len()), ((0..10).collect(), 0), "{policy}");
        assert_eq!(cache.get_metrics().rejected, 3, "{policy}");

        // What it should have replaced is out of date.
        cache.set(3, 101);
        assert_eq!((cache.peek(&3), left.take()), (None, vec![(3, Reason::Replaced)]), "{policy}");
        let metrics = cache.get_metrics();
        assert_eq!((metrics.rejected, metrics.weight, metrics.entries), (4, 90, 9), "{policy}");
        assert_eq!(metrics.evictions.size, 0, "{policy}");
    }
}

/// A bound in bytes that nothing can reach is no reason to forget about the number.
#[test]
fn the_largest_bound_in_bytes_leaves_the_other_one_alone() {
    for policy in POLICIES {
        let cache = weighed(policy, u64::MAX).maxsize(10).build();
        (0..100).for_each(|key| cache.set(key, 1));
        assert_eq!(cache.len(), 10, "{policy}");
        cache.clear();
        (0..3).for_each(|key| cache.set(key, u64::MAX));
        assert_eq!(cache.len(), 1, "{policy}");
    }
}

// ---- who leaves ----

/// A rewrite left the entry where it was in the order, or at its end.
#[test]
fn the_key_just_rewritten_is_not_the_next_to_leave() {
    for policy in POLICIES {
        // A write is a use under LRU; elsewhere a write must not cost it the uses that it had.
        let (writes, reads) = if policy == Policy::Lru { (2, 0) } else { (2, 1) };
        let cache = of(policy).maxsize(12).build();
        (0..12).for_each(|key| cache.set(key, 0));
        for _ in 0..reads {
            cache.get(&0);
        }
        (0..writes).for_each(|value| cache.set(0, value));
        cache.set(12, 0);
        if policy == Policy::Fifo {
            assert_eq!(cache.peek(&0), None, "the order is that of arrival, whatever happens");
        } else {
            assert_eq!(cache.peek(&0), Some(1), "{policy}");
        }
        assert_eq!(cache.len(), 12, "{policy}");
    }
}

/// Reads moved an entry to the end of the queue.
#[test]
fn fifo_is_in_the_order_of_arrival() {
    let cache = of(Policy::Fifo).maxsize(3).build();
    let left = leavers(&cache);
    (0..3).for_each(|key| cache.set(key, 0));
    for _ in 0..10 {
        cache.get(&0);
    }
    cache.touch(&0, Ttl::Never);
    cache.set(0, 1);
    cache.set(1, 1);
    left.take();
    (3..6).for_each(|key| cache.set(key, 0));
    assert_eq!(left.take(), [(0, Reason::Size), (1, Reason::Size), (2, Reason::Size)]);
}

/// It was arbitrary when there had been no bound before.
#[tokio::test(start_paused = true)]
async fn fifo_is_in_the_order_of_arrival_when_the_bound_comes_later() {
    let cache = of(Policy::Fifo).build();
    for key in 0..100 {
        cache.set(key, 0);
        advance(Duration::from_millis(1)).await;
    }
    let left = leavers(&cache);
    cache.set_maxsize(50);
    (100..120).for_each(|key| cache.set(key, 0));
    assert_eq!(left.take(), (0..70).map(|key| (key, Reason::Size)).collect::<Vec<_>>());
}

/// Regions took in their entries one after another, and the order between them was lost.
#[test]
fn lru_is_in_the_order_of_use_when_the_bound_goes_and_comes() {
    for bound in [None, Some(100_000)] {
        let cache = of(Policy::Lru).maxsize(100).build();
        (0..100).for_each(|key| cache.set(key, 0));
        (0..50).for_each(|key| _ = cache.get(&key));
        cache.set_maxsize(bound);
        (50..60).for_each(|key| _ = cache.get(&key));
        let left = leavers(&cache);
        cache.set_maxsize(40);
        cache.set_maxsize(0);
        let order = (60..100).chain(0..60).map(|key| (key, Reason::Size));
        assert_eq!(left.take(), order.collect::<Vec<_>>(), "{bound:?}");
    }
}

/// It began to count anew.
#[test]
fn lfu_keeps_the_count_of_an_entry_that_is_overwritten() {
    let cache = of(Policy::Lfu).maxsize(3).build();
    (0..3).for_each(|key| cache.set(key, 0));
    for _ in 0..10 {
        cache.get(&0);
    }
    cache.get(&2);
    // Before somebody had to leave, uses are not counted yet, and afterwards they are: neither may be lost.
    cache.set(0, 1);
    let left = leavers(&cache);
    (3..6).for_each(|key| cache.set(key, 0));
    cache.set(0, 2);
    assert_eq!(left.take().pop(), Some((0, Reason::Replaced)));
    (6..9).for_each(|key| cache.set(key, 0));
    assert_eq!(cache.peek(&0), Some(2));
    assert_eq!(left.take().len(), 3);
}

/// What was used a lot, long ago, never made room for what is used now.
#[test]
fn new_favourites_displace_the_old_ones() {
    for policy in POLICIES {
        let cache = of(policy).maxsize(8).build();
        for _ in 0..50 {
            (0..8).for_each(|key| _ = cache.get_or_insert(key, key));
        }
        for _ in 0..500 {
            (100..108).for_each(|key| _ = cache.get_or_insert(key, key));
        }
        assert_eq!(keys(&cache), (100..108).collect::<Vec<_>>(), "{policy}");
    }
}

/// Also when it is the one that the policy would keep for longest.
#[tokio::test(start_paused = true)]
async fn no_live_entry_leaves_while_an_expired_one_stands_beside_it() {
    for policy in POLICIES {
        for cache in [of(policy).maxsize(20).build(), weighed(policy, 200).build()] {
            (0..10).for_each(|key| cache.set(key, 10));
            (10..20).for_each(|key| cache.set_with(key, 10, SECOND));
            for _ in 0..5 {
                (10..20).for_each(|key| _ = cache.get(&key));
            }
            let left = leavers(&cache);
            advance(SECOND).await;
            (20..30).for_each(|key| cache.set(key, 10));
            let reasons: Vec<_> = left.take().into_iter().map(|(_, reason)| reason).collect();
            assert_eq!(reasons, [Reason::Expired; 10], "{policy}");
            assert_eq!(keys(&cache), (0..10).chain(20..30).collect::<Vec<_>>(), "{policy}");

            // By a lower bound too, and by an entry for which many have to leave.
            cache.clear();
            left.take();
            cache.set(0, 10);
            (1..20).for_each(|key| cache.set_with(key, 10, SECOND));
            advance(SECOND).await;
            // Not by `get_metrics`: it takes out the expired.
            if cache.maxsize().is_some() {
                cache.set_maxsize(1);
            } else {
                cache.set(20, 190);
            }
            assert!(left.take().iter().all(|(_, reason)| *reason == Reason::Expired), "{policy}");
            assert_eq!(cache.peek(&0), Some(10), "{policy}");
        }
    }
}

// ---- memory that comes back ----

type Change = fn(&Cache<u64, Arc<()>>);

/// Whatever takes entries out, none of their values is kept.
#[tokio::test(start_paused = true)]
async fn nothing_is_kept_of_what_has_left() {
    let ways_out: [Change; 5] = [
        Cache::clear,
        |cache| cache.set_maxsize(0),
        |cache| (0..100).for_each(|key| _ = cache.remove(&key)),
        |cache| _ = cache.remove_if(|_, _| true),
        |cache| (0..100).for_each(|key| _ = cache.touch(&key, Duration::ZERO)),
    ];
    for policy in POLICIES {
        // Of a few something may be kept for the next time, unless it is asked not to be.
        for (maxsize, entries) in [(Some(60), 100), (Some(5000), 100), (None, 100), (Some(60), 1)] {
            for way_out in ways_out {
                let cache = Cache::builder().policy(policy).build();
                cache.set_maxsize(maxsize);
                let held = Arc::new(());
                (0..entries).for_each(|key| cache.set_with(key, held.clone(), SECOND));
                (0..entries).for_each(|key| _ = cache.get(&key));
                way_out(&cache);
                assert_eq!(Arc::strong_count(&held), 1, "{policy}, {maxsize:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_of_what_has_expired() {
    let passers_by: [Change; 3] = [
        |cache| assert_eq!(cache.len(), 0),
        |cache| assert_eq!(cache.get_metrics().entries, 0),
        |cache| (1000..1200).for_each(|key| cache.set_with(key, Arc::new(()), Ttl::Never)),
    ];
    for policy in POLICIES {
        for (pass_by, entries) in [
            (passers_by[0], 100),
            (passers_by[1], 100),
            (passers_by[2], 100),
            (passers_by[0], 1),
            (passers_by[1], 1),
        ] {
            let cache =
                Cache::builder().policy(policy).maxsize(150).ttl(SECOND).concurrency(1).build();
            let held = Arc::new(());
            (0..entries).for_each(|key| cache.set(key, held.clone()));
            (0..entries / 2).for_each(|key| cache.set(key, held.clone()));
            advance(SECOND).await;
            pass_by(&cache);
            assert_eq!(Arc::strong_count(&held), 1, "{policy}");
        }
    }
}

/// With several threads at work, looking whether one of them still reads is put off until it is worth it: not where
/// somebody has asked for the memory.
#[tokio::test(start_paused = true)]
async fn nothing_is_kept_though_other_threads_have_read_it() {
    let ways_out: [Change; 4] = [
        Cache::clear,
        |cache| cache.set_maxsize(0),
        |cache| _ = cache.remove(&0),
        |cache| _ = cache.len(),
    ];
    for (number, way_out) in ways_out.into_iter().enumerate() {
        let cache = Cache::new(10);
        let held = Arc::new(());
        cache.set_with(0, held.clone(), SECOND);
        let (have_read, is_over) = (Barrier::new(5), Barrier::new(5));
        let reader = || {
            cache.get(&0);
            have_read.wait();
            is_over.wait();
        };
        if number == 3 {
            advance(SECOND).await;
        }
        let count = std::thread::scope(|scope| {
            (0..4).for_each(|_| _ = scope.spawn(reader));
            have_read.wait();
            way_out(&cache);
            let count = Arc::strong_count(&held);
            is_over.wait();
            count
        });
        assert_eq!(count, 1, "way {number}");
    }
}

/// Each new bound asks for a few more places, again and again.
#[test]
fn a_bound_that_is_raised_little_by_little_does_not_use_up_the_places() {
    let cache: larder::Cache<u64, u64> = larder::Cache::new(10);
    for step in 1..=60 {
        cache.set_maxsize(10 * step);
        (0..20 * step as u64).for_each(|n| cache.set(n, n));
        assert_eq!(cache.len(), 10 * step);
    }
}
