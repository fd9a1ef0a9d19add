//! Keys and values whose own code calls the cache that they are in. It may be asked from anywhere but `Eq`, and the `Clone`
//! for hooks that hear of departures, and never hangs.

use larder::prelude::*;
use larder_tests::watchdog;
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Barrier, LazyLock};
use tokio::sync::Semaphore;

thread_local!(static INSIDE: Cell<bool> = const { Cell::new(false) });

/// Calls `cache` in every way, but not again from there.
fn call<const DROP: bool, const HASH: bool>(cache: &Cache<Caller<DROP, HASH>, Caller<DROP, HASH>>) {
    if INSIDE.replace(true) {
        return;
    }
    for n in [1, 7, 100, 101] {
        cache.get(&Caller(n));
        cache.set(Caller(n), Caller(n));
        cache.touch(&Caller(n), Ttl::Never);
        cache.update(Caller(n), |old| old);
        cache.get_or_insert(Caller(n + 1), Caller(n));
        cache.get_with(Caller(n), async { Caller(0) }).prime(Caller(n)).blocking();
        cache.remove(&Caller(n));
        let _ = (cache.len(), cache.entries(), cache.get_metrics());
    }
    INSIDE.set(false);
}

/// Calls its cache when it is dropped, or hashed.
#[derive(Clone, PartialEq, Eq)]
struct Caller<const DROP: bool, const HASH: bool>(u64);

static OF_DROPS: LazyLock<Cache<Caller<true, false>, Caller<true, false>>> =
    LazyLock::new(|| Cache::new(4));
static OF_HASHES: LazyLock<Cache<Caller<false, true>, Caller<false, true>>> =
    LazyLock::new(|| Cache::new(4));

impl<const DROP: bool, const HASH: bool> Drop for Caller<DROP, HASH> {
    fn drop(&mut self) {
        if DROP {
            call(&OF_DROPS);
        }
    }
}

impl<const DROP: bool, const HASH: bool> Hash for Caller<DROP, HASH> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if HASH {
            call(&OF_HASHES);
        }
        self.0.hash(state);
    }
}

/// Uses the cache in every way, from several threads, with loads under way.
fn use_from_all_sides<const DROP: bool, const HASH: bool>(
    cache: &'static Cache<Caller<DROP, HASH>, Caller<DROP, HASH>>,
) {
    watchdog(async move {
        let gate: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
        let loads: Vec<_> = (5000..5064)
            .map(|n| {
                tokio::spawn(async move {
                    let load = async move {
                        gate.acquire().await.unwrap().forget();
                        Caller(n)
                    };
                    cache.get_with(Caller(n), load).await.0
                })
            })
            .collect();
        let users: Vec<_> = (0..4)
            .map(|user| {
                tokio::task::spawn_blocking(move || {
                    for n in (0..50).map(|n| n * user % 17) {
                        cache.set(Caller(n), Caller(n));
                        cache.get(&Caller(n));
                        cache.set(Caller(n), Caller(n + 1));
                        cache.update(Caller(n), |_| Some(Caller(n)));
                        cache.update(Caller(n), |_| None);
                        cache.remove(&Caller(n));
                        cache.get_or_insert(Caller(n), Caller(n));
                        cache.remove_if(|key, _| key.0 == n);
                        cache.get_with(Caller(n + 1000), async { Caller(n) }).blocking();
                        cache.set_maxsize(2);
                        cache.set_maxsize(4);
                        if n == 3 {
                            cache.clear();
                        }
                    }
                })
            })
            .collect();
        for user in users {
            user.await.unwrap();
        }
        gate.add_permits(64);
        for (n, load) in (5000..).zip(loads) {
            assert_eq!(load.await.unwrap(), n);
        }
        assert!(cache.len() <= 4);
    });
}

#[test]
fn from_a_drop() {
    use_from_all_sides(&OF_DROPS);
}

#[test]
fn from_a_hash() {
    use_from_all_sides(&OF_HASHES);
}

/// What a reader keeps from being dropped is dropped when the bound changes. Its cache may be called from there as well.
#[test]
fn from_a_drop_when_the_store_is_divided_anew() {
    static CACHE: LazyLock<Cache<u64, Late>> = LazyLock::new(|| Cache::new(10));
    static READ: AtomicBool = AtomicBool::new(false);
    static READER: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));
    static ARMED: AtomicBool = AtomicBool::new(false);
    struct Late;
    impl Clone for Late {
        fn clone(&self) -> Self {
            if READ.swap(false, SeqCst) {
                READER.wait();
                READER.wait();
            }
            Self
        }
    }
    impl Drop for Late {
        fn drop(&mut self) {
            if ARMED.swap(false, SeqCst) {
                assert_eq!(CACHE.len(), 1);
            }
        }
    }

    watchdog(async {
        CACHE.set(1, Late);
        READ.store(true, SeqCst);
        let reader = std::thread::spawn(|| drop(CACHE.get(&1)));
        READER.wait();
        CACHE.set(1, Late);
        READER.wait();
        reader.join().unwrap();
        ARMED.store(true, SeqCst);
        CACHE.set_maxsize(5000);
        assert!(!ARMED.load(SeqCst), "it was dropped");
        assert!(CACHE.contains_key(&1) && CACHE.get(&2).is_none());
    });
}

/// Those who hear of what is stored, and of nothing else, have it cloned outside the locks.
#[test]
fn from_a_clone_for_those_who_hear_of_inserts() {
    static CACHE: LazyLock<Cache<u64, Asker>> = LazyLock::new(|| Cache::new(10));
    static HEARD: AtomicBool = AtomicBool::new(false);
    struct Asker;
    impl Clone for Asker {
        fn clone(&self) -> Self {
            let _ = CACHE.len();
            Self
        }
    }

    watchdog(async {
        CACHE.on_insert(|_, _| HEARD.store(true, SeqCst));
        CACHE.get_with(1, async { Asker }).await;
        assert!(HEARD.swap(false, SeqCst) && CACHE.contains_key(&1));
        CACHE.set(2, Asker);
        assert!(HEARD.load(SeqCst) && CACHE.len() == 2);
    });
}

/// The `Clone` of one of them looks for others until it misses one.
struct Seeker(u64);

static OF_SEEKERS: LazyLock<Cache<u64, Seeker>> = LazyLock::new(|| Cache::new(2000));
static SEEKS: AtomicBool = AtomicBool::new(false);

impl Clone for Seeker {
    fn clone(&self) -> Self {
        if self.0 == 0 {
            SEEKS.store(true, SeqCst);
            while (1..100).all(|n| OF_SEEKERS.get(&n).is_some()) {}
        }
        Self(self.0)
    }
}

#[test]
fn a_clone_may_read_while_entries_are_moved() {
    watchdog(async {
        // Fewer than there is room for: each region has its share.
        (0..1500).for_each(|n| OF_SEEKERS.set(n, Seeker(n)));
        let seeker = tokio::task::spawn_blocking(|| OF_SEEKERS.get(&0));
        while !SEEKS.load(SeqCst) {
            tokio::task::yield_now().await;
        }
        // Waits for who reads, and he does not wait for this.
        OF_SEEKERS.set_maxsize(10);
        assert!(seeker.await.unwrap().is_some());
        assert_eq!(OF_SEEKERS.len(), 10);
    });
}
