//! What of a function's output is kept, found by type.
//!
//! A [`Shape`] divides an output into the value that larder stores and the rest. Which one a function has is
//! found by autoref specialization on a [`Probe`] where the attribute stands, so an alias of `Result` is a `Result`.
//!
//! | output | stored | an `Err` |
//! |---|---|---|
//! | `Result<U, E>`, `E: Clone + Send + Sync` | `U` | goes to everybody who waits |
//! | any other `Result<U, E>` | `U` | goes to its caller; the others try for themselves |
//! | anything else | all of it | |

use crate::load::{Packed, SharedError, TierFailure};
use crate::ttl::Term;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// How an output is divided.
pub trait Shape: Copy {
    /// What the function returns.
    type Output;
    /// What is stored of it.
    type Value;

    /// Whether a failure can be handed to another thread.
    const TRAVELS: bool = true;

    /// Whether a call fails where a tier cannot be asked.
    const STRICT: bool = false;

    /// Whether and how long to keep what `output` brings.
    fn keep(&self, output: &Self::Output) -> Option<Term>;
    /// The value in an output, or the failure that it is.
    fn split(output: Self::Output) -> Result<Self::Value, Self::Output>;
    /// The output that a stored value stands for.
    fn join(value: Self::Value) -> Self::Output;

    /// A failure for everybody who waits, if there can be copies of it.
    fn share(_failure: &Self::Output) -> Option<SharedError> {
        None
    }

    /// The output that a shared failure stands for, if it is of our type.
    fn revive(_failure: &SharedError) -> Option<Self::Output> {
        None
    }

    /// A failure on its way to the caller who asked for the load. Only where failures travel.
    fn pack(_failure: Self::Output) -> Packed {
        unreachable!("a failure that does not travel")
    }

    /// The failure again, if it is of our type.
    fn unpack(_failure: Packed) -> Option<Self::Output> {
        None
    }

    /// The output of a call that fails for want of a tier. Only of strict shapes.
    fn without_tier(&self, _why: TierFailure) -> Self::Output {
        unreachable!("only strict calls fail with a tier")
    }
}

type Of<T> = PhantomData<fn() -> T>;

/// All of the output is the value.
pub struct Whole<T>(Of<T>);

/// The value of a `Result` whose error stays where it arose.
pub struct OnlyOk<U, E>(Of<(U, E)>);

/// The value of a `Result` whose error can change threads, and not be copied.
pub struct OkMoved<U, E>(Of<(U, E)>);

/// The value of a `Result` whose error every waiter can have.
pub struct OkShared<U, E>(Of<(U, E)>);

/// A `Result` whose errors are remembered too: `cache_err = ..`.
pub struct Remembered<U, E>(Duration, Of<(U, E)>);

/// Another shape, with a condition: `cache_if = ..`, `skip_none`. A plain function pointer, which is called once per
/// load: a function that does not fit is then one error.
pub struct KeptIf<S: Shape>(S, fn(&S::Output) -> bool);

#[expect(
    clippy::expl_impl_clone_on_copy,
    reason = "a derived one would ask for an output that is `Copy`"
)]
impl<S: Shape> Clone for KeptIf<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: Shape> Copy for KeptIf<S> {}

impl<T> Whole<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<U, E> OnlyOk<U, E> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<U, E> OkShared<U, E> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

macro_rules! copy {
    ($($shape:ident<$($parameter:ident),*>)*) => {$(
        impl<$($parameter),*> Clone for $shape<$($parameter),*> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($parameter),*> Copy for $shape<$($parameter),*> {}
    )*};
}
copy! { Whole<T> OnlyOk<U, E> OkMoved<U, E> OkShared<U, E> Remembered<U, E> }

impl<T> Shape for Whole<T> {
    type Output = T;
    type Value = T;

    fn keep(&self, _: &T) -> Option<Term> {
        Some(Term::DEFAULT)
    }

    fn split(output: T) -> Result<T, T> {
        Ok(output)
    }

    #[inline]
    fn join(value: T) -> T {
        value
    }
}

/// The parts that every shape for the value of a `Result` has.
macro_rules! of_ok {
    () => {
        type Output = Result<U, E>;
        type Value = U;

        fn keep(&self, output: &Result<U, E>) -> Option<Term> {
            output.is_ok().then_some(Term::DEFAULT)
        }

        fn split(output: Result<U, E>) -> Result<U, Result<U, E>> {
            output.map_err(Err)
        }

        #[inline]
        fn join(value: U) -> Result<U, E> {
            Ok(value)
        }
    };
}

/// The parts of it for errors that can change threads.
macro_rules! travelling {
    () => {
        fn pack(failure: Result<U, E>) -> Packed {
            Box::new(failure.err())
        }

        fn unpack(failure: Packed) -> Option<Result<U, E>> {
            failure.downcast::<Option<E>>().ok()?.map(Err)
        }
    };
}

/// The parts of it for errors of which there can be copies.
macro_rules! shared {
    () => {
        fn share(failure: &Result<U, E>) -> Option<SharedError> {
            failure.as_ref().err().map(|error| Arc::new(error.clone()) as SharedError)
        }

        fn revive(failure: &SharedError) -> Option<Result<U, E>> {
            failure.downcast_ref::<E>().cloned().map(Err)
        }
    };
}

impl<U, E> Shape for OnlyOk<U, E> {
    of_ok!();

    const TRAVELS: bool = false;
}

impl<U, E: Send + 'static> Shape for OkMoved<U, E> {
    of_ok!();
    travelling!();
}

impl<U, E: Clone + Send + Sync + 'static> Shape for OkShared<U, E> {
    of_ok!();
    travelling!();
    shared!();
}

