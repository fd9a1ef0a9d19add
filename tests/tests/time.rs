//! Lifetimes, to the nanosecond, on a clock that the tests move.

use larder::prelude::*;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Tokio's clock counts in milliseconds when it is moved; in between it is exact.
const TICK: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn an_entry_is_expired_from_the_moment_of_its_deadline_on() {
    let cache: Cache<u64, u64> = Cache::new(10);
    for lifetime in [TICK, SECOND, Duration::from_mins(1), Duration::from_hours(24), YEAR] {
        cache.set_with(1, 1, lifetime);
        advance(lifetime.saturating_sub(TICK)).await;
        assert_eq!((cache.get(&1), cache.len()), (Some(1), 1), "{lifetime:?}");
        advance(TICK).await;
        assert_eq!((cache.get(&1), cache.peek(&1)), (None, None), "{lifetime:?}");
        assert_eq!((cache.contains_key(&1), cache.remove(&1)), (false, false), "{lifetime:?}");
        assert_eq!((cache.len(), cache.entries().len()), (0, 0), "{lifetime:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_boundary_is_exact_to_the_nanosecond() {
    let cache: Cache<u64, u64> = Cache::new(10);
    cache.set_with(1, 1, SECOND.saturating_sub(NANO));
    cache.set_with(2, 2, SECOND);
    cache.set_with(3, 3, SECOND + NANO);
    advance(SECOND).await;
    assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (None, None, Some(3)));
}

/// A place that has never waited for a deadline is not in the way of one that does.
#[tokio::test(start_paused = true)]
async fn entries_with_and_without_a_deadline() {
    let cache: Cache<u64, u64> = Cache::new(10);
    (1..=3).for_each(|key| cache.set(key, key));
    cache.set_with(4, 4, SECOND);
    cache.set_with(5, 5, 2 * SECOND);
    assert!(cache.remove(&1));
    cache.set(2, 20);
    advance(SECOND).await;
    assert_eq!(cache.len(), 3);
    advance(SECOND).await;
    assert_eq!(cache.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_of_zero_is_not_stored_and_removes() {
    let cache: Cache<u64, u64> = Cache::new(10);
    cache.set_with(1, 1, Duration::ZERO);
    assert!(cache.is_empty());
    cache.set(1, 1);
    cache.set_with(1, 2, Duration::ZERO);
    assert!(cache.is_empty());

    let nothing: Cache<u64, u64> = Cache::builder().ttl(Duration::ZERO).build();
    nothing.set(1, 1);
    assert_eq!(nothing.get_with(2, async { 2 }).await, 2);
    assert_eq!((nothing.get_or_insert(3, 3), nothing.update(4, |_| Some(4))), (3, Some(4)));
    assert_eq!(nothing.len(), 0);
    nothing.set_with(5, 5, SECOND);
    assert!(nothing.touch(&5, Ttl::Default));
    assert!(nothing.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_longest_lifetimes_neither_overflow_nor_end() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(Duration::MAX).build();
    cache.set(1, 1);
    cache.set_with(2, 2, Duration::MAX);
    cache.set_with(3, 3, Duration::from_nanos(u64::MAX));
    cache.set_with(4, 4, Ttl::Never);
    cache.set_with(5, 5, Ttl::At(SystemTime::now_at_the_end_of_time()));
    cache.get_with(6, async { 6 }).ttl(Duration::MAX).await;
    cache.set_with(7, 7, Duration::from_hours(26 * 24));
    advance(Duration::from_hours(25 * 24)).await;
    assert_eq!(cache.len(), 7);
    advance(YEAR).await;
    assert_eq!((cache.len(), cache.get(&7)), (6, None));
    assert!((1..=6).all(|key| cache.touch(&key, Duration::MAX)));
    advance(YEAR).await;
    assert_eq!(cache.len(), 6);
}

trait EndOfTime {
    fn now_at_the_end_of_time() -> SystemTime;
}

impl EndOfTime for SystemTime {
    fn now_at_the_end_of_time() -> SystemTime {
        SystemTime::UNIX_EPOCH + 5000 * YEAR
    }
}

#[tokio::test(start_paused = true)]
async fn a_jump_of_a_year_ends_everything_that_ends() {
    #[async_ttl]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    let cache: Cache<u64, u64> = Cache::builder().ttl(YEAR).build();
    cache.set(1, 1);
    cache.set_with(2, 2, YEAR + SECOND);
    double(1).await;
    double(2).ttl(Ttl::Never).await;
    advance(YEAR).await;
    assert_eq!((cache.get(&1), cache.get(&2)), (None, Some(2)));
    assert_eq!((double(1).peek(), double(2).peek()), (None, Some(4)));
    // And life goes on.
    double(1).await;
    advance(Duration::from_secs(59)).await;
    assert_eq!(double(1).peek(), Some(2));
    advance(SECOND).await;
    assert_eq!(double(1).peek(), None);
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the wall clock is what is tested")]
async fn a_moment_of_the_wall_clock() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(SECOND).build();
    let now = SystemTime::now();
    cache.set_with(1, 1, Ttl::At(now + 100 * SECOND));
    cache.set(2, 2);
    cache.set_with(2, 3, Ttl::At(now - SECOND));
    cache.set_with(3, 3, Ttl::At(SystemTime::UNIX_EPOCH));
    assert_eq!(cache.entries(), [(1, 1)], "what lies in the past removes");
    advance(90 * SECOND).await;
    assert_eq!(cache.get(&1), Some(1));
    advance(10 * SECOND).await;
    assert_eq!(cache.get(&1), None);
}

#[tokio::test(start_paused = true)]
async fn touch_begins_anew() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(10 * SECOND).build();
    cache.set(1, 1);
    for _ in 0..5 {
        advance(9 * SECOND).await;
        assert!(cache.touch(&1, Ttl::Default));
    }
    assert!(cache.touch(&1, SECOND), "shorter too");
    advance(SECOND).await;
    assert!(!cache.touch(&1, Ttl::Never));
    cache.set(1, 1);
    assert!(cache.touch(&1, Ttl::Never));
    advance(YEAR).await;
    assert!(cache.touch(&1, 2 * SECOND));
    advance((2 * SECOND).saturating_sub(TICK)).await;
    assert_eq!(cache.len(), 1);
    advance(TICK).await;
    assert_eq!(cache.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_overwrite_begins_anew_with_its_own_lifetime() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(10 * SECOND).build();
    cache.set_with(1, 1, SECOND);
    cache.set(1, 2);
    advance(9 * SECOND).await;
    assert_eq!(cache.get(&1), Some(2), "the short lifetime was that of the old value");
    cache.set_with(1, 3, SECOND);
    advance(SECOND).await;
    assert_eq!((cache.get(&1), cache.len()), (None, 0));
    cache.set_with(1, 4, Ttl::Never);
    advance(YEAR).await;
    assert_eq!(cache.update(1, |old| old), Some(4));
    advance(10 * SECOND).await;
    assert_eq!(cache.get(&1), None, "an update gives the lifetime of the cache");
}

#[tokio::test(start_paused = true)]
async fn a_hit_does_not_lengthen_a_life() {
    #[async_ttl(ttl = "10s")]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    double(1).await;
    for _ in 0..9 {
        advance(SECOND).await;
        double(1).await;
    }
    assert_eq!((double(1).peek(), double.get_metrics().hits), (Some(2), 9));
    advance(SECOND).await;
    assert_eq!(double(1).peek(), None);
}

#[tokio::test(start_paused = true)]
async fn a_life_begins_when_the_load_is_over() {
    #[async_ttl(ttl = "10s")]
    async fn slow(n: u64) -> u64 {
        tokio::time::sleep(100 * SECOND).await;
        n
    }

    slow(1).await;
    advance(9 * SECOND).await;
    assert_eq!(slow(1).peek(), Some(1));
    advance(SECOND).await;
    assert_eq!(slow(1).peek(), None);
}

/// Nobody asks for them any more; what they hold comes back all the same.
#[tokio::test(start_paused = true)]
async fn writes_give_back_the_memory_of_the_expired() {
    for maxsize in [Some(1000), Some(100_000), None] {
        let cache: Cache<u64, Arc<()>> = Cache::builder().ttl(SECOND).build();
        cache.set_maxsize(maxsize);
        let held = Arc::new(());
        (0..500).for_each(|key| cache.set(key, held.clone()));
        assert_eq!(Arc::strong_count(&held), 501);
        advance(SECOND).await;
        for key in 0..500 {
            cache.set_with(1000 + key, Arc::new(()), Ttl::Never);
        }
        assert_eq!(Arc::strong_count(&held), 1, "with a bound of {maxsize:?}");
        assert_eq!(cache.get_metrics().expirations(), 500);
    }
}

#[tokio::test(start_paused = true)]
async fn asking_for_the_length_gives_back_the_memory_of_the_expired() {
    let cache: Cache<u64, Arc<()>> = Cache::builder().ttl(SECOND).build();
    let held = Arc::new(());
    (0..100).for_each(|key| cache.set(key, held.clone()));
    advance(SECOND).await;
    assert_eq!((cache.len(), Arc::strong_count(&held)), (0, 1));
}

/// Deadlines that were moved are forgotten: many writes at one moment cost what they cost at many.
#[tokio::test(start_paused = true)]
async fn many_lives_of_one_key_are_no_burden() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(SECOND).build();
    for n in 0..50_000 {
        cache.set(n % 3, n);
        cache.touch(&(n % 3), Ttl::Default);
    }
    advance(SECOND).await;
    assert_eq!((cache.len(), cache.get_metrics().expirations()), (0, 3));
}

#[test]
fn without_a_runtime_time_passes_as_well() {
    let cache: Cache<u64, u64> = Cache::new(10);
    cache.set_with(1, 1, NANO);
    cache.set_with(2, 2, YEAR);
    while cache.contains_key(&1) {
        std::thread::yield_now();
    }
    assert_eq!((cache.get(&1), cache.get(&2)), (None, Some(2)));
}
