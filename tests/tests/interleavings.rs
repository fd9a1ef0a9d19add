//! Threads are stopped between the steps of a load, and others act meanwhile.
//!
//! The steps: `missed` (the caller has found nothing and is about to board or to lead), `storing` (the value is about to
//! be stored, under the lock of the board), `stored` (it is there, the flight has left the board), `landed` (everybody has been
//! woken).

use larder::prelude::*;
use larder::testing::{StopAt, isolate, stop_at, take_part};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread::JoinHandle;

type Numbers = Cache<u64, u64>;

/// Waits on a thread of its own, outside any runtime.
fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    std::thread::spawn(work)
}

fn block_on<F: Future>(future: F) -> F::Output {
    futures_util::FutureExt::now_or_never(future).expect("bodies here are ready at once")
}

/// Starts a load of 10 on a thread, and returns once it stands at `point`.
fn load_stopped_at(point: &'static str, cache: &Numbers) -> (StopAt, JoinHandle<u64>) {
    let stop = stop_at(point);
    let cache = cache.clone();
    let thread = on_thread(move || {
        take_part();
        block_on(cache.get_with(1, async { 10 }))
    });
    stop.wait();
    (stop, thread)
}

/// `act` runs to its end while a load of 10 stands at `point`. Returns what `act` did, what the load did, and what is
/// stored afterwards.
fn during<T: Send + 'static>(
    point: &'static str,
    act: impl FnOnce(&Numbers) -> T,
) -> (T, u64, Option<u64>) {
    let _alone = isolate();
    let cache = Numbers::new(10);
    let (stop, load) = load_stopped_at(point, &cache);
    let acted = act(&cache);
    stop.release();
    (acted, load.join().unwrap(), cache.peek(&1))
}

/// `act` begins while a load of 10 stands at `point`, and may end only after it.
fn across<T: Send + 'static>(
    point: &'static str,
    act: impl FnOnce(&Numbers) -> T + Send + 'static,
) -> (T, u64, Option<u64>) {
    let _alone = isolate();
    let cache = Numbers::new(10);
    let (stop, load) = load_stopped_at(point, &cache);
    let (began, has_begun) = std::sync::mpsc::channel();
    let actor = on_thread({
        let cache = cache.clone();
        move || {
            began.send(()).unwrap();
            act(&cache)
        }
    });
    has_begun.recv().unwrap();
    stop.release();
    let acted = actor.join().unwrap();
    (acted, load.join().unwrap(), cache.peek(&1))
}

fn get_with(cache: &Numbers, value: u64) -> u64 {
    block_on(cache.get_with(1, async move { value }))
}

// ---- between the miss and the board ----

#[test]
fn missed_and_somebody_loads() {
    let (other, load, stored) = during("missed", |cache| get_with(cache, 20));
    assert_eq!((other, load, stored), (20, 20, Some(20)), "found at the second look");
}

#[test]
fn missed_and_somebody_sets() {
    let ((), load, stored) = during("missed", |cache| cache.set(1, 20));
    assert_eq!((load, stored), (20, Some(20)));
}

#[test]
fn missed_and_somebody_sets_and_removes() {
    let (removed, load, stored) = during("missed", |cache| {
        cache.set(1, 20);
        cache.remove(&1)
    });
    // The load begins after the removal, so it may be stored.
    assert_eq!((removed, load, stored), (true, 10, Some(10)));
}

#[test]
fn missed_and_somebody_clears() {
    let ((), load, stored) = during("missed", Numbers::clear);
    assert_eq!((load, stored), (10, Some(10)));
}

#[test]
fn missed_and_somebody_stores_for_no_time() {
    let zero = std::time::Duration::ZERO;
    let ((), load, stored) = during("missed", move |cache| cache.set_with(1, 20, zero));
    assert_eq!((load, stored), (10, Some(10)));
}

// ---- while the value is being stored: nobody may come between ----

#[test]
fn storing_and_somebody_reads() {
    let (seen, load, stored) = during("storing", |cache| cache.get(&1));
    assert_eq!((seen, load, stored), (None, 10, Some(10)), "a reader is not held up");
}