impl<U, E: Clone + Send + Sync + 'static> Shape for Remembered<U, E> {
    type Output = Result<U, E>;
    type Value = Result<U, E>;

    // No error of the body is a failure here, but one of a tier is.
    travelling!();
    shared!();

    fn keep(&self, output: &Result<U, E>) -> Option<Term> {
        Some(if output.is_ok() { Term::DEFAULT } else { Term::after(self.0) })
    }

    fn split(output: Self::Output) -> Result<Self::Value, Self::Output> {
        Ok(output)
    }

    #[inline]
    fn join(value: Result<U, E>) -> Result<U, E> {
        value
    }
}

/// The parts of a shape that a condition leaves as they are.
macro_rules! like_inner {
    () => {
        type Output = S::Output;
        type Value = S::Value;

        const TRAVELS: bool = S::TRAVELS;

        fn split(output: S::Output) -> Result<S::Value, S::Output> {
            S::split(output)
        }

        #[inline]
        fn join(value: S::Value) -> S::Output {
            S::join(value)
        }

        fn share(failure: &S::Output) -> Option<SharedError> {
            S::share(failure)
        }

        fn revive(failure: &SharedError) -> Option<S::Output> {
            S::revive(failure)
        }

        fn pack(failure: S::Output) -> Packed {
            S::pack(failure)
        }

        fn unpack(failure: Packed) -> Option<S::Output> {
            S::unpack(failure)
        }
    };
}

#[cfg(feature = "tier")]
pub(super) use like_inner;

impl<S: Shape> Shape for KeptIf<S> {
    like_inner!();

    fn keep(&self, output: &S::Output) -> Option<Term> {
        self.0.keep(output).filter(|_| self.1(output))
    }
}

/// An output that can be a `None`.
#[diagnostic::on_unimplemented(
    message = "`skip_none` needs a function that returns an `Option`, or a `Result` of one",
    label = "`{Self}` is never `None`",
    note = "leave `skip_none` out, or use `cache_if = path` with a condition of your own"
)]
pub trait MaybeNone {
    /// Whether it is one.
    fn is_nothing(&self) -> bool;
}

impl<T> MaybeNone for Option<T> {
    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T, E> MaybeNone for Result<Option<T>, E> {
    fn is_nothing(&self) -> bool {
        matches!(self, Ok(None))
    }
}

/// A shape whose errors can be remembered.
#[diagnostic::on_unimplemented(
    message = "`cache_err` needs a function that returns a `Result` whose error is `Clone + Send + Sync`",
    label = "the function's output is something else",
    note = "a remembered error is handed out many times; wrap it in an `Arc` if it cannot be cloned"
)]
pub trait RemembersErr: Shape {
    /// The shape that does.
    type Remembered: Shape<Output = Self::Output>;
    /// That shape.
    fn remember(self, ttl: Duration) -> Self::Remembered;
}

impl<U, E: Clone + Send + Sync + 'static> RemembersErr for OkShared<U, E> {
    type Remembered = Remembered<U, E>;

    fn remember(self, ttl: Duration) -> Remembered<U, E> {
        Remembered(ttl, PhantomData)
    }
}

/// `cache_err = ..`
pub fn cache_err<S: RemembersErr>(shape: S, ttl: Duration) -> S::Remembered {
    shape.remember(ttl)
}

/// `skip_none`
pub fn skip_none<S: Shape<Output: MaybeNone>>(shape: S) -> KeptIf<S> {
    KeptIf(shape, |output| !output.is_nothing())
}

/// `cache_if = path`
pub fn cache_if<S: Shape>(shape: S, condition: fn(&S::Output) -> bool) -> KeptIf<S> {
    KeptIf(shape, condition)
}

/// Asks what an output is: `(&&&&Probe::<T>::NEW).shape()` with the four traits below in scope. The more references
/// an implementation has, the earlier it is found.
pub struct Probe<T>(Of<T>);

impl<T> Probe<T> {
    /// The question.
    pub const NEW: Self = Self(PhantomData);
}

/// The first answer that fits: a `Result` whose error is to be shared.
pub trait ViaShared {
    /// The shape.
    type Shape;
    /// The shape.
    fn shape(&self) -> Self::Shape;
}

impl<U, E: Clone + Send + Sync + 'static> ViaShared for &&&Probe<Result<U, E>> {
    type Shape = OkShared<U, E>;

    fn shape(&self) -> OkShared<U, E> {
        OkShared(PhantomData)
    }
}

/// The second: a `Result` whose error can change threads.
pub trait ViaMoved {
    /// The shape.
    type Shape;
    /// The shape.
    fn shape(&self) -> Self::Shape;
}

impl<U, E: Send + 'static> ViaMoved for &&Probe<Result<U, E>> {
    type Shape = OkMoved<U, E>;

    fn shape(&self) -> OkMoved<U, E> {
        OkMoved(PhantomData)
    }
}

/// The third: any other `Result`.
pub trait ViaOk {
    /// The shape.
    type Shape;
    /// The shape.
    fn shape(&self) -> Self::Shape;
}

impl<U, E> ViaOk for &Probe<Result<U, E>> {
    type Shape = OnlyOk<U, E>;

    fn shape(&self) -> OnlyOk<U, E> {
        OnlyOk(PhantomData)
    }
}

/// The last: anything.
pub trait ViaWhole {
    /// The shape.
    type Shape;
    /// The shape.
    fn shape(&self) -> Self::Shape;
}

impl<T> ViaWhole for Probe<T> {
    type Shape = Whole<T>;

    fn shape(&self) -> Whole<T> {
        Whole(PhantomData)
    }
}
