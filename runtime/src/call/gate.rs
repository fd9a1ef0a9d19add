//! One mistake, one error.
//!
//! A type that cannot be a key would be found at every bound on the way from the arguments to the cache: seven errors
//! for a missing `derive`. So generated code checks each type once, where the user has written it, and makes the call
//! a method of what the checks come to. A check that fails is reported and has no result type; then the
//! call is a method of nothing known, and the compiler, which has reported an error already, leaves it at that.

use super::Call;
use super::memoized::{Answer, Ask, AtSite, Invocation, Mode};
use super::shape::Shape;
use crate::cache::{Cache, Key, Value};
use crate::function::Site;
use std::future::Future;

/// What a check comes to.
pub trait Gate {
    /// Its only value.
    const PASS: Self;
}

/// All is well.
pub struct Open;

/// Never reached. Without a second possibility the compiler would conclude that all is well.
pub struct Shut;

impl Gate for Open {
    const PASS: Self = Self;
}
impl Gate for Shut {
    const PASS: Self = Self;
}

/// Marks the impl for everything that qualifies.
pub struct ByValue;
/// Marks the impl for nothing.
pub struct ByNothing;
/// What no type is.
pub trait Never {}

/// Two checks.
pub trait And<Next: Gate> {
    /// What they come to.
    type Both: Gate;
}
impl<Next: Gate> And<Next> for Open {
    type Both = Next;
}
impl<Next: Gate> And<Next> for Shut {
    type Both = Shut;
}

/// Both of two checks.
#[inline]
pub fn and<First: And<Next>, Next: Gate>(_: First, _: Next) -> First::Both {
    Gate::PASS
}

/// What may be stored.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a cache",
    label = "this lacks one of `Clone`, `Send` and `Sync`",
    note = "what is kept has to be `Clone + Send + Sync + 'static`, because every hit hands out a clone, on any thread: derive \
            `Clone` for it, or return an `Arc` of it; inside of it, `Arc` instead of `Rc`, and a lock instead of a `RefCell`"
)]
pub trait Storable<How> {
    /// Whether the call can be made.
    type Gate: Gate;
}
impl<V: Value> Storable<ByValue> for V {
    type Gate = Open;
}
impl<V: Never> Storable<ByNothing> for V {
    type Gate = Shut;
}

/// Whether the values of a function can be stored.
#[inline]
pub fn stored<How, S>(_: S) -> <S::Value as Storable<How>>::Gate
where
    S: Shape<Value: Storable<How>>,
{
    Gate::PASS
}

#[expect(
    clippy::type_complexity,
    clippy::unused_self,
    reason = "the function's parts, each of which only the compiler knows; and `self` is what was checked"
)]
impl Open {
    /// A call of an annotated function with a cache of its own.
    #[inline]
    pub fn call<I, A, K, Q, B, F, S, M>(
        self,
        _site: I,
        _mode: M,
        arguments: A,
        key: Q,
        body: B,
        shape: S,
    ) -> Call<Invocation<AtSite<I, B>, A, K, Q, B, S, M>>
    where
        I: Site,
        K: Key,
        Q: for<'x, 'y> Fn(&'x A, Ask<'y, K, S::Value>) -> Answer<K, S::Value>,
        B: FnOnce(A) -> F,
        F: Future<Output = S::Output>,
        S: Shape<Value: Value>,
        M: Mode<F, S>,
    {
        Call::new(Invocation::new(AtSite::new(), arguments, key, body, shape))
    }

    /// A call of an annotated function that uses a cache of the user's: `cache = EXPR`.
    #[inline]
    pub fn call_in<'c, A, K, Q, B, F, S, M>(
        self,
        cache: &'c Cache<K, S::Value>,
        _mode: M,
        arguments: A,
        key: Q,
        body: B,
        shape: S,
    ) -> Call<Invocation<&'c Cache<K, S::Value>, A, K, Q, B, S, M>>
    where
        K: Key,
        Q: for<'x, 'y> Fn(&'x A, Ask<'y, K, S::Value>) -> Answer<K, S::Value>,
        B: FnOnce(A) -> F,
        F: Future<Output = S::Output>,
        S: Shape<Value: Value>,
        M: Mode<F, S>,
    {
        Call::new(Invocation::new(cache, arguments, key, body, shape))
    }
}
