//! Many callers, one key: one body.

use larder::prelude::*;
use larder_tests::{Counter, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use tokio::sync::{Barrier, Semaphore};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Broken(u64);

/// What the bodies of one test share. Not part of any key.
struct Stage {
    bodies: Counter,
    /// How many bodies run at this moment.
    running: AtomicUsize,
    /// A permit per body that may finish.
    gate: Semaphore,
}

impl Stage {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            bodies: Counter::default(),
            running: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        })
    }

    async fn perform(&self) {
        struct Leave<'a>(&'a AtomicUsize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, SeqCst);
            }
        }
        self.bodies.count();
        assert_eq!(self.running.fetch_add(1, SeqCst), 0, "two bodies of one key at once");
        let _leave = Leave(&self.running);
        self.gate.acquire().await.expect("open").forget();
    }
}

#[async_lru(skip(stage))]
async fn owned(stage: Arc<Stage>, id: u64) -> u64 {
    stage.perform().await;
    2 * id
}

#[async_lru(skip(stage))]
async fn borrowed(stage: &Stage, id: u64) -> u64 {
    stage.perform().await;
    2 * id
}

#[async_lru(skip(stage))]
async fn owned_failing(stage: Arc<Stage>, id: u64) -> Result<u64, Broken> {
    stage.perform().await;
    Err(Broken(id))
}

#[async_lru(skip(stage))]
async fn borrowed_failing(stage: &Stage, id: u64) -> Result<u64, Broken> {
    stage.perform().await;
    Err(Broken(id))
}

/// Spawns `callers` tasks that call at the same time, opens the gate once all of them have been counted, and returns what
/// they got.
async fn stampede<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    callers: usize,
    stage: &Arc<Stage>,
    arrived: impl Fn() -> u64,
    call: impl Fn(Arc<Stage>) -> F,
) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(callers));
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (barrier, call) = (barrier.clone(), call(stage.clone()));
            tokio::spawn(async move {
                barrier.wait().await;
                call.await
            })
        })
        .collect();
    while arrived() < callers as u64 {
        tokio::task::yield_now().await;
    }
    stage.gate.add_permits(1);
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await.expect("no caller panics"));
    }
    outputs
}

fn calls(metrics: &larder::Metrics) -> u64 {
    metrics.hits + metrics.misses + metrics.coalesced
}

async fn one_body_for_everybody() {
    for (round, callers) in [2, 8, 64, 100].into_iter().enumerate() {
        let id = round as u64;
        let others = callers as u64 - 1;

        let (stage, before) = (Stage::new(), owned.get_metrics());
        let arrived = || calls(&owned.get_metrics()) - calls(&before);
        let outputs =
            stampede(callers, &stage, arrived, |stage| async move { owned(stage, id).await });
        assert_eq!(outputs.await, vec![2 * id; callers]);
        let after = owned.get_metrics();
        assert_eq!(stage.bodies.get(), 1);
        assert_eq!((after.misses - before.misses, after.coalesced - before.coalesced), (1, others));
        assert_eq!((after.hits - before.hits, after.loads - before.loads), (0, 1));

        let (stage, before) = (Stage::new(), borrowed.get_metrics());
        let arrived = || calls(&borrowed.get_metrics()) - calls(&before);
        let outputs =
            stampede(callers, &stage, arrived, |stage| async move { borrowed(&stage, id).await });
        assert_eq!(outputs.await, vec![2 * id; callers]);
        let after = borrowed.get_metrics();
        assert_eq!(stage.bodies.get(), 1);
        assert_eq!((after.misses - before.misses, after.coalesced - before.coalesced), (1, others));
    }
}

async fn one_failure_for_everybody() {
    for callers in [2, 8, 64] {
        let id = callers as u64;
        let (stage, before) = (Stage::new(), owned_failing.get_metrics());
        let arrived = || calls(&owned_failing.get_metrics()) - calls(&before);
        let outputs =
            stampede(
                callers,
                &stage,
                arrived,
                |stage| async move { owned_failing(stage, id).await },
            );
        assert_eq!(outputs.await, vec![Err(Broken(id)); callers]);
        assert_eq!(stage.bodies.get(), 1);
        assert_eq!(owned_failing.get_metrics().load_errors - before.load_errors, 1);

        let (stage, before) = (Stage::new(), borrowed_failing.get_metrics());
        let arrived = || calls(&borrowed_failing.get_metrics()) - calls(&before);
        let outputs = stampede(callers, &stage, arrived, |stage| async move {
            borrowed_failing(&stage, id).await
        });
        assert_eq!(outputs.await, vec![Err(Broken(id)); callers]);
        assert_eq!(stage.bodies.get(), 1);
        assert_eq!(borrowed_failing.cache().len(), 0, "a failure is not stored");
    }
}

