//! Gives the memory of expired entries back without anybody calling the cache.
//!
//! Nothing depends on it: an expired entry is never found, and leaves before a live one. But where nobody calls any more,
//! nothing would pass by. So the first entry with a deadline that is stored from within a runtime starts a task there,
//! which sleeps until something may be due. It ends with the cache, or when no entry has a deadline; when its runtime
//! goes down, the next entry starts another one.
//!
//! While tokio's clock is paused none is started: its timer would make the clock run ahead whenever everything else
//! waits.

use super::{Inner, Key, Value};
use crate::clock::{self, Tick};
use crate::timer;
use std::hash::Hash;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;

/// How long it waits at least between two sweeps.
const PAUSE: Duration = Duration::from_millis(250);

/// How many entries it takes out before it lets others run.
const AT_ONCE: usize = 256;

#[derive(Default)]
pub(crate) struct Sweeper {
    /// Whether an entry with a deadline was ever stored.
    deadlines: AtomicBool,
    /// Whether there is a task.
    runs: AtomicBool,
    /// Until when it sleeps.
    until: AtomicU64,
    /// Ends its sleep.
    call: Arc<Notify>,
}

impl Sweeper {
    #[inline]
    pub(super) fn has_seen_deadlines(&self) -> bool {
        self.deadlines.load(Relaxed)
    }

    /// An entry with this deadline has been stored.
    pub(super) fn expect<K: Key, V: Value>(&self, inner: &Inner<K, V>, deadline: Tick) {
        if deadline == clock::NEVER {
            return;
        }
        self.deadlines.store(true, Relaxed);
        if !self.runs.load(Acquire) {
            self.start(inner);
        } else if deadline.saturating_add(clock::nanos(PAUSE)) < self.until.load(Relaxed) {
            self.call.notify_one();
        }
    }

    #[cold]
    fn start<K: Key, V: Value>(&self, inner: &Inner<K, V>) {
        let Ok(runtime) = Handle::try_current() else { return };
        if clock::is_paused() || self.runs.swap(true, AcqRel) {
            return;
        }
        self.until.store(clock::NEVER, Relaxed);
        let call = self.call.clone();
        // The guard goes along, and is dropped even if the task is never polled.
        let running = Running(inner.this.clone());
        runtime.spawn(async move { running.sweep(call).await });
    }
}

/// With the cache its task ends, whatever it sleeps for.
impl Drop for Sweeper {
    fn drop(&mut self) {
        self.call.notify_one();
    }
}

/// That there is a task.
struct Running<K: Hash + Eq, V>(Weak<Inner<K, V>>);

impl<K: Hash + Eq, V> Drop for Running<K, V> {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.sweeper.runs.store(false, Release);
        }
    }
}

impl<K: Key, V: Value> Running<K, V> {
    async fn sweep(mut self, call: Arc<Notify>) {
        loop {
            while let Some(pause) = self.pause() {
                if timer::within(pause, call.notified()).await.is_none() {
                    self.purge().await;
                }
            }
            sync_point!("swept");
            if self.is_over() {
                return;
            }
        }
    }

    /// Says that there is no task, unless there is something to wait for by then: whoever has stored it took this one for
    /// running.
    fn is_over(&mut self) -> bool {
        let Some(inner) = self.0.upgrade() else { return true };
        let runs = &inner.sweeper.runs;
        runs.store(false, Release);
        let over = inner.store.next_expiry().is_none() || runs.swap(true, AcqRel);
        if over {
            // There may be another one by now, and its word is not ours to take back.
            self.0 = Weak::new();
        }
        over
    }

    /// How long to sleep; `None` when there is nothing to wait for.
    fn pause(&self) -> Option<Duration> {
        let inner = self.0.upgrade()?;
        let now = clock::now();
        let next = inner.store.next_expiry()?.max(clock::after(now, clock::nanos(PAUSE)));
        inner.sweeper.until.store(next, Relaxed);
        Some(Duration::from_nanos(next - now))
    }

    async fn purge(&self) {
        while let Some(inner) = self.0.upgrade()
            && inner.purge(clock::now(), AT_ONCE)
        {
            drop(inner);
            tokio::task::yield_now().await;
        }
    }
}
