//! Single flight, from a lookup to the last waker, and what happens to entries meanwhile, through the public API.

use super::Depth::{self, Stops};
use super::{Ledger, Sealed, block_on, explore, join, spawn};
use crate::sync::Mutex;
use crate::{Cache, Policy};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

pub(super) fn cache(maxsize: usize) -> Cache<u64, Sealed> {
    Cache::builder().maxsize(maxsize).concurrency(1).build()
}

/// Is not ready when it is polled first, and wants to be polled again.
pub(super) struct Pause(bool);

pub(super) fn pause() -> Pause {
    Pause(false)
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Whether it panicked. No message: there would be thousands.
pub(super) fn panics<T>(run: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

pub(super) fn silent_panic() -> ! {
    resume_unwind(Box::new("a panic of the model's"))
}

/// Several callers of one key: one body, and everybody has its value.
fn one_body(callers: usize, slow: bool) {
    let (cache, ledger, bodies) = (cache(2), Ledger::default(), Arc::new(AtomicUsize::new(0)));
    let callers = (0..callers).map(|number| {
        let (cache, ledger, bodies) = (cache.clone(), ledger.clone(), bodies.clone());
        spawn(number, move || {
            let load = async {
                if slow {
                    pause().await;
                }
                ledger.seal(10 + bodies.fetch_add(1, SeqCst) as u64)
            };
            let value = block_on(cache.get_with(1, load)).number();
            // Whoever has the value finds it from then on: it is stored before anybody is told of it.
            assert_eq!(cache.peek(&1).map(|value| value.number()), Some(value));
            value
        })
    });
    let callers: Vec<_> = callers.collect();
    assert!(join(callers).into_iter().all(|value| value == 10));
    assert_eq!(bodies.load(SeqCst), 1);
    assert_eq!(cache.peek(&1).map(|value| value.number()), Some(10));
    drop(cache);
    assert!(ledger.is_even());
}

#[test]
fn two_callers_of_a_ready_body() {
    explore("two callers of a ready body", Depth::Whole, 50, || one_body(2, false));
}

#[test]
fn two_callers_of_a_slow_body() {
    explore("two callers of a slow body", Stops(4), 50, || one_body(2, true));
}

#[test]
fn three_callers() {
    explore("three callers of a ready body", Stops(3), 50, || one_body(3, false));
}

#[test]
fn three_callers_of_a_slow_body() {
    explore("three callers of a slow body", Stops(2), 50, || one_body(3, true));
}

/// The body of one caller panics. The other has a value, from a body of its own.
fn leader_panics(slow: bool) {
    let (cache, ledger) = (cache(2), Ledger::default());
    let (doomed, other) = (cache.clone(), cache.clone());
    let seals = ledger.clone();
    let doomed = spawn(0, move || {
        let load = async {
            if slow {
                pause().await;
            }
            silent_panic()
        };
        panics(|| block_on(doomed.get_with(1, load)).number())
    });
    let other = spawn(1, move || {
        let load = async {
            if slow {
                pause().await;
            }
            seals.seal(5)
        };
        block_on(other.get_with(1, load)).number()
    });
    assert_eq!(join([other]), [5]);
    join([doomed]);
    assert_eq!(cache.peek(&1).map(|value| value.number()), Some(5));
    drop(cache);
    assert!(ledger.is_even());
}

#[test]
fn a_ready_leader_panics() {
    explore("a leader panics at once", Depth::Whole, 50, || leader_panics(false));
}

#[test]
fn a_slow_leader_panics() {
    explore("a leader panics later", Stops(3), 50, || leader_panics(true));
}

/// One caller is polled once and dropped, whether it leads or waits. The other is served.
#[test]
fn a_caller_leaves() {
    explore("a caller leaves", Stops(3), 50, || {
        let (cache, ledger) = (cache(2), Ledger::default());
        let (leaves, stays) = (cache.clone(), cache.clone());
        let seals = [ledger.clone(), ledger.clone()];
        let [first, second] = seals;
        let leaves = spawn(0, move || {
            let call = leaves.get_with(1, async {
                pause().await;
                first.seal(6)
            });
            let mut call = pin!(call);
            let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(value) = polled {
                // The other's, or his own: he polls once more at once when somebody has come aboard meanwhile.
                assert!([6, 7].contains(&value.number()));
            }
        });
        let stays = spawn(1, move || {
            let load = async {
                pause().await;
                second.seal(7)
            };
            block_on(stays.get_with(1, load)).number()
        });
        assert!([6, 7].contains(&join([stays])[0]));
        join([leaves]);
        drop(cache);
        assert!(ledger.is_even());
    });
}

/// What ends a load may panic outside its body. Then its claim is given back by its owner's `Drop`.
#[test]
fn a_weigher_panics() {
    explore("a weigher panics", Stops(3), 20, || {
        let ledger = Ledger::default();
        let asked = AtomicUsize::new(0);
        let cache: Cache<u64, Sealed> = Cache::builder()
            .max_bytes(10)
            .weigher(move |_, _| match asked.fetch_add(1, SeqCst) {
                0 => silent_panic(),
                _ => 1,
            })
            .build();
        let callers = [0, 1].map(|number| {
            let (cache, ledger) = (cache.clone(), ledger.clone());
            spawn(number, move || {
                let load = async { ledger.seal(8) };
                panics(|| block_on(cache.get_with(1, load)).number())
            })
        });
        let panicked = join(callers).into_iter().filter(|panicked| *panicked).count();
        assert_eq!(panicked, 1);
        assert_eq!(cache.peek(&1).map(|value| value.number()), Some(8));
        drop(cache);
        assert!(ledger.is_even());
    });
}

/// What was read before an invalidation is not found after it.
fn invalidation(slow: bool, refresh: bool) {
    let (cache, ledger, source) = (cache(2), Ledger::default(), Arc::new(Mutex::new(1)));
    let loads = {
        let (cache, ledger, source) = (cache.clone(), ledger.clone(), source.clone());
        spawn(0, move || {
            let load = async {
                let read = *source.lock();
                if slow {
                    pause().await;
                }
                ledger.seal(read)
            };
            block_on(cache.get_with(1, load)).number();
        })
    };
    let changes = {
        let (cache, ledger) = (cache.clone(), ledger.clone());
        spawn(1, move || {
            *source.lock() = 2;
            if refresh {
                cache.set(1, ledger.seal(2));
            } else {
                cache.remove(&1);
            }
        })
    };
    join([loads, changes]);
    match cache.peek(&1) {
        None => assert!(!refresh),
        Some(value) => assert_eq!(value.number(), 2, "a stale value was stored"),
    }
    drop(cache);
    assert!(ledger.is_even());
}

#[test]
fn an_invalidation_during_a_ready_load() {
    explore("an invalidation during a ready load", Depth::Whole, 20, || invalidation(false, false));
}

#[test]
fn an_invalidation_during_a_slow_load() {
    explore("an invalidation during a slow load", Depth::Whole, 20, || invalidation(true, false));
}

#[test]
fn a_write_during_a_load() {
    explore("a write during a load", Depth::Whole, 20, || invalidation(true, true));
}

/// Two keys, room for one: everybody has his own value, and the bound holds.
fn eviction(threads: usize, policy: Policy) {
    let ledger = Ledger::default();
    let cache = Cache::builder().maxsize(1).policy(policy).concurrency(1).build();
    let threads = (0..threads).map(|number| {
        let (cache, ledger) = (cache.clone(), ledger.clone());
        spawn(number, move || {
            let key = number as u64 % 2;
            cache.set(key, ledger.seal(10 + key));
            let found = cache.get(&(1 - key)).map(|value| value.number());
            assert!(found.is_none_or(|value| value == 11 - key));
        })
    });
    let threads: Vec<_> = threads.collect();
    join(threads);
    assert_eq!(cache.entries().len(), 1);
    assert_eq!(cache.len(), 1);
    drop(cache);
    assert!(ledger.is_even());
}

#[test]
fn two_threads_and_room_for_one() {
    explore("two threads and room for one", Stops(3), 50, || eviction(2, Policy::Lru));
}

#[test]
fn three_threads_and_room_for_one() {
    explore("three threads and room for one", Stops(2), 50, || eviction(3, Policy::Sieve));
}

/// Two read-modify-writes of one key, of which none is lost.
#[test]
fn two_updates() {
    explore("two updates", Stops(3), 20, || {
        let (cache, ledger) = (cache(2), Ledger::default());
        let threads = [0, 1].map(|number| {
            let (cache, ledger) = (cache.clone(), ledger.clone());
            spawn(number, move || {
                let add = |old: Option<Sealed>| {
                    Some(ledger.seal(old.map_or(0, |value| value.number()) + 1))
                };
                drop(cache.update(1, add));
            })
        });
        join(threads);
        assert_eq!(cache.peek(&1).map(|value| value.number()), Some(2));
        drop(cache);
        assert!(ledger.is_even());
    });
}

/// An entry that nothing evicts is found, whatever the bound is meanwhile.
#[test]
fn a_hit_while_the_store_is_divided_anew() {
    explore("a hit while the store is divided anew", Stops(3), 20, || {
        let ledger = Ledger::default();
        let cache = Cache::builder().maxsize(2000).concurrency(2).build();
        (0..2).for_each(|key| cache.set(key, ledger.seal(key)));
        let reads = {
            let cache = cache.clone();
            spawn(0, move || {
                for key in 0..2 {
                    assert_eq!(cache.peek(&key).map(|value| value.number()), Some(key));
                }
            })
        };
        let resizes = {
            let cache = cache.clone();
            spawn(1, move || cache.set_maxsize(10))
        };
        join([reads, resizes]);
        drop(cache);
        assert!(ledger.is_even());
    });
}

/// Nobody finds an entry from its deadline on.
#[cfg(larder_model)]
#[test]
fn a_deadline_passes() {
    use crate::clock::by_hand;
    use std::time::Duration;

    explore("a deadline passes", Stops(3), 20, || {
        let (cache, ledger) = (cache(2), Ledger::default());
        let second = Duration::from_secs(1);
        cache.set_with(1, ledger.seal(1), second);
        let reads = {
            let cache = cache.clone();
            spawn(0, move || {
                let early = cache.get(&1).map(|value| value.number());
                let late = cache.get(&1).map(|value| value.number());
                assert!(early.is_none_or(|value| value == 1 || value == 2));
                assert!(late.is_none_or(|value| value == 1 || value == 2));
                assert!(early != Some(2) || late == Some(2), "the new one was there already");
                assert!(early.is_some() || late != Some(1), "an expired entry came back");
            })
        };
        let writes = {
            let (cache, ledger) = (cache.clone(), ledger.clone());
            spawn(1, move || {
                by_hand::pass(second);
                assert!(cache.get(&1).is_none(), "it is expired from its deadline on");
                let load = async { ledger.seal(2) };
                assert_eq!(block_on(cache.get_with(1, load)).number(), 2);
                assert_eq!(cache.len(), 1);
            })
        };
        join([reads, writes]);
        drop(cache);
        assert!(ledger.is_even());
    });
}

// ---- everything at once ----

/// A few steps by several threads, as chance will have it. What is found under a key belongs to it, always.
#[cfg(not(larder_model = "loom"))]
#[test]
fn a_mix_of_everything() {
    use super::random;
    use std::time::Duration;

    const POLICIES: [Policy; 6] =
        [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];

    fn step(cache: &Cache<u64, Sealed>, ledger: &Ledger) {
        let key = random(6);
        let fresh = || ledger.seal(key + 10 * (random(9) + 1));
        let check = |value: Sealed| assert_eq!(value.number() % 10, key, "another key's value");
        match random(12) {
            0 => cache.set(key, fresh()),
            1 => cache.set_with(key, fresh(), Duration::from_millis(random(3))),
            2 => _ = cache.remove(&key),
            3 => cache.clear(),
            4 => cache.set_maxsize(usize::try_from(random(4)).expect("a small one")),
            5 => cache.set_maxsize(None),
            6 => check(block_on(cache.get_with(key, async {
                pause().await;
                fresh()
            }))),
            7 => drop(cache.update(key, |old| {
                old.into_iter().for_each(check);
                Some(fresh())
            })),
            8 => {
                for (key, value) in cache.entries() {
                    assert_eq!(value.number() % 10, key);
                }
            }
            9 => {
                #[cfg(larder_model)]
                crate::clock::by_hand::pass(Duration::from_millis(1));
                assert!(cache.len() <= 6);
            }
            _ => cache.get(&key).into_iter().for_each(check),
        }
    }

    explore("a mix of everything", Depth::Whole, 1, || {
        let ledger = Ledger::default();
        let policy = POLICIES[usize::try_from(random(6)).expect("a small one")];
        let cache = Cache::builder().maxsize(3).policy(policy).concurrency(2).build();
        let threads = [0, 1, 2].map(|number| {
            let (cache, ledger) = (cache.clone(), ledger.clone());
            spawn(number, move || (0..6).for_each(|_| step(&cache, &ledger)))
        });
        join(threads);
        // On real threads time passes by itself.
        assert!(cache.entries().len() >= cache.len());
        drop(cache);
        assert!(ledger.is_even());
    });
}
