//! One flight and its passengers: panics, leaders who hold still, errors that cannot be copied.

use futures_util::future::join_all;
use futures_util::poll;
use larder::prelude::*;
use larder_tests::{Counter, watchdog};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

async fn pass(gate: &Semaphore) {
    gate.acquire().await.expect("open").forget();
}

fn panics<F: Future + Send + 'static>(call: F) -> tokio::task::JoinHandle<bool> {
    tokio::spawn(async move {
        let caught = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(call));
        caught.await.is_err()
    })
}

/// The panic reaches the caller whose body it was; the one who waits takes over with his own.
#[test]
fn a_panic_is_one_callers_own() {
    #[async_lru(skip(bodies, gate))]
    async fn owned(bodies: Arc<Counter>, gate: Arc<Semaphore>, id: u64) -> u64 {
        let first = bodies.count() == 1;
        pass(&gate).await;
        assert!(!first, "the first body panics");
        id
    }

    #[async_lru(skip(bodies, gate))]
    async fn borrowed(bodies: &Counter, gate: &Semaphore, id: u64) -> u64 {
        let first = bodies.count() == 1;
        pass(gate).await;
        assert!(!first, "the first body panics");
        id
    }

    watchdog(async {
        for borrow in [false, true] {
            let bodies = Arc::new(Counter::default());
            let gate = Arc::new(Semaphore::new(0));
            let call = |id| {
                let (bodies, gate) = (bodies.clone(), gate.clone());
                async move {
                    if borrow {
                        borrowed(&bodies, &gate, id).await
                    } else {
                        owned(bodies, gate, id).await
                    }
                }
            };
            let first = panics(call(7));
            while bodies.get() == 0 {
                tokio::task::yield_now().await;
            }
            let metrics = || {
                if borrow { borrowed.get_metrics() } else { owned.get_metrics() }
            };
            let second = tokio::spawn(call(7));
            while metrics().coalesced == 0 {
                tokio::task::yield_now().await;
            }
            gate.add_permits(2);
            assert!(first.await.unwrap(), "the panic reaches the caller whose body it was");
            assert_eq!(second.await.unwrap(), 7);
            assert_eq!(bodies.get(), 2);
            assert_eq!((metrics().loads, metrics().load_errors), (2, 1));
        }
    });
}

/// A leader who is held and not polled again does not hold up the others, when the body owns what it needs.
#[tokio::test]
async fn an_owned_body_is_driven_by_whoever_is_polled() {
    #[async_lru(skip(bodies, gate))]
    async fn slow(bodies: Arc<Counter>, gate: Arc<Semaphore>) -> u64 {
        bodies.count();
        pass(&gate).await;
        pass(&gate).await;
        5
    }

    let (bodies, gate) = (Arc::new(Counter::default()), Arc::new(Semaphore::new(0)));
    let mut held = pin!(slow(bodies.clone(), gate.clone()));
    assert!(poll!(&mut held).is_pending());
    let other = tokio::spawn(slow(bodies.clone(), gate.clone()));
    tokio::task::yield_now().await;
    gate.add_permits(2);
    assert_eq!(other.await.unwrap(), 5);
    assert_eq!(bodies.get(), 1, "the same body, driven on");
    assert_eq!(held.await, 5);
    assert_eq!(slow.get_metrics().loads, 1);
}

/// When the body borrows from the leader, the others wait for a documented time and start their own.
#[tokio::test(start_paused = true)]
async fn a_borrowed_body_that_is_held_is_overtaken() {
    #[async_lru(skip(bodies, gate))]
    async fn slow(bodies: &Counter, gate: &Semaphore) -> usize {
        let number = bodies.count();
        pass(gate).await;
        number
    }

    let (bodies, gate) = (Counter::default(), Semaphore::new(0));
    let mut held = pin!(slow(&bodies, &gate));
    assert!(poll!(&mut held).is_pending());
    // One permit wakes the held one, who does not take it up; the second is for the other.
    let mut other = pin!(slow(&bodies, &gate));
    assert!(poll!(&mut other).is_pending());
    gate.add_permits(2);
    let began = tokio::time::Instant::now();
    assert_eq!(other.as_mut().await, 2);
    assert!(began.elapsed() <= Duration::from_secs(1), "waited {:?}", began.elapsed());
    // The one who was overtaken gets his own result, and does not store it over the newer one.
    assert_eq!(held.await, 1);
    assert_eq!(slow(&bodies, &gate).await, 2);
}

