//! Memory that comes back by itself: in real time, without a call on the cache.

use larder::prelude::*;
use larder::testing::{stop_at, take_part};
use larder::{Policy, Reason};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_hours(1);

/// Says so when it is dropped.
#[derive(Debug)]
struct Bell(Option<oneshot::Sender<()>>);

impl Drop for Bell {
    fn drop(&mut self) {
        let _ = self.0.take().expect("nobody else takes it").send(());
    }
}

fn bell() -> (Arc<Bell>, oneshot::Receiver<()>) {
    let (sender, receiver) = oneshot::channel();
    (Arc::new(Bell(Some(sender))), receiver)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// What `event` brings, within ten seconds.
async fn in_time<T>(event: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), event).await.expect("it never happened")
}

#[tokio::test]
async fn what_has_expired_is_dropped_though_nobody_calls() {
    for policy in [Policy::Lru, Policy::Fifo, Policy::TinyLfu] {
        let cache = Cache::builder().maxsize(10).policy(policy).build();
        let (sender, mut leavers) = mpsc::unbounded_channel();
        cache.on_evict(move |key, _, reason| sender.send((*key, reason)).unwrap());
        let (value, dropped) = bell();
        cache.set(1, bell().0);
        cache.set_with(2, value, SOON);
        assert_eq!(in_time(leavers.recv()).await, Some((2, Reason::Expired)));
        in_time(dropped).await.unwrap();
        assert!(cache.contains_key(&1) && leavers.is_empty());
    }
}

#[test]
fn it_goes_on_in_another_runtime() {
    let cache: Cache<u64, Arc<Bell>> = Cache::new(10);
    let (first, first_dropped) = bell();
    let (second, second_dropped) = bell();
    let (third, third_dropped) = bell();

    runtime().block_on(async {
        cache.set_with(1, first, HOUR);
        cache.set_with(2, second, SOON);
    });
    // The task went down with its runtime, before it had anything to do. The next one takes care of its entries as well.
    runtime().block_on(async {
        cache.set_with(3, third, SOON);
        in_time(second_dropped).await.unwrap();
        in_time(third_dropped).await.unwrap();
    });
    let (fourth, fourth_dropped) = bell();
    runtime().block_on(async {
        assert!(cache.touch(&1, SOON));
        cache.set_with(4, fourth, SOON);
        in_time(first_dropped).await.unwrap();
        in_time(fourth_dropped).await.unwrap();
    });
}

/// A deadline that comes before the one it sleeps for wakes it.
#[tokio::test]
async fn it_does_not_oversleep() {
    let cache = Cache::new(10);
    cache.set_with(1, bell().0, HOUR);
    let tasks = Handle::current().metrics().num_alive_tasks();
    // Let it go to sleep.
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (value, dropped) = bell();
    cache.set_with(2, value, SOON);
    in_time(dropped).await.unwrap();
    assert_eq!(Handle::current().metrics().num_alive_tasks(), tasks, "one is enough");
    assert!(cache.contains_key(&1));
}

#[tokio::test]
async fn it_does_not_keep_the_cache_and_ends_with_it() {
    let before = Handle::current().metrics().num_alive_tasks();
    let cache = Cache::new(10);
    let (value, dropped) = bell();
    let watched: Weak<Bell> = Arc::downgrade(&value);
    cache.set_with(1, value, HOUR);
    assert_eq!(Handle::current().metrics().num_alive_tasks(), before + 1);
    // Let it go to sleep.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    drop(cache);
    assert!(watched.upgrade().is_none());
    in_time(dropped).await.unwrap();
    in_time(async {
        while Handle::current().metrics().num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn it_ends_when_nothing_expires_any_more() {
    let before = Handle::current().metrics().num_alive_tasks();
    let cache = Cache::new(10);
    for _ in 0..2 {
        let (value, dropped) = bell();
        cache.set_with(1, value, SOON);
        cache.set_with(2, bell().0, Ttl::Never);
        in_time(dropped).await.unwrap();
        in_time(async {
            while Handle::current().metrics().num_alive_tasks() > before {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert!(cache.contains_key(&2));
    }
}

/// What is stored while it finds nothing more to do and goes is not left to nobody.
#[test]
fn what_comes_while_it_ends_is_not_overlooked() {
    let cache = Cache::new(10);
    let stop = stop_at("swept");
    let (value, dropped) = bell();
    let sweeping = std::thread::spawn({
        let cache = cache.clone();
        move || {
            take_part();
            runtime().block_on(async {
                cache.set_with(1, bell().0, SOON);
                in_time(dropped).await.unwrap();
            });
        }
    });
    stop.wait();
    runtime().block_on(async { cache.set_with(2, value, SOON) });
    stop.release();
    sweeping.join().unwrap();
}

/// A timer of the cache's own would make a paused clock jump to it whenever all tasks wait for something outside.
#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_run_ahead() {
    let start = Instant::now();
    let cache: Cache<u64, u64> = Cache::builder().maxsize(10).ttl(SOON).build();
    for key in 0..20 {
        cache.set(key, key);
        let (sender, receiver) = oneshot::channel();
        let outside = std::thread::spawn(move || {
            (0..1000).for_each(|_| std::thread::yield_now());
            sender.send(()).unwrap();
        });
        receiver.await.unwrap();
        outside.join().unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(cache.get(&key), Some(key));
    }
    tokio::time::advance(SOON).await;
    assert_eq!(cache.len(), 0);
}

/// The hook of an entry that was swept may use the cache.
#[tokio::test]
async fn a_hook_may_store_what_was_swept_once_more() {
    let cache: Cache<u64, u64> = Cache::new(10);
    let (sender, receiver) = oneshot::channel();
    let sender = Mutex::new(Some(sender));
    cache.on_evict({
        let cache = cache.clone();
        move |key, value, _| {
            cache.set_with(key + 1, value + 1, SOON);
            if *key == 2
                && let Some(sender) = sender.lock().unwrap().take()
            {
                sender.send(*value).unwrap();
            }
        }
    });
    cache.set_with(1, 1, SOON);
    assert_eq!(in_time(receiver).await, Ok(2));
}
