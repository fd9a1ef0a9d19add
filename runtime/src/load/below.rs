//! What lies below memory, as loads and changes see it. Only feature `tier` has something that is.

use super::flight::Landed;
use crate::error::Error;
use crate::ttl::{Lifetime, Term};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Everything below the memory of one cache.
pub(crate) trait Below<K, V>: Send + Sync {
    /// Asks for the value of `key`, or only for what has to be known to keep a fresh one later. `None` when there is nobody
    /// to be asked. If it is `strict`, and somebody cannot be, then that is what it comes to, unless another one has the value.
    fn look_up(&self, key: &K, wanted: Wanted, strict: bool) -> Option<Lookup<V>>;

    /// Asks for the values of many keys at once, in their order.
    #[cfg(feature = "tier")]
    fn look_up_many(&self, keys: &[K]) -> Option<LookupMany<V>>;

    /// Prepares to keep `value`, made by hand. `lifetime` is that of the cache, for those tiers that have none of their
    /// own, and `ttl` what was asked for.
    fn put(&self, key: &K, value: V, ttl: Term, lifetime: Lifetime) -> Option<Box<dyn Change>>;

    /// Prepares to remove the value of `key`.
    fn remove(&self, key: &K) -> Option<Box<dyn Change>>;

    /// Prepares to remove everything.
    fn clear(&self) -> Option<Box<dyn Change>>;

    /// Whether anything at all lies below.
    fn exists(&self) -> bool;

    /// Waits until everything that was entered has been done, or given up.
    fn flush(&self) -> Settling<Result<(), Error>>;

    /// The same, and from then on there is nothing below.
    fn close(&self) -> Settling<Result<(), Error>>;

    /// What was asked and answered.
    fn metrics(&self) -> Vec<crate::metrics::TierMetrics>;

    /// Sets the counters to zero.
    fn reset_metrics(&self);
}

/// What a lookup is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The value, if it is there.
    Value,
    /// To know, at the end of a load that begins now, whether its value may still be kept.
    Permission,
}

/// Asks below.
pub(crate) type Lookup<V> = Pin<Box<dyn Future<Output = Looked<V>> + Send>>;

/// Asks below for many.
#[cfg(feature = "tier")]
pub(crate) type LookupMany<V> = Pin<Box<dyn Future<Output = Vec<Option<Lower<V>>>> + Send>>;

/// What came of it.
#[cfg_attr(not(feature = "tier"), expect(dead_code, reason = "without tiers nobody is asked"))]
pub(crate) enum Looked<V> {
    Found(Lower<V>),
    Missed(Box<dyn Keep<V>>),
    Failed(TierFailure),
}

/// Why somebody could not be asked.
#[cfg(feature = "tier")]
pub(crate) type TierFailure = crate::tier::TierError;
/// Without tiers there is no why.
#[cfg(not(feature = "tier"))]
pub(crate) type TierFailure = std::convert::Infallible;

/// A value from below.
pub struct Lower<V> {
    pub(crate) value: V,
    /// What is left of its lifetime.
    pub(crate) left: Lifetime,
    pub(crate) age: Duration,
    pub(crate) tier: &'static str,
    /// Keeps it in the tiers above the one it was found in.
    pub(crate) promotion: Option<Box<dyn Change>>,
}

/// Keeps what a load brings, in every tier that still wants it.
pub(crate) trait Keep<V>: Send {
    /// Prepares to, as [`Below::put`].
    fn keep(self: Box<Self>, value: V, ttl: Term, lifetime: Lifetime) -> Option<Box<dyn Change>>;
}

/// A change of what lies below. All code of the user's that it needs has run.
pub(crate) trait Change: Send {
    /// Enters it. Changes of one key happen in the order in which they are entered, so this is called below the lock that
    /// orders them in memory; it takes leaf locks only.
    fn enter(&mut self);

    /// Sets it going, outside every lock. What to wait for, for those who wait for the tiers. Does nothing unless it was
    /// entered.
    fn go(self: Box<Self>) -> Option<Settling>;
}

/// Waits for the tiers, and not for long.
pub(crate) type Settling<T = ()> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Waits for a change, if there is anything to wait for.
pub(crate) async fn settled(settling: Option<Settling>) {
    if let Some(settling) = settling {
        settling.await;
    }
}

/// What is to be done with the value of a load before which something was asked below.
pub struct After<V> {
    /// Keeps it there.
    pub(crate) keep: Box<dyn Keep<V>>,
    /// When the body began.
    pub(crate) began: crate::clock::Tick,
}

pin_project! {
    /// A body, and what is asked before it runs.
    pub(crate) struct Chain<V, B> {
        lookup: Option<Lookup<V>>,
        after: Option<Box<After<V>>>,
        #[pin]
        body: B,
    }
}

/// What came of a chain.
pub(crate) enum Brought<V, T> {
    Lower(Lower<V>),
    Output(T, Option<Box<After<V>>>),
    TierFailed(TierFailure),
}

impl<V, B> Chain<V, B> {
    pub(crate) fn new(lookup: Option<Lookup<V>>, body: B) -> Self {
        Self { lookup, after: None, body }
    }

    fn poll_with<R>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut B>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<Brought<V, R>> {
        let this = self.project();
        if let Some(lookup) = this.lookup {
            match ready!(lookup.as_mut().poll(cx)) {
                Looked::Found(lower) => return Poll::Ready(Brought::Lower(lower)),
                Looked::Failed(why) => return Poll::Ready(Brought::TierFailed(why)),
                Looked::Missed(keep) => {
                    let began = crate::clock::now();
                    *this.after = Some(Box::new(After { keep, began }));
                    *this.lookup = None;
                }
            }
        }
        let output = ready!(poll(this.body, cx));
        Poll::Ready(Brought::Output(output, this.after.take()))
    }
}

impl<V, B: Future> Future for Chain<V, B> {
    type Output = Brought<V, B::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_with(cx, Future::poll)
    }
}

impl<V> super::Land<V> for Chain<V, super::SharedBody<V>> {
    fn poll_landed(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        landed: &mut Option<Landed<V>>,
    ) -> Poll<()> {
        let poll = |body: Pin<&mut super::SharedBody<V>>, cx: &mut Context<'_>| {
            body.get_mut().as_mut().poll_landed(cx, landed)
        };
        match ready!(self.poll_with(cx, poll)) {
            Brought::Lower(lower) => *landed = Some(Landed::Lower(Box::new(lower))),
            Brought::TierFailed(why) => *landed = Some(Landed::TierFailed(why)),
            Brought::Output((), came_after) => {
                if let Some(Landed::Value(_, _, after)) = landed {
                    *after = came_after;
                }
            }
        }
        Poll::Ready(())
    }
}
