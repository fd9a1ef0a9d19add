//! For tests of code that memoizes: feature `testing`.

#[cfg(feature = "tier")]
pub mod tiers;

use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::HashMap;

/// Gives one test all caches for itself: every annotated function's cache is emptied and its counters are set to
/// zero now and when the guard is dropped, and other tests of the process that ask for isolation wait meanwhile.
///
/// Take it first thing in a test. Tests that do not take it are not kept out. Caches made by hand and the switches are not
/// touched. The guard stays on its thread, so in a test on a multi-thread runtime take it outside of `block_on`.
///
/// ```
/// use larder::prelude::*;
///
/// #[async_lru]
/// async fn seven() -> u64 {
///     7
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// seven().await;
/// {
///     let _alone = larder::testing::isolate();
///     assert_eq!(seven.get_metrics().misses, 0);
///     seven().await;
///     assert_eq!(seven.get_metrics().misses, 1);
/// }
/// assert_eq!(seven.cache().len(), 0);
/// # }
/// ```
#[must_use = "isolation ends when the guard is dropped"]
pub fn isolate() -> Isolation {
    static ALONE: Mutex<()> = Mutex::new(());
    let guard = ALONE.lock();
    clean();
    Isolation { _guard: guard }
}

/// The guard of [`isolate`].
#[derive(Debug)]
pub struct Isolation {
    _guard: MutexGuard<'static, ()>,
}

impl Drop for Isolation {
    fn drop(&mut self) {
        clean();
    }
}

fn clean() {
    for function in crate::functions() {
        function.clear();
        function.reset_metrics();
    }
}

/// Where threads stand that have been stopped.
static POINTS: Mutex<Option<HashMap<&'static str, Point>>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();

#[derive(Default)]
struct Point {
    reached: usize,
}

/// Stops the threads that come to a named point inside larder. For tests of larder itself.
#[doc(hidden)]
#[must_use]
pub fn stop_at(name: &'static str) -> StopAt {
    POINTS.lock().get_or_insert_default().insert(name, Point::default());
    StopAt(name)
}

/// Threads are stopped at a point while this lives.
#[doc(hidden)]
#[derive(Debug)]
pub struct StopAt(&'static str);

impl StopAt {
    /// Waits until a thread has come to the point.
    pub fn wait(&self) {
        let mut points = POINTS.lock();
        while points.as_ref().and_then(|all| all.get(self.0)).is_some_and(|p| p.reached == 0) {
            CHANGED.wait(&mut points);
        }
    }

    /// Lets the threads go on.
    pub fn release(self) {}
}

impl Drop for StopAt {
    fn drop(&mut self) {
        if let Some(all) = POINTS.lock().as_mut() {
            all.remove(self.0);
        }
        CHANGED.notify_all();
    }
}

/// A point. Only threads that were named to a test with [`take_part`] stop.
pub(crate) fn sync_point(name: &'static str) {
    if !TAKES_PART.get() {
        return;
    }
    let mut points = POINTS.lock();
    if let Some(point) = points.as_mut().and_then(|all| all.get_mut(name)) {
        point.reached += 1;
        CHANGED.notify_all();
    }
    while points.as_ref().is_some_and(|all| all.contains_key(name)) {
        CHANGED.wait(&mut points);
    }
}

thread_local!(static TAKES_PART: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });

/// Makes the current thread one that stops.
#[doc(hidden)]
pub fn take_part() {
    TAKES_PART.set(true);
}
