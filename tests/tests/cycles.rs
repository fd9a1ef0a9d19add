//! A call that waits for itself is found, and says so.

use futures_util::FutureExt;
use larder::prelude::*;
use larder_tests::watchdog;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Barrier;

/// What a future panics with.
async fn message<T>(future: impl Future<Output = T>) -> Option<String> {
    let panic = AssertUnwindSafe(future).catch_unwind().await.err()?;
    Some(panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

#[async_lru]
async fn itself(n: u64) -> u64 {
    itself(n).await + 1
}

#[async_lru(skip(unit))]
async fn itself_borrowing(unit: &(), n: u64) -> u64 {
    itself_borrowing(unit, n).await + 1
}

#[test]
fn a_body_calls_itself() {
    watchdog(async {
        let said = message(itself(1)).await.expect("panics");
        assert!(said.contains("a call waits for itself"), "{said}");
        assert!(said.contains("cycles::itself -> cycles::itself"), "{said}");
        assert!(message(itself_borrowing(&(), 1)).await.is_some());
        // Nothing is left behind: the same again, and another key as well.
        assert!(message(itself(1)).await.is_some());
        assert!(message(itself(2)).await.is_some());
        assert_eq!(itself.cache().len(), 0);
    });
}

#[async_lru]
async fn ping(n: u64) -> u64 {
    pong(n).await
}

#[async_lru]
async fn pong(n: u64) -> u64 {
    ping(n).await
}

#[test]
fn two_functions_call_each_other() {
    watchdog(async {
        let said = message(ping(1)).await.expect("panics");
        let ring = "cycles::ping -> cycles::pong -> cycles::ping -> cycles::pong";
        let (_, named) = said.split_once("itself: ").expect("names the ring");
        assert!(ring.contains(named.split('.').next().expect("a sentence")), "{said}");
    });
}

#[async_lru(skip(barrier))]
async fn left(barrier: Arc<Barrier>, n: u64) -> u64 {
    barrier.wait().await;
    right(barrier, n).await
}

#[async_lru(skip(barrier))]
async fn right(barrier: Arc<Barrier>, n: u64) -> u64 {
    barrier.wait().await;
    left(barrier, n).await
}

#[async_lru(skip(barrier))]
async fn left_borrowing(barrier: &Barrier, n: u64) -> u64 {
    barrier.wait().await;
    right_borrowing(barrier, n).await
}

#[async_lru(skip(barrier))]
async fn right_borrowing(barrier: &Barrier, n: u64) -> u64 {
    barrier.wait().await;
    left_borrowing(barrier, n).await
}

/// Each leads its own flight and then waits for the other's: a ring over two tasks.
#[test]
fn a_ring_over_two_tasks() {
    watchdog(async {
        for n in 0..200 {
            let barrier = Arc::new(Barrier::new(2));
            // Bodies that are started again after a panic meet at the barrier once more.
            let (a, b) = (barrier.clone(), barrier.clone());
            let one = tokio::spawn(async move { message(left(a, n)).await });
            let two = tokio::spawn(async move { message(right(b, n)).await });
            let helper = tokio::spawn({
                let barrier = barrier.clone();
                async move {
                    loop {
                        tokio::task::yield_now().await;
                        let waited = tokio::time::timeout(
                            std::time::Duration::from_millis(1),
                            barrier.wait(),
                        );
                        let _ = waited.await;
                    }
                }
            });
            let (one, two) = (one.await.unwrap(), two.await.unwrap());
            helper.abort();
            assert!(one.is_some() && two.is_some(), "a ring has no result");
            assert!(one.or(two).unwrap().contains("a call waits for itself"));
        }
        let barrier = Barrier::new(1);
        assert!(message(left_borrowing(&barrier, 0)).await.is_some());
    });
}

#[async_lru(unbounded)]
async fn fib(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => {
            let (a, b) = tokio::join!(fib(n - 1), fib(n - 2));
            a + b
        }
    }
}

/// Recursion that ends is no ring, even where it meets flights of its own at every step.
#[test]
fn recursion_that_ends_is_fine() {
    watchdog(async {
        assert_eq!(fib(80).await, 23_416_728_348_467_685);
        assert_eq!(fib.get_metrics().loads, 81, "one body per number");
        fib.clear().await;
        let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(fib(80))).collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 23_416_728_348_467_685);
        }
        assert_eq!(fib.get_metrics().loads, 162);
    });
}

/// A wait that was given up is no part of a ring any more.
#[tokio::test]
async fn a_wait_that_was_given_up_does_not_count() {
    let a: Cache<u64, u64> = Cache::new(10);
    let b: Cache<u64, u64> = Cache::new(10);
    let gate = tokio::sync::Semaphore::new(0);
    let slow_b = || {
        b.get_with(1, async {
            gate.acquire().await.expect("open").forget();
            // By now nobody inside `a` waits for us.
            a.get_with(1, async { unreachable!("joins") }).await + 1
        })
    };
    let mut outer_b = std::pin::pin!(slow_b());
    assert!(futures_util::poll!(&mut outer_b).is_pending());
    let mut outer_a = std::pin::pin!(a.get_with(1, async {
        let mut given_up = Box::pin(b.get_with(1, async { unreachable!("joins") }));
        assert!(futures_util::poll!(&mut given_up).is_pending());
        drop(given_up);
        gate.add_permits(1);
        tokio::task::yield_now().await;
        10
    }));
    let (a, b) = tokio::join!(&mut outer_a, &mut outer_b);
    assert_eq!((a, b), (10, 11));
}

/// A body that goes past the cache, or stores by hand, does not wait for anybody.
#[tokio::test]
async fn other_ways_to_itself_are_free() {
    #[async_lru]
    async fn counts(n: u64) -> u64 {
        assert_eq!(counts(n).peek(), None);
        counts(n).prime(99).await;
        n
    }
    assert_eq!(counts(1).await, 1);
    assert_eq!(counts(1).await, 99, "primed while the load was under way");
}
