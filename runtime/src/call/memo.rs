//! A function's methods: its name is the handle of its cache.

use super::memoized::{Memoized, Standalone};
use super::shape::Shape;
use super::{Action, Call};
use crate::cache::{Cache, Reason};
use crate::error::Error;
use crate::load::settled;
use crate::metrics::Metrics;
use std::future::Future;
use std::time::Duration;

/// The methods of a memoized function, by its name. In the prelude.
///
/// Implemented for every function of up to 16 arguments that returns a [`Call`], whatever path leads to it: methods
/// (`Service::get_user`), renamed imports, one monomorphization of a generic function (`count::<Orders>`).
///
/// ```
/// use larder::prelude::*;
///
/// struct Tax {
///     percent: u64,
/// }
///
/// impl Tax {
///     #[async_lru(skip(self))]
///     async fn of(&self, amount: u64) -> u64 {
///         amount * self.percent / 100
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let tax = Tax { percent: 19 };
/// tax.of(100).await;
/// tax.of(100).await;
/// assert_eq!(Tax::of.get_metrics().hits, 1);
/// Tax::of.clear().await;
/// assert_eq!(Tax::of.cache().len(), 0);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a memoized function with a cache of its own",
    label = "not a memoized function",
    note = "functions annotated with `#[async_lru]` or `#[async_ttl]` are, unless they use a cache of yours with `cache = ..`"
)]
pub trait Memo<Signature> {
    /// The calls of this function.
    type Call: Standalone;

    /// What this function's cache did so far.
    fn get_metrics(&self) -> Metrics {
        Self::Call::own_cache().get_metrics()
    }

    /// Sets this function's counters to zero. Its entries stay. With the option `sizing`, what it has been advised of is forgotten
    /// and the models stay warm: see [`Cache::reset_metrics`](crate::Cache::reset_metrics).
    fn reset_metrics(&self) {
        Self::Call::own_cache().reset_metrics();
    }

    /// Removes every entry of this function. Loads that are under way still answer those who wait for them, and are not
    /// stored.
    fn clear(&self) -> Action<impl Future<Output = ()> + Send> {
        Action::new(async { settled(Self::Call::own_cache().inner.clear()).await })
    }

    /// The entries of this function, typed by what it takes and returns.
    fn cache(&self) -> FunctionCache<Self::Call> {
        FunctionCache { cache: Self::Call::own_cache() }
    }

    /// Switches this function's cache off and on again. While it is off every call runs its body. Neither
    /// entries nor keys change.
    fn set_enabled(&self, enabled: bool) {
        Self::Call::own_cache().set_enabled(enabled);
    }
}

macro_rules! memo {
    ($($argument:ident)*) => {
        impl<Function, M, $($argument),*> Memo<(M, $($argument,)*)> for Function
        where
            Function: Fn($($argument),*) -> Call<M>,
            M: Standalone,
        {
            type Call = M;
        }
    };
}
macro_rules! memo_up_to {
    ($($all:ident)*) => { memo_up_to!(@ [] $($all)*); };
    (@ [$($done:ident)*]) => { memo!($($done)*); };
    (@ [$($done:ident)*] $next:ident $($rest:ident)*) => {
        memo!($($done)*);
        memo_up_to!(@ [$($done)* $next] $($rest)*);
    };
}
memo_up_to!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);

/// The entries of one memoized function. From [`Memo::cache`].
///
/// A function that returns a `Result` stores the values in its `Ok`s, so its entries are those; any other function's are
/// its outputs.
pub struct FunctionCache<M: Memoized> {
    cache: &'static Cache<M::Key, M::Value>,
}

impl<M: Memoized> FunctionCache<M> {
    /// The number of live entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Whether there is no live entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cache.is_empty()
    }

    /// The bound on the number of entries, `None` when there is none.
    #[must_use]
    pub fn maxsize(&self) -> Option<usize> {
        self.cache.maxsize()
    }

    /// See [`Cache::set_maxsize`].
    pub fn set_maxsize(&self, maxsize: impl Into<Option<usize>>) {
        self.cache.set_maxsize(maxsize);
    }

    /// How long entries live unless a call says otherwise; `None` for ever.
    #[must_use]
    pub fn ttl(&self) -> Option<Duration> {
        self.cache.ttl()
    }

    /// See [`Cache::set_ttl`].
    pub fn set_ttl(&self, ttl: impl Into<Option<Duration>>) {
        self.cache.set_ttl(ttl);
    }

    /// The path of the function, with its type arguments.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.cache.inner.name
    }

    /// Waits until the tiers below have been told everything they are owed. See [`Cache::flush`].
    ///
    /// # Errors
    /// [`Error::TierUnavailable`] when one of them could not be told everything. It stays owed.
    pub async fn flush(&self) -> Result<(), Error> {
        self.cache.flush().await
    }

    /// Flushes, and leaves the tiers alone from then on. See [`Cache::close`].
    ///
    /// # Errors
    /// As [`flush`](Self::flush); it is closed all the same.
    pub async fn close(&self) -> Result<(), Error> {
        self.cache.close().await
    }

    /// The keys of every live entry.
    #[must_use]
    pub fn keys(&self) -> Vec<M::Key> {
        self.cache.inner.collect(|entry| entry.key.clone())
    }

    fn outputs(&self) -> impl Iterator<Item = (M::Key, M::Output)> + use<M> {
        let entries = self.cache.entries().into_iter();
        entries.map(|(key, value)| (key, M::Shape::join(value)))
    }
}

/// For functions that return a `Result`.
impl<M, U, E> FunctionCache<M>
where
    M: Memoized<Output = Result<U, E>>,
{
    /// Every live entry, in no particular order. For a function that does not return a `Result`, see
    /// [`WholeEntries::entries`].
    #[must_use]
    pub fn entries(&self) -> Vec<(M::Key, U)> {
        self.outputs().filter_map(|(key, output)| Some((key, output.ok()?))).collect()
    }

    /// Calls `hook` with every entry that leaves, and why. See [`Cache::on_evict`]; the hook gets a clone of the
    /// value. For a function that does not return a `Result`, see [`WholeEntries::on_evict`].
    pub fn on_evict(&self, hook: impl Fn(&M::Key, U, Reason) + Send + Sync + 'static) {
        self.cache.on_evict(move |key, value, reason| {
            if let Ok(value) = M::Shape::join(value.clone()) {
                hook(key, value, reason);
            }
        });
    }
}

/// [`FunctionCache::entries`] and [`FunctionCache::on_evict`] for functions that do not return a `Result`. In the
/// prelude.
pub trait WholeEntries {
    /// The key that the arguments make.
    type Key;
    /// What the function returns.
    type Output;

    /// Every live entry, in no particular order.
    fn entries(&self) -> Vec<(Self::Key, Self::Output)>;

    /// Calls `hook` with every entry that leaves, and why. See [`Cache::on_evict`]; the hook gets a clone of the output.
    fn on_evict(&self, hook: impl Fn(&Self::Key, Self::Output, Reason) + Send + Sync + 'static);
}

impl<M: Memoized> WholeEntries for FunctionCache<M> {
    type Key = M::Key;
    type Output = M::Output;

    fn entries(&self) -> Vec<(M::Key, M::Output)> {
        self.outputs().collect()
    }

    fn on_evict(&self, hook: impl Fn(&M::Key, M::Output, Reason) + Send + Sync + 'static) {
        self.cache.on_evict(move |key, value, reason| {
            hook(key, M::Shape::join(value.clone()), reason);
        });
    }
}

impl<M: Memoized> std::fmt::Debug for FunctionCache<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cache.fmt(f)
    }
}
