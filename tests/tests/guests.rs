//! Threads beyond those that have a place of their own in a cache. Alone in a program: who is one depends on the others.

use larder::prelude::*;
use larder_tests::{panics, watchdog};
use std::sync::{Barrier, OnceLock};

/// More threads than can have one.
const THREADS: usize = 60;

/// Runs `test` on a thread that is a guest everywhere.
fn as_guest(test: impl FnOnce() + Send) {
    let (all, over) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    let cache: Cache<u64, u64> = Cache::new(1);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                cache.get(&1);
                all.wait();
                over.wait();
            });
        }
        all.wait();
        let outcome = scope.spawn(test).join();
        over.wait();
        outcome.unwrap();
    });
}

/// As on every other thread: it would wait for itself.
#[test]
fn a_clone_that_sets_the_bound_of_its_own_cache_panics() {
    static ITS_OWN: OnceLock<Cache<u64, Setter>> = OnceLock::new();
    static ANOTHER: OnceLock<Cache<u64, u64>> = OnceLock::new();
    struct Setter;
    impl Clone for Setter {
        fn clone(&self) -> Self {
            let another = ANOTHER.get().expect("it is there");
            another.set_maxsize(5000);
            assert_eq!((another.maxsize(), another.get(&1)), (Some(5000), Some(1)));
            ITS_OWN.get().expect("it is in there").set_maxsize(5000);
            Self
        }
    }

    watchdog(async {
        as_guest(|| {
            let cache = ITS_OWN.get_or_init(|| Cache::new(10));
            ANOTHER.get_or_init(|| Cache::new(10)).set(1, 1);
            cache.set(1, Setter);
            assert!(panics(|| cache.get(&1).is_some()));
            assert_eq!(ANOTHER.get().unwrap().maxsize(), Some(5000));
            assert_eq!((cache.maxsize(), cache.len()), (Some(10), 1));
            // It reads no more.
            cache.set_maxsize(5000);
            assert_eq!((cache.maxsize(), cache.len()), (Some(5000), 1));
        });
    });
}