/// A load that is only slow is not overtaken, however long it takes.
#[tokio::test(start_paused = true)]
async fn a_slow_leader_is_left_alone() {
    #[async_lru(skip(bodies))]
    async fn slow(bodies: &Counter) -> usize {
        let number = bodies.count();
        tokio::time::sleep(Duration::from_hours(1)).await;
        number
    }

    let bodies = Counter::default();
    assert_eq!(tokio::join!(slow(&bodies), slow(&bodies)), (1, 1));
    assert_eq!(bodies.get(), 1);
}

/// An error without copies goes to its caller, and the others elect a new leader, one at a time.
#[tokio::test]
async fn an_error_without_copies_has_one_owner() {
    #[derive(Debug)]
    struct Unique(usize);

    #[async_lru(skip(bodies))]
    async fn owned(bodies: Arc<Counter>) -> Result<usize, Unique> {
        let number = bodies.count();
        tokio::task::yield_now().await;
        if number < 3 { Err(Unique(number)) } else { Ok(number) }
    }

    #[async_lru(skip(bodies))]
    async fn thread_bound(bodies: Arc<Counter>) -> Result<usize, Rc<usize>> {
        let number = bodies.count();
        tokio::task::yield_now().await;
        if number < 3 { Err(Rc::new(number)) } else { Ok(number) }
    }

    // Who leads next is not fixed, but each error is seen once and nobody runs a body beside another.
    let bodies = Arc::new(Counter::default());
    let outputs = join_all((0..4).map(|_| owned(bodies.clone()))).await;
    let mut seen: Vec<_> = outputs.into_iter().map(|output| output.map_err(|e| e.0)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [Ok(3), Ok(3), Err(1), Err(2)]);
    assert_eq!((owned.get_metrics().loads, owned.get_metrics().load_errors), (3, 2));

    let bodies = Arc::new(Counter::default());
    let outputs = join_all((0..4).map(|_| thread_bound(bodies.clone()))).await;
    let mut seen: Vec<_> = outputs.into_iter().map(|output| output.map_err(|e| *e)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [Ok(3), Ok(3), Err(1), Err(2)]);
}

/// The one who asked for a load that somebody else has driven into an error still gets that error.
#[tokio::test]
async fn an_error_without_copies_goes_to_who_asked_for_the_load() {
    #[derive(Debug)]
    struct Unique(usize);

    #[async_lru(skip(bodies, gate))]
    async fn failing(bodies: Arc<Counter>, gate: Arc<Semaphore>) -> Result<usize, Unique> {
        let number = bodies.count();
        pass(&gate).await;
        Err(Unique(number))
    }

    let (bodies, gate) = (Arc::new(Counter::default()), Arc::new(Semaphore::new(0)));
    let mut leader = pin!(failing(bodies.clone(), gate.clone()));
    let mut other = pin!(failing(bodies.clone(), gate.clone()));
    assert!(poll!(&mut leader).is_pending());
    assert!(poll!(&mut other).is_pending());
    gate.add_permits(1);
    // The other drives the first body to its end, and begins his own.
    assert!(poll!(&mut other).is_pending());
    assert_eq!(bodies.get(), 2);
    assert_eq!(leader.await.unwrap_err().0, 1);
    gate.add_permits(1);
    assert_eq!(other.await.unwrap_err().0, 2);
}

/// The same for a panic.
#[tokio::test]
async fn a_panic_goes_to_who_asked_for_the_load() {
    #[async_lru(skip(bodies, gate))]
    async fn failing(bodies: Arc<Counter>, gate: Arc<Semaphore>) -> usize {
        let number = bodies.count();
        pass(&gate).await;
        assert!(number != 1, "the first body panics");
        number
    }

    let (bodies, gate) = (Arc::new(Counter::default()), Arc::new(Semaphore::new(0)));
    let mut leader = Box::pin(failing(bodies.clone(), gate.clone()));
    let mut other = pin!(failing(bodies.clone(), gate.clone()));
    assert!(poll!(&mut leader).is_pending());
    assert!(poll!(&mut other).is_pending());
    gate.add_permits(2);
    assert_eq!(other.await, 2);
    assert!(panics(leader).await.unwrap());
}

