//! Who leaves: the least recently used, exactly; the expired first; and never too late.

use larder::prelude::*;
use larder_tests::{Log, panics};
use proptest::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::advance;

/// The plain thing: a list in the order of use, the oldest first.
struct Reference {
    order: Vec<(u8, u32)>,
    capacity: usize,
}

impl Reference {
    fn place(&self, key: u8) -> Option<usize> {
        self.order.iter().position(|(known, _)| *known == key)
    }

    fn get(&mut self, key: u8) -> Option<u32> {
        let entry = self.order.remove(self.place(key)?);
        self.order.push(entry);
        Some(entry.1)
    }

    fn set(&mut self, key: u8, value: u32) {
        self.remove(key);
        self.order.push((key, value));
        self.shrink();
    }

    fn remove(&mut self, key: u8) -> bool {
        self.place(key).map(|place| self.order.remove(place)).is_some()
    }

    fn shrink(&mut self) {
        self.order.drain(..self.order.len().saturating_sub(self.capacity));
    }
}

#[derive(Debug, Clone)]
enum Step {
    Get(u8),
    Peek(u8),
    Set(u8, u32),
    Update(u8),
    GetOrInsert(u8, u32),
    Touch(u8),
    Remove(u8),
    Resize(usize),
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..24_u8;
    let step = prop_oneof![
        8 => key().prop_map(Step::Get),
        2 => key().prop_map(Step::Peek),
        8 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Set(key, value)),
        2 => key().prop_map(Step::Update),
        2 => (key(), any::<u32>()).prop_map(|(key, value)| Step::GetOrInsert(key, value)),
        2 => key().prop_map(Step::Touch),
        1 => key().prop_map(Step::Remove),
        1 => (0..16_usize).prop_map(Step::Resize),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_order_is_that_of_a_plain_list(capacity in 1..16_usize, steps in steps()) {
        let cache: Cache<u8, u32> = Cache::new(capacity);
        let mut reference = Reference { order: Vec::new(), capacity };
        for step in steps {
            match step.clone() {
                Step::Get(key) => prop_assert_eq!(cache.get(&key), reference.get(key)),
                Step::Peek(key) => {
                    let known = reference.place(key).map(|place| reference.order[place].1);
                    prop_assert_eq!(cache.peek(&key), known);
                }
                Step::Set(key, value) => {
                    cache.set(key, value);
                    reference.set(key, value);
                }
                Step::Update(key) => {
                    let add = |old: Option<u32>| Some(old.unwrap_or(0).wrapping_add(1));
                    let place = reference.place(key);
                    let new = add(place.map(|place| reference.order[place].1)).unwrap();
                    prop_assert_eq!(cache.update(key, add), Some(new));
                    reference.set(key, new);
                }
                Step::GetOrInsert(key, value) => {
                    let expected = reference.get(key).unwrap_or_else(|| {
                        reference.set(key, value);
                        value
                    });
                    prop_assert_eq!(cache.get_or_insert(key, value), expected);
                }
                Step::Touch(key) => {
                    prop_assert_eq!(cache.touch(&key, Ttl::Never), reference.get(key).is_some());
                }
                Step::Remove(key) => prop_assert_eq!(cache.remove(&key), reference.remove(key)),
                Step::Resize(capacity) => {
                    cache.set_maxsize(capacity);
                    reference.capacity = capacity;
                    reference.shrink();
                }
                Step::Clear => {
                    cache.clear();
                    reference.order.clear();
                }
            }
            let (mut entries, mut expected) = (cache.entries(), reference.order.clone());
            entries.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(entries, expected, "after {:?}", step);
            prop_assert_eq!(cache.len(), reference.order.len());
        }
    }
}

#[test]
fn a_write_is_a_use() {
    let cache: Cache<u64, &str> = Cache::new(2);
    cache.set(1, "old");
    cache.set(2, "old");
    cache.set(1, "new");
    cache.set(3, "new");
    assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some("new"), None, Some("new")));
}

#[tokio::test]
async fn a_refresh_is_a_use() {
    #[async_lru(maxsize = 2)]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    double(1).await;
    double(2).await;
    double(1).use_cache(false).await;
    double(3).await;
    assert_eq!((double(1).peek(), double(2).peek(), double(3).peek()), (Some(2), None, Some(6)));
}

