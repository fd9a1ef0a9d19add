//! A call as a value, and a function's methods.

mod action;
pub(crate) mod gate;
mod invalidating;
pub(crate) mod key;
mod landing;
mod memo;
pub(crate) mod memoized;
pub(crate) mod owned;
mod poll;
pub(crate) mod shape;
#[expect(unsafe_code, reason = "memory without a type: see there")]
mod spare;
mod stage;
#[cfg(feature = "tier")]
pub(crate) mod strict;
#[cfg(feature = "tier")]
pub(crate) mod tiering;
mod traced;
mod trip;
pub(crate) mod weighing;

pub use action::Action;
pub use invalidating::{Invalidating, When, entry, every};
pub use memo::{FunctionCache, Memo, WholeEntries};
pub use memoized::Memoized;
pub(crate) use traced::MEMORY;
pub use traced::{Served, Traced};

use crate::load::settled;
use crate::store::Expected;
use crate::ttl::{Term, Ttl};
use memoized::{Ask, Home, Reply};
use shape::Shape;
use stage::Current;
use std::future::Future;

/// A call of a memoized function: a future, and until it is first polled a value that can be told what to do.
///
/// Like any future it does nothing before it is polled. Awaiting it looks the arguments up; a hit is answered
/// without allocation, without a clone of any argument, and without an exclusive lock. On a miss the body runs, once
/// for everybody who asks for the same key meanwhile.
///
/// # Cancellation
/// Dropping a call at any point is safe. If it was running the body, the others who wait carry on: a body that owns its
/// arguments is driven on by any of them, one that borrows is started again by one of them. The
/// last one who leaves ends the load.
///
/// A body owns its arguments when the attribute can see that nothing is borrowed: there is no `self`, no reference or
/// lifetime in the arguments, `Self` is not mentioned, and every type parameter of the function is `'static`. On tokio it
/// is driven by callers of the runtime that it was begun on; those from another one begin their own when no such
/// caller is left.
///
/// A caller who holds his call without polling it does not hold up the others: an owned body is driven by
/// them, a borrowed one that could go on is overtaken after 500 ms to a second.
///
/// # Panics
/// A panic of the body reaches the caller who asked for the load, or who was driving it when that one has left; the
/// others start again. A call that waits for itself, directly or around a ring of calls, panics with the names of
/// the calls around the ring: without a cache it would recurse for ever. What a body spawns as a task of its
/// own is no part of the ring.
///
/// Polling a call again after it has returned panics.
///
/// ```
/// use larder::prelude::*;
///
/// #[async_lru(maxsize = 100)]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_eq!(square(3).peek(), None);
/// assert_eq!(square(3).await, 9);
/// assert_eq!(square(3).peek(), Some(9));
/// # }
/// ```
#[must_use = "a call does nothing without `.await`, or `.blocking()` in code that is not async"]
pub struct Call<M: Memoized> {
    pub(crate) memo: M,
    wish: Wish,
    ttl: Term,
    stage: Current<M>,
    served: Option<Served>,
    /// Whether this call has been counted.
    counted: bool,
}

/// What the caller wants of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Use,
    /// A hit, and to know how old it is.
    UseTraced,
    Refresh,
    /// The same, and to know how long it took.
    RefreshTraced,
    Bypass,
}

impl Wish {
    /// Whether how the call was served is to be told.
    #[inline]
    fn is_traced(self) -> bool {
        matches!(self, Self::UseTraced | Self::RefreshTraced)
    }
}

impl<M: Memoized> Call<M> {
    #[inline]
    pub(crate) fn new(memo: M) -> Self {
        Self {
            memo,
            wish: Wish::Use,
            ttl: Term::DEFAULT,
            stage: Current::fresh(),
            served: None,
            counted: false,
        }
    }

    /// With `false`: a fresh load, whose value replaces the stored one.
    ///
    /// It does not join a load that began earlier, and one that is under way is not stored any more. If the load fails,
    /// the old value stays. Callers who come while it runs and may use the cache get the old value if there is one, and
    /// wait for this load otherwise.
    ///
    /// ```
    /// # use larder::prelude::*;
    /// # use std::sync::atomic::{AtomicU64, Ordering};
    /// # static CLOCK: AtomicU64 = AtomicU64::new(1);
    /// #[async_lru]
    /// async fn reading() -> u64 {
    ///     CLOCK.fetch_add(1, Ordering::Relaxed)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// assert_eq!(reading().await, 1);
    /// assert_eq!(reading().use_cache(false).await, 2);
    /// assert_eq!(reading().await, 2);
    /// # }
    /// ```
    pub fn use_cache(mut self, use_cache: bool) -> Self {
        self.wish = if use_cache { Wish::Use } else { Wish::Refresh };
        self
    }

    /// Runs the body; the cache is neither read nor written.
    pub fn bypass(mut self) -> Self {
        self.wish = Wish::Bypass;
        self
    }

