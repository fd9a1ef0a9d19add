//! Wakers can be anything: slow to drop, owners of other calls, eager to poll at once. None is lost, and none is touched
//! below a lock.

use larder::prelude::*;
use larder_tests::Counter;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Long enough for whatever is under way. It passes in full only where something hangs.
const LONG: Duration = Duration::from_secs(5);

/// Polls once, as a task that `waker` wakes.
fn poll_as<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_as(future, Waker::noop())
}

/// Runs `test` on a thread of its own, and fails when it does not come back.
fn must_end(test: impl FnOnce() + Send + 'static) {
    let (ended, end) = channel();
    let thread = std::thread::spawn(move || {
        test();
        let _ = ended.send(());
    });
    let hangs = matches!(end.recv_timeout(LONG), Err(std::sync::mpsc::RecvTimeoutError::Timeout));
    assert!(!hangs, "hangs");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Counts how often it wakes.
#[derive(Default)]
struct Counting(Counter);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.count();
    }
}

/// Lets the load go on when it is dropped, and stays in its drop until the load has ended.
struct Lingering {
    go: Sender<()>,
    landed: Mutex<Receiver<()>>,
    saw_the_end: Arc<AtomicBool>,
}

impl Wake for Lingering {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let _ = self.go.send(());
        let landed = self.landed.get_mut().expect("nobody panicked").recv_timeout(LONG);
        self.saw_the_end.store(landed.is_ok(), SeqCst);
    }
}

/// Who leaves takes the wakers of the others with him, to wake them. When the flight lands between the two it does not find
/// them; they have to be woken all the same.
#[test]
fn a_passenger_leaves_as_the_flight_lands() {
    #[async_lru(skip(polling, go))]
    async fn fails(
        polling: Arc<Mutex<Sender<()>>>,
        go: Arc<Mutex<Receiver<()>>>,
    ) -> Result<u64, String> {
        let mut polls = 0;
        std::future::poll_fn(|cx| {
            polls += 1;
            // It could go on at once, which is legal at any time.
            cx.waker().wake_by_ref();
            if polls == 1 {
                return Poll::Pending;
            }
            polling.lock().unwrap().send(()).unwrap();
            go.lock().unwrap().recv_timeout(2 * LONG).unwrap();
            Poll::Ready(())
        })
        .await;
        Err("down".to_owned())
    }

    let ((polling, polled), (go, gone), (land, landed)) = (channel(), channel(), channel());
    let (polling, gone) = (Arc::new(Mutex::new(polling)), Arc::new(Mutex::new(gone)));
    let call = || fails(polling.clone(), gone.clone());
    let (mut lead, mut waits, mut leaves) = (call(), call(), call());
    let woken = Arc::new(Counting::default());
    let saw_the_end = Arc::new(AtomicBool::new(false));
    assert!(poll_once(&mut lead).is_pending());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            assert_eq!(poll_once(&mut lead), Poll::Ready(Err("down".to_owned())));
            land.send(()).unwrap();
        });
        polled.recv().unwrap();
        assert!(poll_as(&mut waits, &Waker::from(woken.clone())).is_pending());
        let saw_the_end = saw_the_end.clone();
        let lingering = Arc::new(Lingering { go, landed: Mutex::new(landed), saw_the_end });
        assert!(poll_as(&mut leaves, &Waker::from(lingering)).is_pending());
        drop(leaves);
    });
    assert!(saw_the_end.load(SeqCst), "a waker is dropped where a flight can land meanwhile");
    assert_ne!(woken.0.get(), 0, "who waits for a flight that is over is woken");
    assert_eq!(poll_once(&mut waits), Poll::Ready(Err("down".to_owned())));
}

/// A task of a plain executor: its waker owns it.
struct Task {
    _call: Mutex<Box<dyn Future<Output = u64> + Send>>,
    dropped: Arc<Counter>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Task {
    fn drop(&mut self) {
        self.dropped.count();
    }
}

#[async_lru]
async fn endless(_n: u64) -> u64 {
    std::future::pending().await
}

/// Two calls of one load. The first is asleep, and the only handle of the task that owns the second is its waker.
fn asleep_in_a_task(n: u64, dropped: &Arc<Counter>) -> impl Future<Output = u64> + Unpin {
    let (mut first, mut second) = (endless(n), endless(n));
    assert!(poll_once(&mut first).is_pending());
    assert!(poll_once(&mut second).is_pending());
    let call = Mutex::new(Box::new(second) as Box<_>);
    let waker = Waker::from(Arc::new(Task { _call: call, dropped: dropped.clone() }));
    assert!(poll_as(&mut first, &waker).is_pending());
    first
}

/// The last handle of a task goes when its call registers with another one: the task's own calls leave then.
#[test]
fn a_waker_that_is_replaced_owns_a_call_of_the_same_load() {
    must_end(|| {
        let dropped = Arc::new(Counter::default());
        let mut first = asleep_in_a_task(1, &dropped);
        assert_eq!(dropped.get(), 0);
        assert!(poll_once(&mut first).is_pending());
        assert_eq!(dropped.get(), 1);
    });
}

/// The same when the call leaves.
#[test]
fn a_waker_that_leaves_owns_a_call_of_the_same_load() {
    must_end(|| {
        let dropped = Arc::new(Counter::default());
        let first = asleep_in_a_task(2, &dropped);
        assert_eq!(dropped.get(), 0);
        drop(first);
        assert_eq!(dropped.get(), 1);
        let mut next = endless(2);
        assert!(poll_once(&mut next).is_pending());
        assert_eq!(endless.get_metrics().load_errors, 0);
    });
}

/// Polls its call at once when it is woken, inside of the call that wakes.
struct Eager {
    call: Mutex<Option<Box<dyn Future<Output = u64> + Send + Unpin>>>,
    got: Mutex<Option<u64>>,
}

impl Wake for Eager {
    fn wake(self: Arc<Self>) {
        let Some(mut call) = self.call.lock().unwrap().take() else { return };
        match poll_as(&mut call, &Waker::from(self.clone())) {
            Poll::Ready(value) => *self.got.lock().unwrap() = Some(value),
            Poll::Pending => *self.call.lock().unwrap() = Some(call),
        }
    }
}

/// Whoever wakes holds no lock that a poll or another wake-up needs.
#[test]
fn a_waker_polls_at_once() {
    #[async_lru(skip(gate))]
    async fn owned(gate: Arc<tokio::sync::Semaphore>, n: u64) -> u64 {
        gate.acquire().await.expect("open").forget();
        n
    }

    must_end(|| {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let tasks: Vec<_> = (0..12)
            .map(|_| {
                let task = Arc::new(Eager { call: Mutex::default(), got: Mutex::default() });
                *task.call.lock().unwrap() = Some(Box::new(owned(gate.clone(), 7)));
                task
            })
            .collect();
        for task in &tasks {
            task.clone().wake();
        }
        assert!(tasks.iter().all(|task| task.got.lock().unwrap().is_none()));
        gate.add_permits(1);
        for task in tasks {
            assert_eq!(*task.got.lock().unwrap(), Some(7));
        }
        assert_eq!(owned.get_metrics().loads, 1);
    });
}
