//! The guard that gives one test all caches for itself.

use larder::prelude::*;
use larder::testing::isolate;
use larder_tests::Counter;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

#[async_lru]
async fn double(n: u64) -> u64 {
    2 * n
}

#[async_lru]
async fn width<T>(n: u64) -> u64 {
    n + size_of::<T>() as u64
}

static ALONE: AtomicBool = AtomicBool::new(false);

/// What every test below does: begins with nothing, leaves something.
fn begin_with_nothing() {
    let _isolation = isolate();
    assert!(!ALONE.swap(true, SeqCst), "two tests at once");
    let metrics = double.get_metrics();
    assert_eq!(
        (metrics.misses, metrics.hits, metrics.evictions.cleared, metrics.entries),
        (0, 0, 0, 0)
    );
    assert!(width::<u8>.cache().is_empty() && width::<u16>.cache().is_empty());
    assert_eq!((double(1).blocking(), double(1).blocking()), (2, 2));
    width::<u8>(1).blocking();
    width::<u16>(1).blocking();
    let metrics = double.get_metrics();
    assert_eq!((metrics.misses, metrics.hits, metrics.entries), (1, 1, 1));
    ALONE.store(false, SeqCst);
}

#[test]
fn one() {
    begin_with_nothing();
}

#[test]
fn another() {
    begin_with_nothing();
}

#[test]
fn many_at_once() {
    let (start, done) = (Barrier::new(8), Counter::default());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                begin_with_nothing();
                done.count();
            });
        }
    });
    assert_eq!(done.get(), 8);
    let _isolation = isolate();
    assert!(double.cache().is_empty());
}

#[test]
fn a_test_that_fails_lets_the_others_in() {
    let failed = std::thread::spawn(|| {
        let _isolation = isolate();
        double(7).blocking();
        panic!("fails");
    });
    assert!(failed.join().is_err());
    begin_with_nothing();
}