/// Dropped at each of its polls, as a leader and as one who waits: nothing is left behind.
#[tokio::test]
async fn cancelled_at_every_poll() {
    #[async_lru(unbounded, skip(steps))]
    async fn stepping(steps: usize, id: u64) -> u64 {
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
        id
    }

    for polls in 0..6 {
        let id = u64::try_from(polls).unwrap();
        let mut leader = Box::pin(stepping(5, id));
        let mut waiter = Box::pin(stepping(5, id));
        for _ in 0..polls {
            assert!(poll!(&mut leader).is_pending());
            let _ = poll!(&mut waiter);
        }
        drop(leader);
        drop(waiter);
        assert_eq!(stepping(5, id).await, id, "the next caller goes ahead");
    }
}

/// A runtime that is shut down in the middle of a load leaves the key free for the next one.
#[test]
fn a_runtime_goes_down_in_flight() {
    #[async_lru(skip(gate))]
    async fn waiting(gate: Arc<Semaphore>) -> u64 {
        pass(&gate).await;
        9
    }

    let gate = Arc::new(Semaphore::new(0));
    let first = tokio::runtime::Runtime::new().unwrap();
    first.block_on(async {
        tokio::spawn(waiting(gate.clone()));
        while waiting.get_metrics().loads == 0 {
            tokio::task::yield_now().await;
        }
    });
    drop(first);
    gate.add_permits(1);
    let second = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(second.block_on(waiting(gate)), 9);
}

/// A body belongs to the runtime that it was begun on. Callers on another one do not drive it, and start again when
/// nobody is left who can.
#[test]
fn a_body_stays_on_its_runtime() {
    #[async_lru(skip(bodies))]
    async fn sleeping(bodies: Arc<Counter>) -> usize {
        let number = bodies.count();
        tokio::time::sleep(Duration::from_millis(20)).await;
        number
    }

    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let (first, second) = (runtime(), runtime());
    let bodies = Arc::new(Counter::default());

    // Both wait for one body.
    let one = first.spawn(sleeping(bodies.clone()));
    while bodies.get() == 0 {
        std::thread::yield_now();
    }
    let other = second.spawn(sleeping(bodies.clone()));
    assert_eq!(second.block_on(other).unwrap(), 1);
    assert_eq!(first.block_on(one).unwrap(), 1);

    // The first runtime goes down in flight.
    first.block_on(sleeping.clear());
    drop(first.spawn(sleeping(bodies.clone())));
    while bodies.get() == 1 {
        std::thread::yield_now();
    }
    let other = second.spawn(sleeping(bodies.clone()));
    while sleeping.get_metrics().coalesced < 2 {
        std::thread::yield_now();
    }
    first.shutdown_background();
    assert_eq!(second.block_on(other).unwrap(), 3);
}

/// Those from another runtime do not wait for ever for somebody who is held.
#[test]
fn a_held_caller_on_another_runtime_is_left_behind() {
    #[async_lru(skip(bodies, gate))]
    async fn waiting(bodies: Arc<Counter>, gate: Arc<Semaphore>) -> usize {
        let number = bodies.count();
        pass(&gate).await;
        number
    }

    let (bodies, gate) = (Arc::new(Counter::default()), Arc::new(Semaphore::new(0)));
    let first = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut held = Box::pin(waiting(bodies.clone(), gate.clone()));
    first.block_on(async { assert!(poll!(&mut held).is_pending()) });
    watchdog({
        let (bodies, gate) = (bodies.clone(), gate.clone());
        async move {
            let other = tokio::spawn(waiting(bodies, gate.clone()));
            while waiting.get_metrics().coalesced == 0 {
                tokio::task::yield_now().await;
            }
            gate.add_permits(2);
            assert_eq!(other.await.unwrap(), 2);
        }
    });
    assert_eq!(first.block_on(held), 1);
}

/// The hook of who leads panics as his load lands, and he stays aboard: nobody waits for him.
#[test]
fn a_leader_whose_hook_panics_is_kept() {
    watchdog(async {
        let cache: Cache<u64, u64> = Cache::new(10);
        let hooked = Counter::default();
        cache.before_set(move |_, _| assert!(hooked.count() > 1, "the first hook panics"));
        let gate = Semaphore::new(0);
        let mut leader = pin!(cache.get_with(1, async {
            pass(&gate).await;
            1
        }));
        assert!(poll!(&mut leader).is_pending());
        let other = tokio::spawn({
            let cache = cache.clone();
            async move { cache.get_with(1, async { 2 }).await }
        });
        while cache.get_metrics().coalesced == 0 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(1);
        let poll = std::panic::AssertUnwindSafe(leader.as_mut());
        assert!(futures_util::FutureExt::catch_unwind(poll).await.is_err());
        assert_eq!(other.await.unwrap(), 2);
        assert_eq!(cache.peek(&1), Some(2));
    });
}
