//! A load that began before a change never stores its result over it.

use futures_util::{FutureExt, poll};
use larder::prelude::*;
use larder_tests::Counter;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::Semaphore;

/// A source of truth whose first reader is held up between reading and returning.
struct Source {
    value: AtomicU64,
    reads: Counter,
    gate: Semaphore,
}

impl Source {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            value: AtomicU64::new(0),
            reads: Counter::default(),
            gate: Semaphore::new(0),
        })
    }

    async fn read(&self) -> u64 {
        let value = self.value.load(SeqCst);
        if self.reads.count() == 1 {
            self.gate.acquire().await.expect("open").forget();
        }
        value
    }
}

/// A change of the cache under test, made while a load is held up.
type Change = fn(&Cache<u64, u64>);

/// Begins a load that reads 0, makes 1 the truth, changes the cache, lets the load end. Returns what is stored then.
async fn load_around(cache: &Cache<u64, u64>, change: Change) -> Option<u64> {
    let source = Source::new();
    let mut first = pin!(cache.get_with(7, source.read()));
    let mut waiter = pin!(cache.get_with(7, source.read()));
    assert!(poll!(&mut first).is_pending());
    assert!(poll!(&mut waiter).is_pending());
    source.value.store(1, SeqCst);
    change(cache);
    source.gate.add_permits(1);
    assert_eq!(first.await, 0, "who waited gets what he waited for");
    assert_eq!(waiter.await, 0);
    cache.peek(&7)
}

#[tokio::test]
async fn every_change_is_a_fence() {
    let cache = || Cache::<u64, u64>::new(10);
    let changes: [(&str, Change, Option<u64>); 12] = [
        ("nothing", |_| {}, Some(0)),
        ("another key", |cache| cache.set(8, 8), Some(0)),
        ("remove", |cache| assert!(!cache.remove(&7)), None),
        ("remove_many", |cache| assert_eq!(cache.remove_many(&[7]), 0), None),
        ("clear", |cache| cache.clear(), None),
        ("set", |cache| cache.set(7, 5), Some(5)),
        ("set with no lifetime", |cache| cache.set_with(7, 5, Duration::ZERO), None),
        ("touch with no lifetime", |cache| _ = cache.touch(&7, Duration::ZERO), None),
        ("set_many", |cache| cache.set_many([(7, 5)]), Some(5)),
        ("get_or_insert", |cache| assert_eq!(cache.get_or_insert(7, 5), 5), Some(5)),
        ("update", |cache| assert_eq!(cache.update(7, |_| Some(5)), Some(5)), Some(5)),
        (
            "set, then remove",
            |cache| {
                cache.set(7, 5);
                cache.remove(&7);
            },
            None,
        ),
    ];
    for (name, change, stored) in changes {
        assert_eq!(load_around(&cache(), change).await, stored, "{name}");
    }
}

#[async_lru(skip(source))]
async fn owned(source: Arc<Source>, id: u64) -> u64 {
    source.read().await + id
}

#[async_lru(skip(source))]
async fn borrowed(source: &Source, id: u64) -> u64 {
    source.read().await + id
}

/// The same by the methods of a call and of a function, for a body that belongs to its flight and for one
/// that does not.
#[tokio::test]
async fn calls_and_functions_fence() {
    let _alone = larder::testing::isolate();
    for way in 0..4 {
        let (a, b) = (Source::new(), Source::new());
        let id = 10 * way;
        let (mut first, mut second) = (pin!(owned(a.clone(), id)), pin!(borrowed(&b, id)));
        assert!(poll!(&mut first).is_pending());
        assert!(poll!(&mut second).is_pending());
        a.value.store(1, SeqCst);
        b.value.store(1, SeqCst);
        let stored = match way {
            0 => {
                assert!(!owned(a.clone(), id).invalidate().await);
                assert!(!borrowed(&b, id).invalidate().await);
                None
            }
            1 => {
                owned(a.clone(), id).prime(5).await;
                borrowed(&b, id).prime(5).await;
                Some(5)
            }
            2 => {
                owned.clear().await;
                borrowed.clear().await;
                None
            }
            _ => {
                // A call that comes after an invalidation begins a load of its own.
                owned(a.clone(), id).invalidate().await;
                borrowed(&b, id).invalidate().await;
                assert_eq!(owned(a.clone(), id).await, id + 1);
                assert_eq!(borrowed(&b, id).await, id + 1);
                Some(id + 1)
            }
        };
        a.gate.add_permits(1);
        b.gate.add_permits(1);
        assert_eq!((first.await, second.await), (id, id));
        assert_eq!(owned(a.clone(), id).peek(), stored, "way {way}");
        assert_eq!(borrowed(&b, id).peek(), stored, "way {way}");
    }
}

