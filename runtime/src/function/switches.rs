//! Switching caching off: for the process, or for what one future does.

use crossbeam_utils::CachePadded;
use pin_project_lite::pin_project;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

/// The kill switch counts as one, every future that is being polled without a cache as one more. So a hit has
/// one word to look at, which is zero nearly always; on a line of its own, so that no neighbour disturbs hits.
static ACTIVE: CachePadded<AtomicUsize> = CachePadded::new(AtomicUsize::new(0));
/// Set while the kill switch is thrown.
static KILLED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

thread_local!(static OFF_HERE: Cell<bool> = const { Cell::new(false) });

/// Whether any switch may concern anybody.
#[inline]
pub(crate) fn any() -> bool {
    ACTIVE.load(Relaxed) != 0
}

/// Whether the running code goes without a cache.
#[inline]
pub(crate) fn off_here() -> bool {
    any() && (KILLED.load(Relaxed) || OFF_HERE.get())
}

/// The kill switch: switches caching off and on again for the whole process.
///
/// While it is off, every memoized call that is awaited runs its body, and nothing is read or stored for it. What is said
/// to a cache itself, `prime`, `peek`, `get` and `set`, goes on as ever. Entries stay where they are,
/// so switching it on again brings them back, as old as they are.
///
/// ```
/// # use larder::prelude::*;
/// #[async_lru]
/// async fn now() -> std::time::Instant {
///     std::time::Instant::now()
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let first = now().await;
/// larder::set_enabled(false);
/// assert_ne!(now().await, first);
/// larder::set_enabled(true);
/// assert_eq!(now().await, first);
/// # }
/// ```
pub fn set_enabled(enabled: bool) {
    if KILLED.swap(!enabled, Relaxed) == enabled {
        if enabled {
            ACTIVE.fetch_sub(1, Relaxed);
        } else {
            ACTIVE.fetch_add(1, Relaxed);
        }
    }
}

/// Runs `future` without any cache: every memoized call that it awaits runs its body, and nothing is read or stored for it.
///
/// It covers what is polled inside `future` itself. A task spawned there is a future of its own; wrap that one
/// too.
///
/// ```
/// # use larder::prelude::*;
/// #[async_lru]
/// async fn answer() -> u64 {
///     42
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// larder::without_cache(async {
///     answer().await;
///     answer().await;
/// })
/// .await;
/// assert_eq!(answer.get_metrics().bypasses, 2);
/// assert_eq!(answer.cache().len(), 0);
/// # }
/// ```
pub fn without_cache<F: Future>(future: F) -> WithoutCache<F> {
    WithoutCache { future }
}

pin_project! {
    /// The future of [`without_cache`].
    #[must_use = "futures do nothing unless polled"]
    pub struct WithoutCache<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for WithoutCache<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        struct Restore(bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                OFF_HERE.set(self.0);
                ACTIVE.fetch_sub(1, Relaxed);
            }
        }
        ACTIVE.fetch_add(1, Relaxed);
        let _restore = Restore(OFF_HERE.replace(true));
        self.project().future.poll(cx)
    }
}
