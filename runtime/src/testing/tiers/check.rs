//! A tier under test, in one namespace that nobody else has.

use crate::clock;
use crate::tier::{
    Deadline, Epoch, Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey,
};
use bytes::Bytes;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

/// A name that no run has used, on this store or any other.
pub(super) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = clock::wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Relaxed));
    format!("conformance-{process}-{nanos}-{count}:")
}

/// One namespace of a tier.
pub(super) struct Check<'a, T> {
    pub(super) tier: &'a T,
    pub(super) namespace: String,
}

impl<'a, T: Tier> Check<'a, T> {
    pub(super) fn new(tier: &'a T) -> Self {
        Self::named(tier, unique())
    }

    pub(super) fn named(tier: &'a T, namespace: String) -> Self {
        Self { tier, namespace }
    }

    pub(super) async fn put(&self, entries: &[TierEntry]) {
        ok("put", self.tier.put(&self.namespace, entries).await);
    }

    pub(super) async fn remove(&self, keys: &[TierKey]) {
        ok("remove", self.tier.remove(&self.namespace, keys).await);
    }

    pub(super) async fn clear(&self) {
        ok("clear", self.tier.clear(&self.namespace).await);
    }

    /// Whether the tier keeps tags.
    pub(super) async fn remove_tagged(&self, tag: &str) -> bool {
        match self.tier.remove_tagged(&self.namespace, tag).await {
            Err(error) if error.kind() == TierErrorKind::Unsupported => false,
            done => {
                ok("remove_tagged", done);
                true
            }
        }
    }

    pub(super) async fn fetch(&self, keys: &[TierKey]) -> Fetched {
        let fetched = ok("get", self.tier.get(&self.namespace, keys).await);
        assert_eq!(fetched.values.len(), keys.len(), "get returns one value for each key");
        fetched
    }

    pub(super) async fn epoch(&self) -> Epoch {
        self.fetch(&[]).await.epoch
    }

    pub(super) async fn get(&self, name: impl AsRef<[u8]>) -> Option<Bytes> {
        let mut fetched = self.fetch(&[key(name)]).await;
        fetched.values.pop().flatten()
    }

    /// That `name` is found with this value, or not.
    pub(super) async fn expect(&self, name: &str, value: Option<&str>, why: &str) {
        let found = self.get(name).await;
        let namespace = &self.namespace;
        assert!(
            found.as_deref() == value.map(str::as_bytes),
            "{why}: in the namespace {namespace:?}, {name:?} was found as {found:?} instead of {value:?}",
        );
    }
}

/// What must not fail.
pub(super) fn ok<T>(what: &str, done: Result<T, TierError>) -> T {
    match done {
        Ok(value) => value,
        Err(error) => panic!("{what} fails: {error} ({:?})", error.kind()),
    }
}

pub(super) fn key(name: impl AsRef<[u8]>) -> TierKey {
    TierKey::new(name.as_ref().to_vec())
}

pub(super) fn entry(name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> TierEntry {
    TierEntry {
        key: key(name),
        value: Bytes::copy_from_slice(value.as_ref()),
        deadline: None,
        epoch: None,
        tags: Vec::new(),
    }
}

/// Found until the time is over, that begins now.
pub(super) fn for_the_next(time: Duration) -> Deadline {
    Deadline::after(clock::wall(), time)
}

/// Blocks the thread until `deadline` is over: a tier goes by the wall clock, which nobody can move.
pub(super) fn wait_for(deadline: Deadline) {
    loop {
        let left = deadline.remaining(clock::wall());
        if left.is_zero() {
            return;
        }
        std::thread::park_timeout(left);
    }
}

/// Polls a call so many times, and drops it.
pub(super) fn abandon<V>(mut call: TierFuture<'_, V>, polls: usize) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if call.as_mut().poll(&mut context).is_ready() {
            return;
        }
    }
}

/// Runs calls at the same time.
pub(super) async fn together<V>(calls: impl Iterator<Item = TierFuture<'_, V>>) -> Vec<V> {
    let mut calls: Vec<_> = calls.map(|call| (Some(call), None)).collect();
    poll_fn(|context| {
        for (call, done) in &mut calls {
            if let Some(Poll::Ready(value)) = call.as_mut().map(|call| call.as_mut().poll(context))
            {
                (*call, *done) = (None, Some(ok("a call among others", value)));
            }
        }
        if calls.iter().any(|(call, _)| call.is_some()) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    calls.into_iter().filter_map(|(_, done)| done).collect()
}