    /// Stores what this call loads with a lifetime of its own. A hit keeps the lifetime it has.
    pub fn ttl(mut self, ttl: impl Into<Ttl>) -> Self {
        self.ttl = Term::from(ttl.into());
        self
    }

    /// Resolves to the output and to how it came about. It comes last: `f(x).use_cache(false).traced()`.
    ///
    /// ```
    /// # use larder::{prelude::*, Served};
    /// #[async_lru]
    /// async fn one() -> u64 {
    ///     1
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// assert!(matches!(one().traced().await, (1, Served::Loaded { .. })));
    /// assert!(matches!(one().traced().await, (1, Served::Hit { .. })));
    /// # }
    /// ```
    pub fn traced(mut self) -> Traced<M> {
        self.wish = match self.wish {
            Wish::Use => Wish::UseTraced,
            Wish::Refresh => Wish::RefreshTraced,
            wish => wish,
        };
        Traced(self)
    }

    /// Waits for the result on this thread, for code that is not async.
    ///
    /// A hit returns at once. Otherwise the body runs on the runtime that the thread has entered, or on a small one that
    /// is made for this call. A current-thread runtime that is entered and not driven by anybody does not drive timers
    /// either.
    ///
    /// # Panics
    /// On a miss, when called from async code: it would block a thread of the runtime. Use `.await` there.
    ///
    /// ```
    /// # use larder::prelude::*;
    /// #[async_lru]
    /// async fn two() -> u64 {
    ///     tokio::task::yield_now().await;
    ///     2
    /// }
    ///
    /// assert_eq!(two().blocking(), 2);
    /// ```
    pub fn blocking(mut self) -> M::Output {
        match self.hit() {
            Some(output) => output,
            None => action::block_on(self),
        }
    }

    /// Drops exactly this entry. Whether there was a live one.
    ///
    /// A load of it that is under way still answers those who wait for it, and is not stored.
    pub fn invalidate(self) -> Action<impl Future<Output = bool> + use<M>> {
        Action::new(async move {
            let key = self.key();
            let removed = self.memo.home().cache().inner.remove(&key, Expected::Anything);
            settled(removed.settling).await;
            removed.so
        })
    }

    /// Gives the entry a new lifetime, from now on. Whether there was a live one. A lifetime of zero removes it.
    pub fn touch<T: Into<Ttl>>(self, ttl: T) -> Action<impl Future<Output = bool> + use<M, T>> {
        let ttl = Term::from(ttl.into());
        Action::new(async move {
            let key = self.key();
            let touched = self.memo.home().cache().inner.touch(&key, ttl);
            settled(touched.settling).await;
            touched.so
        })
    }

    /// The key that the arguments make.
    pub(crate) fn key(&self) -> M::Key {
        match self.memo.ask(Ask::key()).0 {
            Reply::Key(key) => key,
            _ => unreachable!("asked for the key of a call that has begun"),
        }
    }

    fn peek_output(&self) -> Option<M::Output> {
        match self.memo.ask(Ask::peek(self.memo.home().cache())).0 {
            Reply::Found(value) => Some(M::Shape::join(value)),
            _ => None,
        }
    }

    async fn prime_output(self, output: M::Output) {
        if let Ok(value) = M::Shape::split(output) {
            let inner = &self.memo.home().cache().inner;
            settled(inner.set(self.key(), value, self.ttl, Expected::Anything).settling).await;
        }
    }
}

/// A function that returns a `Result` stores the values in its `Ok`s: so that is what one looks at and primes.
impl<M, U, E> Call<M>
where
    M: Memoized<Output = Result<U, E>>,
{
    /// The stored value, if there is one. Never runs the body, never waits, leaves no trace.
    ///
    /// For a function that does not return a `Result`, see [`WholeCall::peek`].
    pub fn peek(&self) -> Option<U> {
        self.peek_output()?.ok()
    }

    /// Stores `value` without running the body.
    ///
    /// A load that is under way still answers those who wait for it, and is not stored.
    /// For a function that does not return a `Result`, see [`WholeCall::prime`].
    pub fn prime(self, value: U) -> Action<impl Future<Output = ()> + use<M, U, E>> {
        Action::new(self.prime_output(Ok(value)))
    }
}

/// [`Call::peek`] and [`Call::prime`] for functions that do not return a `Result`. In the prelude.
pub trait WholeCall: Sized {
    /// What the function returns.
    type Output;

    /// The stored output, if there is one. Never runs the body, never waits, leaves no trace.
    fn peek(&self) -> Option<Self::Output>;

    /// Stores `output` without running the body.
    ///
    /// A load that is under way still answers those who wait for it, and is not stored.
    fn prime(self, output: Self::Output) -> Action<impl Future<Output = ()>>;
}

impl<M: Memoized> WholeCall for Call<M> {
    type Output = M::Output;

    fn peek(&self) -> Option<M::Output> {
        self.peek_output()
    }

    fn prime(self, output: M::Output) -> Action<impl Future<Output = ()>> {
        Action::new(self.prime_output(output))
    }
}

impl<M: Memoized> std::fmt::Debug for Call<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
