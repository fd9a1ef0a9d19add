//! Who looks after a load whose leader is held: always somebody, on any runtime and on none, and only when it is needed.

use larder::prelude::*;
use larder_tests::{Counter, watchdog};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// Longer than a load that could go on is left lying, and time that passes outside: no clock of a runtime.
const TOO_LONG: Duration = Duration::from_millis(1500);

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A call for key 1 that owns its cache.
fn call<L>(cache: &Cache<u64, u64>, load: L) -> Pin<Box<dyn Future<Output = u64> + Send>>
where
    L: Future<Output = u64> + Send + 'static,
{
    let cache = cache.clone();
    Box::pin(async move { cache.get_with(1, load).await })
}

/// A caller who leads the load of key 1 and is held. The sender lets the load go on.
fn held(cache: &Cache<u64, u64>) -> (impl Future<Output = u64> + use<>, oneshot::Sender<u64>) {
    let (sender, receiver) = oneshot::channel();
    let mut leader = call(cache, async move { receiver.await.expect("sent") });
    assert!(poll_once(&mut leader).is_pending());
    (leader, sender)
}

/// The first who waits is polled outside of every runtime, where no timer can be had.
#[test]
fn the_first_who_waits_has_no_runtime() {
    let cache: Cache<u64, u64> = Cache::new(10);
    let (_leader, sender) = held(&cache);
    let mut outside = cache.get_with(1, async { 2 });
    assert!(poll_once(&mut outside).is_pending());
    sender.send(1).unwrap();
    let other = cache.clone();
    watchdog(async move { assert_eq!(other.get_with(1, async { 3 }).await, 3) });
}

/// The runtime of the first who waits goes down before the load is taken over.
#[test]
fn the_runtime_of_the_first_who_waits_goes_down() {
    let cache: Cache<u64, u64> = Cache::new(10);
    let (_leader, sender) = held(&cache);
    let mut first = call(&cache, async { 2 });
    let runtime = current_thread();
    runtime.block_on(async { assert!(poll_once(&mut first).is_pending()) });
    drop((first, runtime));
    sender.send(1).unwrap();
    let other = cache.clone();
    watchdog(async move { assert_eq!(other.get_with(1, async { 3 }).await, 3) });
}

/// A runtime without timers is as good as any: nothing panics there, and the load is taken over.
#[test]
fn a_runtime_without_timers() {
    static PANICS: LazyLock<Counter> = LazyLock::new(Counter::default);
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.to_string().contains("timers are disabled") {
            PANICS.count();
        }
        default(panic);
    }));

    let cache: Cache<u64, u64> = Cache::new(10);
    let (_leader, sender) = held(&cache);
    sender.send(1).unwrap();
    let other = cache.clone();
    watchdog(async move {
        let taken_over = tokio::task::spawn_blocking(move || {
            let plain = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
            plain.block_on(async {
                tokio::join!(other.get_with(1, async { 3 }), other.get_with(1, async { 4 }))
            })
        });
        // Which of the two goes on is open.
        assert!(matches!(taken_over.await.unwrap(), (3, 3) | (4, 4)));
    });
    assert_eq!(PANICS.get(), 0);
}

/// A poll may take long, and the body may be woken meanwhile: a leader who is at it keeps his load.
#[test]
fn a_busy_leader_is_not_robbed() {
    watchdog(async {
        let cache: Cache<u64, u64> = Cache::new(10);
        let (start, begun) = oneshot::channel();
        let (rob, robbed) = mpsc::channel::<()>();
        let load = async move {
            let mut start = Some(start);
            std::future::poll_fn(move |cx| {
                let Some(start) = start.take() else { return Poll::Ready(()) };
                start.send(()).unwrap();
                cx.waker().wake_by_ref();
                let _ = robbed.recv_timeout(TOO_LONG);
                Poll::Pending
            })
            .await;
            1
        };
        // On a thread of its own, which alone stands still.
        let led = call(&cache, load);
        let leader = std::thread::spawn(|| current_thread().block_on(led));
        begun.await.unwrap();
        let other = cache.get_with(1, async move {
            let _ = rob.send(());
            2
        });
        assert_eq!(other.await, 1);
        assert_eq!(leader.join().unwrap(), 1);
        assert_eq!(cache.get_metrics().loads, 1);
    });
}

/// Nobody who looks after a load has a timer in the runtime: a paused clock moves on to the next timer when everybody
/// waits, and it would run away while something outside takes its time.
#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_run_away() {
    let cache: Cache<u64, u64> = Cache::new(10);
    let began = tokio::time::Instant::now();
    let (sender, receiver) = oneshot::channel();
    // The sending end of this channel stays here, so time passes outside.
    let (_stay, wait) = mpsc::channel::<()>();
    let outside = std::thread::spawn(move || {
        let _ = wait.recv_timeout(Duration::from_millis(100));
        sender.send(7).unwrap();
    });
    let first = cache.get_with(1, async { receiver.await.unwrap() });
    let second = cache.get_with(1, async { 8 });
    assert_eq!(tokio::join!(first, second), (7, 7));
    assert_eq!(began.elapsed(), Duration::ZERO);
    outside.join().unwrap();
}

/// The same when the body belongs to the flight, and those who wait are on another runtime, where they may not drive it.
#[test]
fn a_busy_driver_is_not_left_behind() {
    #[async_lru(skip(bodies, started, robbed))]
    async fn busy(
        bodies: Arc<Counter>,
        started: mpsc::Sender<()>,
        robbed: Arc<Mutex<mpsc::Receiver<()>>>,
    ) -> usize {
        let number = bodies.count();
        if number > 1 {
            return number;
        }
        let mut polled = false;
        std::future::poll_fn(move |cx| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            started.send(()).unwrap();
            cx.waker().wake_by_ref();
            let _ = robbed.lock().unwrap().recv_timeout(TOO_LONG);
            Poll::Pending
        })
        .await;
        number
    }

    let bodies = Arc::new(Counter::default());
    let (started, has_started) = mpsc::channel();
    let (_rob, robbed) = mpsc::channel();
    let robbed = Arc::new(Mutex::new(robbed));
    let leader = std::thread::spawn({
        let call = busy(bodies.clone(), started.clone(), robbed.clone());
        move || current_thread().block_on(call)
    });
    has_started.recv().unwrap();
    watchdog({
        let (bodies, robbed) = (bodies.clone(), robbed);
        async move { assert_eq!(busy(bodies, started, robbed).await, 1) }
    });
    assert_eq!(leader.join().unwrap(), 1);
    assert_eq!(bodies.get(), 1);
}