#[test]
fn multi_thread() {
    let _alone = larder::testing::isolate();
    watchdog(async {
        one_body_for_everybody().await;
        one_failure_for_everybody().await;
    });
}

#[tokio::test]
async fn current_thread() {
    let _alone = larder::testing::isolate();
    one_body_for_everybody().await;
    one_failure_for_everybody().await;
}

#[async_lru(unbounded, skip(bodies, steps))]
async fn stepping(bodies: Arc<AtomicUsize>, steps: usize, id: u64) -> u64 {
    bodies.fetch_add(1, SeqCst);
    for _ in 0..steps {
        tokio::task::yield_now().await;
    }
    3 * id
}

#[async_lru(unbounded, skip(bodies, steps))]
async fn stepping_borrowed(bodies: &AtomicUsize, steps: usize, id: u64) -> u64 {
    bodies.fetch_add(1, SeqCst);
    for _ in 0..steps {
        tokio::task::yield_now().await;
    }
    3 * id
}

/// 1,000 times: the first caller is aborted at a random await point while others wait.
#[test]
fn the_first_caller_is_aborted() {
    const STEPS: usize = 20;
    let _alone = larder::testing::isolate();
    watchdog(async {
        let mut random = larder_tests::Random::from_env();
        for id in 0..1000 {
            let abort_after = random.below(STEPS + 2);
            let bodies = Arc::new(AtomicUsize::new(0));
            let borrow = id % 2 == 1;
            let call = {
                let bodies = bodies.clone();
                move || {
                    let bodies = bodies.clone();
                    async move {
                        if borrow {
                            stepping_borrowed(&bodies, STEPS, id).await
                        } else {
                            stepping(bodies, STEPS, id).await
                        }
                    }
                }
            };
            let began = Arc::new(AtomicBool::new(false));
            let first = tokio::spawn({
                let (call, began) = (call(), began.clone());
                async move {
                    began.store(true, SeqCst);
                    call.await
                }
            });
            let others: Vec<_> = (0..4).map(|_| tokio::spawn(call())).collect();
            while !began.load(SeqCst) {
                tokio::task::yield_now().await;
            }
            for _ in 0..abort_after {
                tokio::task::yield_now().await;
            }
            first.abort();
            for other in others {
                assert_eq!(other.await.expect("not aborted"), 3 * id);
            }
            let stored = if borrow {
                stepping_borrowed(&bodies, STEPS, id).peek()
            } else {
                stepping(bodies.clone(), STEPS, id).peek()
            };
            assert_eq!(stored, Some(3 * id));
            // A body of its own is driven on by the others; a borrowed one is started again at most once, because
            // only one caller is ever cancelled.
            let most = if borrow { 2 } else { 1 };
            assert!(bodies.load(SeqCst) <= most, "{} bodies", bodies.load(SeqCst));
        }
    });
}

/// When everybody leaves, the load ends, and the next caller begins anew.
#[tokio::test]
async fn the_last_who_leaves_ends_the_load() {
    struct Ends(Arc<AtomicBool>);
    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.store(true, SeqCst);
        }
    }

    #[async_lru(skip(ended, gate))]
    async fn endless(ended: Arc<AtomicBool>, gate: Arc<Semaphore>) -> u64 {
        let _ends = Ends(ended);
        gate.acquire().await.expect("open").forget();
        1
    }

    let (ended, gate) = (Arc::new(AtomicBool::new(false)), Arc::new(Semaphore::new(0)));
    let mut first = Box::pin(endless(ended.clone(), gate.clone()));
    let mut second = Box::pin(endless(ended.clone(), gate.clone()));
    assert!(futures_util::poll!(&mut first).is_pending());
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(first);
    assert!(!ended.load(SeqCst), "somebody still waits");
    drop(second);
    assert!(ended.load(SeqCst), "nobody waits any more");
    assert_eq!(endless.cache().len(), 0);
    gate.add_permits(1);
    assert_eq!(endless(ended, gate).await, 1);
    assert_eq!(endless.get_metrics().loads, 2);
}
