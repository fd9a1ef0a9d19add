//! What a call carries: arguments, where to look for them, and what to do without them.

use super::key::{ByView, View};
use super::owned::OwnedBody;
use super::shape::Shape;
use super::weighing::{BySize, Weighing};
use crate::cache::{Cache, Found, Key, ShortWay, Value};
use crate::function::Site;
use crate::load::SharedBody;
use std::future::Future;
use std::marker::PhantomData;

/// What a [`Call`](crate::Call) calls: one function with its arguments.
///
/// Implemented by larder only. It appears in the return type of annotated functions, and its associated types are
/// what a signature may want to name.
pub trait Memoized {
    /// What the call resolves to.
    type Output;
    /// The key that the arguments make.
    type Key: Key;
    /// What is stored.
    #[doc(hidden)]
    type Value: Value;
    /// The function's body as a future.
    #[doc(hidden)]
    type Body: Future<Output = Self::Output>;
    /// Whether the body loads anything: one that does not is none of the loads that are counted.
    #[doc(hidden)]
    const LOADS: bool = true;
    /// How the output is divided into what is stored and what is not.
    #[doc(hidden)]
    type Shape: Shape<Output = Self::Output, Value = Self::Value>;
    /// Where the cache is.
    #[doc(hidden)]
    type Home: Home<Self::Key, Self::Value>;

    #[doc(hidden)]
    fn home(&self) -> &Self::Home;
    #[doc(hidden)]
    fn ask(&self, ask: Ask<'_, Self::Key, Self::Value>) -> Answer<Self::Key, Self::Value>;
    #[doc(hidden)]
    fn shape(&self) -> Self::Shape;
    /// The body, once.
    #[doc(hidden)]
    fn body(&mut self) -> Self::Body;
    /// The body as one that its flight may own, or as it is when it borrows.
    #[doc(hidden)]
    fn launch(&mut self) -> Launch<Self::Value, Self::Body>;
}

/// A memoized call of a function with a cache of its own, one that the function's name is the handle of.
#[diagnostic::on_unimplemented(
    message = "this function has no cache of its own",
    note = "`cache = ..` makes it use a cache of yours: ask that one for its metrics and its entries"
)]
pub trait Standalone: Memoized {
    #[doc(hidden)]
    fn own_cache() -> &'static Cache<Self::Key, Self::Value>;
}

/// A question to the key closure of a function, which alone can make a view of the arguments.
pub struct Ask<'a, K: std::hash::Hash + Eq, V>(Question<'a, K, V>);

enum Question<'a, K: std::hash::Hash + Eq, V> {
    Find(&'a Cache<K, V>, ShortWay),
    FindWhole(&'a Cache<K, V>),
    Peek(&'a Cache<K, V>),
    Key,
}

/// What came of it.
pub struct Answer<K, V>(pub(super) Reply<K, V>);

pub(super) enum Reply<K, V> {
    Found(V),
    FoundWhole(Found<K, V>),
    Absent,
    Key(K),
}

impl<'a, K: Key, V: Value> Ask<'a, K, V> {
    pub(super) fn find(cache: &'a Cache<K, V>, way: ShortWay) -> Self {
        Self(Question::Find(cache, way))
    }

    pub(super) fn find_whole(cache: &'a Cache<K, V>) -> Self {
        Self(Question::FindWhole(cache))
    }

    pub(super) fn peek(cache: &'a Cache<K, V>) -> Self {
        Self(Question::Peek(cache))
    }

    pub(super) fn key() -> Self {
        Self(Question::Key)
    }

    /// Answers with the help of `view`.
    // The short way becomes a part of the caller, who knows the question.
    #[expect(
        clippy::inline_always,
        reason = "left to itself the compiler makes it a call that asks for the question"
    )]
    #[inline(always)]
    pub fn with<Q: View<K>>(self, view: Q) -> Answer<K, V> {
        match &self.0 {
            Question::Find(cache, way) => Answer(found(cache.inner.find(&ByView(view), *way))),
            Question::Key => Answer(Reply::Key(view.to_key())),
            _ => self.with_otherwise(ByView(view)),
        }
    }

    #[inline(never)]
    fn with_otherwise<Q: View<K>>(&self, view: ByView<Q>) -> Answer<K, V> {
        Answer(match &self.0 {
            Question::Find(..) | Question::Key => unreachable!("the short way"),
            Question::FindWhole(cache) => {
                cache.inner.find_whole(&view).map_or(Reply::Absent, Reply::FoundWhole)
            }
            Question::Peek(cache) => found(cache.inner.peek(&view)),
        })
    }
}

#[inline]
fn found<K, V>(value: Option<V>) -> Reply<K, V> {
    match value {
        Some(value) => Reply::Found(value),
        None => Reply::Absent,
    }
}

/// A body on its way into a flight.
pub enum Launch<V, B> {
    /// It borrows nothing: the flight owns it, and whoever is polled drives it.
    Shared(SharedBody<V>),
    /// It belongs to its caller.
    Own(B),
}

/// Whether the body of a function can outlive its caller.
pub trait Mode<F: Future, S: Shape<Output = F::Output>> {
    /// Prepares the body for its flight.
    fn launch(body: F, shape: S) -> Launch<S::Value, F>;
}