/// A forced refresh does not join a load that began earlier, and what that one brings is not stored over it.
#[tokio::test]
async fn a_refresh_is_fresh() {
    let _alone = larder::testing::isolate();
    let source = Source::new();
    let mut old = pin!(owned(source.clone(), 100));
    assert!(poll!(&mut old).is_pending());
    source.value.store(1, SeqCst);
    assert_eq!(owned(source.clone(), 100).use_cache(false).await, 101);
    source.gate.add_permits(1);
    assert_eq!(old.await, 100);
    assert_eq!(owned(source.clone(), 100).peek(), Some(101));
}

/// Callers who may use the cache join a refresh when there is nothing else, and it is no miss of theirs.
#[tokio::test]
async fn a_refresh_can_be_joined() {
    let cache: Cache<u64, u64> = Cache::new(10);
    let source = Source::new();
    let mut refresh = pin!(cache.get_with(1, source.read()).use_cache(false));
    assert!(poll!(&mut refresh).is_pending());
    let mut other = pin!(cache.get_with(1, async { unreachable!("joins") }));
    assert!(poll!(&mut other).is_pending());
    source.gate.add_permits(1);
    assert_eq!((refresh.await, other.await), (0, 0));
    let metrics = cache.get_metrics();
    assert_eq!((metrics.refreshes, metrics.coalesced, metrics.misses), (1, 1, 0));
}

/// A refresh that fails leaves the good old value where it is, and so does one that is dropped.
#[tokio::test]
async fn a_failed_refresh_loses_nothing() {
    let cache: Cache<u64, u64> = Cache::new(10);
    cache.set(1, 10);
    let refresh = |result: Result<u64, &'static str>| {
        cache.try_get_with(1, async move { result }).use_cache(false)
    };
    assert_eq!(refresh(Err("down")).await, Err("down"));
    assert_eq!(cache.get(&1), Some(10));

    let source = Source::new();
    let mut dropped = Box::pin(cache.get_with(1, source.read()).use_cache(false));
    assert!(poll!(&mut dropped).is_pending());
    assert_eq!(cache.get_with(1, async { 99 }).await, 10, "a hit meanwhile");
    drop(dropped);
    assert_eq!(cache.get(&1), Some(10));

    assert_eq!(refresh(Ok(11)).await, Ok(11));
    assert_eq!(cache.get(&1), Some(11));
}

/// An old load neither removes nor replaces nor times the newer entry: flights are compared, not keys.
#[tokio::test(start_paused = true)]
async fn an_old_load_does_not_touch_a_newer_entry() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(Duration::from_secs(10)).build();
    let source = Source::new();
    let mut old = Box::pin(cache.get_with(1, source.read()).ttl(Duration::from_secs(1)));
    assert!(poll!(&mut old).is_pending());
    cache.set(1, 5);
    let newer = Source::new();
    cache.remove(&1);
    let mut second = pin!(cache.get_with(1, newer.read()));
    assert!(poll!(&mut second).is_pending());
    source.gate.add_permits(1);
    assert_eq!(old.await, 0);
    // The second flight is still on the board: a third caller joins it.
    let mut third = pin!(cache.get_with(1, async { unreachable!("joins the second") }));
    assert!(poll!(&mut third).is_pending());
    newer.value.store(2, SeqCst);
    newer.gate.add_permits(1);
    assert_eq!((second.await, third.await), (0, 0));
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(cache.peek(&1), Some(0), "with the newer one's lifetime");
}

/// Loads and invalidations race on many threads: after the last invalidation nothing older than it is stored.
#[test]
fn readers_and_invalidations_race() {
    larder_tests::watchdog(async {
        let cache: Cache<u64, u64> = Cache::new(10);
        let truth = Arc::new(AtomicU64::new(0));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (cache, truth) = (cache.clone(), truth.clone());
                tokio::spawn(async move {
                    let mut last = 0;
                    while last < 2000 {
                        // A hit is ready at once and would never let go of this thread.
                        tokio::task::yield_now().await;
                        let begun = truth.load(SeqCst);
                        last = cache
                            .get_with(1, async {
                                let value = truth.load(SeqCst);
                                tokio::task::yield_now().await;
                                value
                            })
                            .await;
                        assert!(last + 1 >= begun, "read {last} when the truth was {begun}");
                    }
                })
            })
            .collect();
        for value in 1..=2000 {
            truth.store(value, SeqCst);
            // From here on nobody may be told less than `value`.
            cache.remove(&1);
            tokio::task::yield_now().await;
        }
        for reader in readers {
            reader.await.unwrap();
        }
    });
}