#[tokio::test(start_paused = true)]
async fn the_expired_leave_before_the_live() {
    let cache: Cache<u64, u64> = Cache::new(3);
    let gone = Log::new();
    cache.on_evict({
        let gone = gone.clone();
        move |key, _, reason| gone.push((*key, reason))
    });
    cache.set(1, 1);
    cache.set_with(2, 2, Duration::from_secs(5));
    cache.set(3, 3);
    cache.get(&2);
    advance(Duration::from_secs(5)).await;
    cache.set(4, 4);
    assert_eq!(gone.take(), [(2, Reason::Expired)], "though 1 was used longer ago");
    assert_eq!((cache.get(&1), cache.len()), (Some(1), 3));
    cache.set(5, 5);
    assert_eq!(gone.take(), [(3, Reason::Size)]);
}

#[tokio::test(start_paused = true)]
async fn the_expired_leave_before_the_live_when_the_bound_is_lowered() {
    let cache: Cache<u64, u64> = Cache::new(10);
    cache.set(1, 1);
    (2..6).for_each(|key| cache.set_with(key, key, Duration::from_secs(1)));
    advance(Duration::from_secs(1)).await;
    cache.set_maxsize(1);
    assert_eq!((cache.entries(), cache.get_metrics().evictions.size), (vec![(1, 1)], 0));
}

#[tokio::test(start_paused = true)]
async fn with_many_expired_no_live_one_leaves() {
    let cache: Cache<u64, u64> = Cache::new(100);
    (0..50).for_each(|key| cache.set(key, key));
    (50..100).for_each(|key| cache.set_with(key, key, Duration::from_secs(1)));
    advance(Duration::from_secs(1)).await;
    (100..150).for_each(|key| cache.set(key, key));
    let evictions = cache.get_metrics().evictions;
    assert_eq!((evictions.size, evictions.expired, cache.len()), (0, 50, 100));
}

/// Of two sizes: entries of a very large one lie in memory in another way.
#[test]
fn a_store_of_several_shards_never_holds_too_much_and_holds_nearly_all() {
    for maxsize in [100_000, 300_000] {
        let cache: Cache<u64, u64> = Cache::new(maxsize);
        let (all, bound) = (5 * maxsize as u64 / 2, maxsize as u64);
        for key in 0..all {
            cache.set(key, !key);
            if key % 1000 == 0 {
                assert!(cache.len() <= maxsize);
            }
        }
        assert!(cache.len() <= maxsize);
        assert!(cache.len() > maxsize / 100 * 99, "{} entries", cache.len());
        // Each shard is exact over its own keys: of the newest half none is missing.
        assert!((2 * bound..all).all(|key| cache.get(&key) == Some(!key)));
        assert!((0..bound).all(|key| !cache.contains_key(&key)));
        let evictions = cache.get_metrics().evictions.size;
        assert_eq!(evictions + cache.len() as u64, all);
    }
}

#[test]
fn a_bound_goes_from_one_way_to_lie_in_memory_to_another() {
    let cache: Cache<u64, u64> = Cache::new(300_000);
    for maxsize in [300_000, 20_000, 100, 300_000, 100, 20_000] {
        cache.set_maxsize(Some(maxsize));
        (0..50_000).for_each(|key| cache.set(key, !key));
        let held = (0..50_000).filter(|key| cache.get(key) == Some(!key)).count();
        assert_eq!(held, cache.len(), "{maxsize}");
        assert!(held > maxsize.min(50_000) / 100 * 95 && held <= maxsize, "{held} of {maxsize}");
        (0..50_000).step_by(2).for_each(|key| _ = cache.remove(&key));
        assert!((0..50_000).step_by(2).all(|key| !cache.contains_key(&key)));
    }
}

#[test]
fn a_hot_key_survives_a_scan() {
    for maxsize in [64, 5000] {
        let cache: Cache<u64, u64> = Cache::new(maxsize);
        cache.set(u64::MAX, 7);
        for key in 0..20_000 {
            cache.set(key, key);
            assert_eq!(cache.get(&u64::MAX), Some(7));
        }
    }
}

/// Whoever looks, at any time, from any thread.
#[test]
fn the_bound_holds_at_all_times() {
    for maxsize in [7, 3000] {
        let cache: Cache<u64, u64> = Cache::new(maxsize);
        let done = Arc::new(AtomicBool::new(false));
        let watcher = std::thread::spawn({
            let (cache, done) = (cache.clone(), done.clone());
            move || {
                let mut most = 0;
                while !done.load(SeqCst) {
                    most = most.max(cache.len());
                }
                most
            }
        });
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let cache = &cache;
                scope.spawn(move || (0..5000).for_each(|n| cache.set(writer * 5000 + n, n)));
            }
        });
        done.store(true, SeqCst);
        assert!(watcher.join().unwrap() <= maxsize);
        assert!(cache.len() <= maxsize && cache.entries().len() <= maxsize);
    }
}

