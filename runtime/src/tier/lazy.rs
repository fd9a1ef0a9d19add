//! A tier that is opened when it is first used, and again as long as that fails.

use super::report::SetAside;
use super::{Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey};
use parking_lot::Mutex;
use std::sync::Arc;

pub(super) struct Lazy<T> {
    name: &'static str,
    open: Box<Open<T>>,
    state: Mutex<State<T>>,
}

/// Opens the tier, and notes what it sets aside.
type Open<T> = dyn Fn(&mut SetAside) -> Result<T, TierError> + Send + Sync;

enum State<T> {
    Unopened,
    Open(Arc<T>),
    Closed,
}

impl<T: Tier> Lazy<T> {
    pub(super) fn new(
        name: &'static str,
        open: impl Fn(&mut SetAside) -> Result<T, TierError> + Send + Sync + 'static,
    ) -> Self {
        Self { name, open: Box::new(open), state: Mutex::new(State::Unopened) }
    }

    fn tier(&self) -> Result<Arc<T>, TierError> {
        SetAside::told(self.name, |noted| self.opened(noted))
    }

    /// The tier. It is opened below the lock, so that it is opened once.
    fn opened(&self, noted: &mut SetAside) -> Result<Arc<T>, TierError> {
        let mut state = self.state.lock();
        match &*state {
            State::Open(tier) => Ok(tier.clone()),
            State::Closed => Err(TierError::new(TierErrorKind::Closed, "the tier is closed")),
            State::Unopened => {
                let tier = Arc::new((self.open)(noted)?);
                *state = State::Open(tier.clone());
                Ok(tier)
            }
        }
    }
}

impl<T: Tier> Tier for Lazy<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        Box::pin(async move { self.tier()?.get(namespace, keys).await })
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        Box::pin(async move { self.tier()?.put(namespace, entries).await })
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        Box::pin(async move { self.tier()?.remove(namespace, keys).await })
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        Box::pin(async move { self.tier()?.clear(namespace).await })
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        Box::pin(async move { self.tier()?.remove_tagged(namespace, tag).await })
    }

    fn flush(&self) -> TierFuture<'_, ()> {
        let opened = match &*self.state.lock() {
            State::Open(tier) => Some(tier.clone()),
            State::Unopened | State::Closed => None,
        };
        Box::pin(async move {
            match opened {
                Some(tier) => tier.flush().await,
                None => Ok(()),
            }
        })
    }

    fn close(&self) -> TierFuture<'_, ()> {
        let opened = std::mem::replace(&mut *self.state.lock(), State::Closed);
        Box::pin(async move {
            match opened {
                State::Open(tier) => tier.close().await,
                State::Unopened | State::Closed => Ok(()),
            }
        })
    }
}