#[test]
fn storing_and_somebody_loads() {
    let (other, load, stored) = across("storing", |cache| get_with(cache, 20));
    assert_eq!((other, load, stored), (10, 10, Some(10)), "never a second load");
}

#[test]
fn storing_and_somebody_removes() {
    let (_, load, stored) = across("storing", |cache| cache.remove(&1));
    assert_eq!((load, stored), (10, None), "the removal ends after the store");
}

#[test]
fn storing_and_somebody_clears() {
    let ((), load, stored) = across("storing", Numbers::clear);
    assert_eq!((load, stored), (10, None));
}

#[test]
fn storing_and_somebody_sets() {
    let ((), load, stored) = across("storing", |cache| cache.set(1, 20));
    assert_eq!((load, stored), (10, Some(20)));
}

#[test]
fn storing_and_somebody_updates() {
    let (new, load, stored) =
        across("storing", |cache| cache.update(1, |old| Some(old.unwrap_or(0) + 1)));
    assert_eq!((new, load, stored), (Some(11), 10, Some(11)), "not lost, and not lost upon");
}

#[test]
fn storing_and_somebody_refreshes() {
    let (fresh, load, stored) =
        across("storing", |cache| block_on(cache.get_with(1, async { 20 }).use_cache(false)));
    assert_eq!((fresh, load, stored), (20, 10, Some(20)));
}

// ---- stored, and not yet told to those who wait ----

#[test]
fn stored_and_somebody_reads() {
    let (seen, load, stored) = during("stored", |cache| cache.get(&1));
    assert_eq!((seen, load, stored), (Some(10), 10, Some(10)), "never absent once stored");
}

#[test]
fn stored_and_somebody_loads() {
    let (other, load, stored) = during("stored", |cache| get_with(cache, 20));
    assert_eq!((other, load, stored), (10, 10, Some(10)));
}

#[test]
fn stored_and_somebody_removes() {
    let (removed, load, stored) = during("stored", |cache| cache.remove(&1));
    assert_eq!((removed, load, stored), (true, 10, None));
}

#[test]
fn stored_and_somebody_removes_and_loads() {
    let (other, load, stored) = during("stored", |cache| {
        cache.remove(&1);
        get_with(cache, 20)
    });
    // The end of the first flight must not touch the second one's entry.
    assert_eq!((other, load, stored), (20, 10, Some(20)));
}

#[test]
fn landed_and_somebody_removes_and_loads() {
    let (other, load, stored) = during("landed", |cache| {
        cache.clear();
        get_with(cache, 20)
    });
    assert_eq!((other, load, stored), (20, 10, Some(20)));
}

/// A waiter that joined before is told, whatever happened to the entry.
#[test]
fn stored_and_removed_before_the_waiter_is_woken() {
    let _alone = isolate();
    let cache = Numbers::new(10);
    let bodies = std::sync::Arc::new(AtomicU64::new(0));
    let stop = stop_at("stored");
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    let leader = on_thread({
        let (cache, bodies) = (cache.clone(), bodies.clone());
        move || {
            take_part();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(cache.get_with(1, async move {
                bodies.fetch_add(1, SeqCst);
                gone.await.unwrap();
                10
            }))
        }
    });
    while bodies.load(SeqCst) == 0 {
        std::thread::yield_now();
    }
    let waiter = on_thread({
        let (cache, bodies) = (cache.clone(), bodies.clone());
        move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(cache.get_with(1, async move {
                bodies.fetch_add(1, SeqCst);
                20
            }))
        }
    });
    while cache.get_metrics().coalesced == 0 {
        std::thread::yield_now();
    }
    go.send(()).unwrap();
    stop.wait();
    assert!(cache.remove(&1));
    stop.release();
    assert_eq!((leader.join().unwrap(), waiter.join().unwrap()), (10, 10));
    assert_eq!((bodies.load(SeqCst), cache.peek(&1)), (1, None));
}