#[tokio::test]
async fn a_hit_is_counted_once() {
    #[async_lru]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    let cache: Cache<u64, u64> = Cache::new(10);
    cache.set(1, 1);
    double(1).await;
    for calls in 1..=10 {
        cache.get(&1);
        double(1).await;
        assert_eq!((cache.get_metrics().hits, double.get_metrics().hits), (calls, calls));
    }
    double(1).traced().await;
    double(1).blocking();
    cache.get_with(1, async { 2 }).await;
    assert_eq!((cache.get_metrics().hits, double.get_metrics().hits), (11, 12));
    assert_eq!((cache.get_metrics().misses, double.get_metrics().misses), (0, 1));
}

/// The count of a thread's uses begins anew some day, be it at an entry that another thread has used as well.
#[test]
fn the_order_outlasts_the_count_of_uses() {
    const USES: u64 = 1 << 19;
    for shift in 0..4 {
        let cache: Cache<&str, u64> = Cache::new(3);
        for (key, value) in [("shared", 0), ("old", 1), ("new", 2)] {
            cache.set(key, value);
        }
        cache.get("shared");
        std::thread::scope(|scope| scope.spawn(|| cache.get("shared")).join().unwrap());
        for _ in 0..USES - 5 + shift {
            cache.get("old");
        }
        cache.get("shared");
        cache.get("new");
        cache.get("new");
        cache.set("c", 3);
        cache.set("d", 4);
        assert_eq!((cache.peek("old"), cache.peek("new")), (None, Some(2)), "shift {shift}");
    }
}

#[test]
fn a_bound_that_comes_later_is_a_bound_for_every_key() {
    let cache: Cache<u64, u64> = Cache::builder().build();
    cache.set_maxsize(1);
    for key in 0..100 {
        cache.set(key, key);
        assert_eq!((cache.peek(&key), cache.len()), (Some(key), 1));
    }
}

/// Of two bounds set at the same time one is the bound, in all of the cache.
#[test]
fn two_threads_set_the_bound() {
    let cache: Cache<u64, u64> = Cache::new(10);
    for _ in 0..2000 {
        std::thread::scope(|scope| {
            scope.spawn(|| cache.set_maxsize(3000));
            scope.spawn(|| cache.set_maxsize(3));
        });
        let bound = cache.maxsize().unwrap();
        (0..10).for_each(|n| cache.set(n, n));
        assert_eq!(cache.len(), bound.min(10));
    }
}

/// What was written while the cache had no bound yet can be evicted like everything else.
#[test]
fn the_first_bound_is_set_while_others_write() {
    for _ in 0..2000 {
        let cache: Cache<u64, u64> = Cache::builder().build();
        let start = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                (0..8).for_each(|n| cache.set(n, n));
            });
            scope.spawn(|| {
                start.wait();
                cache.set_maxsize(4);
            });
        });
        (100..104).for_each(|n| cache.set(n, n));
        let stay: Vec<_> = (0..8).filter(|n| cache.contains_key(n)).collect();
        assert!(stay.is_empty() && cache.len() == 4, "never evicted: {stay:?}");
    }
}

/// A change of the bound that ends in a panic leaves the bound that there was, and the next one is not taken for done.
#[test]
fn a_bound_is_none_before_its_change_has_come_to_its_end() {
    static CACHE: OnceLock<Cache<u64, Setter>> = OnceLock::new();
    /// Sets the bound of the cache that it is in when it is cloned there, which is not allowed.
    struct Setter;
    impl Clone for Setter {
        fn clone(&self) -> Self {
            CACHE.get().expect("it is in there").set_maxsize(5000);
            Self
        }
    }

    let cache = CACHE.get_or_init(|| Cache::builder().unbounded().build());
    cache.set(1, Setter);
    assert!(panics(|| cache.get(&1).is_some()));
    assert_eq!((cache.maxsize(), cache.len()), (None, 1));
    cache.set_maxsize(5000);
    (0..9000).for_each(|n| cache.set(n, Setter));
    assert_eq!(cache.maxsize(), Some(5000));
    assert!(cache.len() <= 5000, "{} entries", cache.len());
}