/// The body owns all it needs.
#[derive(Clone, Copy)]
pub struct Owned;

/// The body borrows from its caller.
#[derive(Clone, Copy)]
pub struct Borrowed;

/// The body cannot leave its thread: `local`.
#[derive(Clone, Copy)]
pub struct Local;

impl<S: Shape<Output: 'static, Value: 'static>> Mode<OwnedBody<S::Output, S::Value>, S> for Owned {
    fn launch(
        body: OwnedBody<S::Output, S::Value>,
        _: S,
    ) -> Launch<S::Value, OwnedBody<S::Output, S::Value>> {
        if S::TRAVELS { Launch::Shared(body.share()) } else { Launch::Own(body) }
    }
}

impl<F: Future, S: Shape<Output = F::Output>> Mode<F, S> for Borrowed {
    fn launch(body: F, _: S) -> Launch<S::Value, F> {
        Launch::Own(body)
    }
}

impl<F: Future, S: Shape<Output = F::Output>> Mode<F, S> for Local {
    fn launch(body: F, _: S) -> Launch<S::Value, F> {
        Launch::Own(body)
    }
}

/// Where a call finds its cache. A copy of it can be asked while the call changes.
pub trait Home<K: Key, V: Value>: Copy {
    #[doc(hidden)]
    fn cache(&self) -> &Cache<K, V>;
}

/// In the static behind the function, whose body is made by a `B`. `W` weighs its entries.
pub struct AtSite<S, B, W = BySize>(PhantomData<fn(S, B, W)>);

impl<S, B, W> AtSite<S, B, W> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

// A derived one would ask for a site and a body that are `Copy`.
impl<S, B, W> Clone for AtSite<S, B, W> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S, B, W> Copy for AtSite<S, B, W> {}

impl<S: Site, B, W: Weighing<K, V>, K: Key, V: Value> Home<K, V> for AtSite<S, B, W> {
    #[inline]
    fn cache(&self) -> &Cache<K, V> {
        S::function().cache::<K, V, B, W>()
    }
}

impl<K: Key, V: Value> Home<K, V> for &Cache<K, V> {
    #[inline]
    fn cache(&self) -> &Cache<K, V> {
        self
    }
}

/// The call of an annotated function.
pub struct Invocation<H, A, K, Q, B, S, M> {
    home: H,
    key: Q,
    shape: S,
    /// Gone once the body has been made.
    load: Option<(A, B)>,
    types: PhantomData<fn() -> (K, M)>,
}

impl<H, A, K, Q, B, S, M> Invocation<H, A, K, Q, B, S, M> {
    #[inline]
    pub(super) fn new(home: H, arguments: A, key: Q, body: B, shape: S) -> Self {
        Self { home, key, shape, load: Some((arguments, body)), types: PhantomData }
    }

    /// The same one with another place to look.
    #[inline]
    pub(super) fn at<Other>(self, home: Other) -> Invocation<Other, A, K, Q, B, S, M> {
        let Self { home: _, key, shape, load, types } = self;
        Invocation { home, key, shape, load, types }
    }
}

impl<H, A, K, Q, B, F, S, M> Memoized for Invocation<H, A, K, Q, B, S, M>
where
    H: Home<K, S::Value>,
    K: Key,
    Q: for<'x, 'y> Fn(&'x A, Ask<'y, K, S::Value>) -> Answer<K, S::Value>,
    B: FnOnce(A) -> F,
    F: Future<Output = S::Output>,
    S: Shape<Value: Value>,
    M: Mode<F, S>,
{
    type Output = S::Output;
    type Key = K;
    type Value = S::Value;
    type Body = F;
    type Shape = S;
    type Home = H;

    #[inline]
    fn home(&self) -> &H {
        &self.home
    }

    #[expect(clippy::inline_always, reason = "the caller knows what it asks")]
    #[inline(always)]
    fn ask(&self, ask: Ask<'_, K, S::Value>) -> Answer<K, S::Value> {
        match &self.load {
            Some((arguments, _)) => (self.key)(arguments, ask),
            None => Answer(Reply::Absent),
        }
    }

    #[inline]
    fn shape(&self) -> S {
        self.shape
    }

    #[inline]
    fn body(&mut self) -> F {
        let (arguments, body) = self.load.take().expect("a call makes its body once");
        body(arguments)
    }

    #[inline]
    fn launch(&mut self) -> Launch<S::Value, F> {
        let shape = self.shape;
        M::launch(self.body(), shape)
    }
}

impl<I, W, A, K, Q, B, F, S, M> Standalone for Invocation<AtSite<I, B, W>, A, K, Q, B, S, M>
where
    I: Site,
    W: Weighing<K, S::Value>,
    K: Key,
    Q: for<'x, 'y> Fn(&'x A, Ask<'y, K, S::Value>) -> Answer<K, S::Value>,
    B: FnOnce(A) -> F,
    F: Future<Output = S::Output>,
    S: Shape<Value: Value>,
    M: Mode<F, S>,
{
    fn own_cache() -> &'static Cache<K, S::Value> {
        I::function().cache::<K, S::Value, B, W>()
    }
}

/// The value for `return` in a body that never returns it: it tells the compiler the type.
pub fn output<T>() -> T {
    unreachable!("never called")
}