/// A touch with a lifetime of zero removes, and a removal keeps what is under way from being stored.
#[tokio::test]
async fn a_touch_that_removes_is_a_fence() {
    let cache: Cache<u64, u64> = Cache::new(10);
    cache.set(1, 1);
    let source = Source::new();
    let mut refresh = pin!(cache.get_with(1, source.read()).use_cache(false));
    assert!(poll!(&mut refresh).is_pending());
    assert!(cache.touch(&1, Duration::ZERO));
    source.gate.add_permits(1);
    assert_eq!(refresh.await, 0);
    assert_eq!(cache.peek(&1), None);
}

/// A removal that finds another entry than it was for, or none, removes nothing: nobody who loads meanwhile is fenced off.
#[tokio::test]
async fn a_removal_that_comes_too_late_is_no_fence() {
    /// Calls what it is given between its look at the entry and the removal.
    type Removal = fn(&Cache<u64, u64>, &mut dyn FnMut());
    let removals: [(&str, Removal); 2] = [
        ("remove_if", |cache, meanwhile| {
            let removed = cache.remove_if(|_, _| {
                meanwhile();
                true
            });
            assert_eq!(removed, 0);
        }),
        ("update", |cache, meanwhile| {
            let left = cache.update(7, |old| {
                // The second time there is nothing.
                if old.is_some() {
                    meanwhile();
                }
                None
            });
            assert_eq!(left, None);
        }),
    ];
    for (name, removal) in removals {
        let cache = Cache::new(10);
        cache.set(7, 1);
        let source = Source::new();
        let mut load = pin!(cache.get_with(7, source.read()));
        removal(&cache, &mut || {
            assert!(cache.remove(&7));
            assert_eq!(load.as_mut().now_or_never(), None);
        });
        source.gate.add_permits(1);
        assert_eq!((load.await, cache.peek(&7)), (0, Some(0)), "{name}");
    }
}

/// What is made by somebody who was too late is not the value, also where values have no lifetime.
#[test]
fn an_insert_without_a_lifetime_comes_too_late() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(Duration::ZERO).build();
    let made = cache.get_or_insert_with(1, || {
        cache.set_with(1, 10, Ttl::Never);
        20
    });
    assert_eq!((made, cache.get(&1)), (10, Some(10)));
}

/// An update runs again when somebody wrote meanwhile, also where what it brings has no lifetime and removes.
#[test]
fn an_update_without_a_lifetime_comes_too_late() {
    let cache: Cache<u64, u64> = Cache::builder().ttl(Duration::ZERO).build();
    cache.set_with(1, 1, Ttl::Never);
    let mut seen = Vec::new();
    cache.update(1, |old| {
        if seen.is_empty() {
            cache.set_with(1, 5, Ttl::Never);
        }
        seen.push(old);
        Some(old.unwrap_or(0) + 1)
    });
    assert_eq!(seen, [Some(1), Some(5)]);
    assert_eq!(cache.peek(&1), None);
}

/// A load is found wherever its key belongs when the store is divided anew: it is still one load, it is fenced off, and
/// it is stored.
#[tokio::test]
async fn a_load_while_the_store_is_divided_anew() {
    for (before, after) in [(10, 5000), (5000, 10)] {
        for key in 0..20_u64 {
            let cache: Cache<u64, u64> = Cache::builder().maxsize(before).build();
            let gate = Semaphore::new(0);
            let load = |value| {
                let gate = &gate;
                async move {
                    gate.acquire().await.expect("open").forget();
                    value
                }
            };
            let mut first = pin!(cache.get_with(key, load(1)));
            assert!(poll!(&mut first).is_pending());
            cache.set_maxsize(after);
            let mut second = pin!(cache.get_with(key, load(2)));
            assert!(poll!(&mut second).is_pending());
            gate.add_permits(2);
            assert_eq!((first.await, second.await, cache.peek(&key)), (1, 1, Some(1)));

            let gate = Semaphore::new(0);
            let stale = async {
                gate.acquire().await.expect("open").forget();
                3
            };
            let mut refresh = pin!(cache.get_with(key, stale).use_cache(false));
            assert!(poll!(&mut refresh).is_pending());
            cache.set_maxsize(before);
            cache.remove(&key);
            gate.add_permits(1);
            assert_eq!((refresh.await, cache.peek(&key)), (3, None), "a stale value was stored");
        }
    }
}
