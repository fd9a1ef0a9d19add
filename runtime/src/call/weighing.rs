//! What the entries of a function with `max_bytes` weigh.
//!
//! The cache of a function is opened from its static alone, also by `f.cache()`, before there is a call. So what weighs is a
//! type, part of that of the call; and a `weigher = path` has its one value in the options of the static.

use super::Call;
use super::gate::{ByNothing, ByValue, Never, Open};
use super::memoized::{Answer, Ask, AtSite, Invocation, Mode};
use super::shape::Shape;
use crate::cache::{self, Key, Value};
use crate::function::{Options, Site};
use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// A way to weigh entries.
pub trait Weighing<K, V> {
    /// What the cache is given. Without one it goes by the size in memory.
    fn weigher(options: &Options) -> Option<cache::Weigher<K, V>>;

    /// How entries become bytes, for tiers below memory. Without it there are none.
    #[cfg(feature = "tier")]
    #[doc(hidden)]
    fn pack() -> Option<Arc<dyn crate::codec::pack::Pack<K, V>>> {
        None
    }
}

/// By size: `size_of` the key and the value.
pub struct BySize;

/// By the function that `weigher = path` names.
pub struct ByFunction<F, How>(PhantomData<fn() -> (F, How)>);

/// By the length of key and value as bytes.
#[cfg(feature = "serde")]
pub struct ByLength;

impl<K, V> Weighing<K, V> for BySize {
    fn weigher(_: &Options) -> Option<cache::Weigher<K, V>> {
        None
    }
}

impl<K, V, F, How> Weighing<K, V> for ByFunction<F, How>
where
    F: Weigher<K, V, How> + Any + Send + Sync,
{
    fn weigher(options: &Options) -> Option<cache::Weigher<K, V>> {
        let function: &'static F = options.get_weigher().expect("the attribute gives both");
        Some(Arc::new(|key, value| function.weight(key, value)))
    }
}

#[cfg(feature = "serde")]
impl<K: serde::Serialize, V: serde::Serialize> Weighing<K, V> for ByLength {
    fn weigher(_: &Options) -> Option<cache::Weigher<K, V>> {
        use crate::codec::encoded_len;
        Some(Arc::new(|key, value| encoded_len(key).saturating_add(encoded_len(value))))
    }
}

/// What can be a `weigher = path` for these keys and values, or for what they dereference to: a `&str` for a `String`.
///
/// `How` keeps the impls apart, as for the parts of keys: one that does not fit is one error, and has no [`By`] that more
/// could be said about.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot weigh the entries of this function",
    label = "this is no `fn(&{K}, &{V}) -> u64`",
    note = "a weigher takes the key and the stored value by reference. The key is the one argument that is not skipped, \
            or a tuple of those that are not; of a `Result` the value in its `Ok` is stored"
)]
pub trait Weigher<K, V, How> {
    /// What it comes to.
    type By;
    /// What it comes to.
    const BY: Self::By;

    /// What the entry weighs.
    fn weight(&self, key: &K, value: &V) -> u64;
}

/// Marks the impl for what looks behind the key.
pub struct BehindKey;
/// Marks the impl for what looks behind the value.
pub struct BehindValue;
/// Marks the impl for what looks behind both.
pub struct BehindBoth;

macro_rules! weighers {
    ($($How:ident<$K:ident $(: $KeyBound:ident)?, $V:ident $(: $ValueBound:ident)?>($Key:ty, $Value:ty);)*) => {$(
        impl<$K $(: $KeyBound)?, $V $(: $ValueBound)?, F> Weigher<$K, $V, $How> for F
        where
            F: Fn(&$Key, &$Value) -> u64 + Any + Send + Sync,
        {
            type By = By<ByFunction<F, $How>>;
            const BY: Self::By = By(PhantomData);

            fn weight(&self, key: &$K, value: &$V) -> u64 {
                self(key, value)
            }
        }
    )*};
}
weighers! {
    ByValue<K, V>(K, V);
    BehindKey<K: Deref, V>(K::Target, V);
    BehindValue<K, V: Deref>(K, V::Target);
    BehindBoth<K: Deref, V: Deref>(K::Target, V::Target);
}

impl<K, V, F: Never> Weigher<K, V, ByNothing> for F {
    type By = ();
    const BY: () = ();

    fn weight(&self, _: &K, _: &V) -> u64 {
        0
    }
}

/// A call of a function with `max_bytes` before it is known what weighs its entries. A type of its own: where a check
/// before it failed there is none, and so nothing more is said.
pub struct Weighable<I, A, K, Q, B, S, M>(Invocation<AtSite<I, B>, A, K, Q, B, S, M>);

impl<I, A, K, Q, B, S: Shape, M> Weighable<I, A, K, Q, B, S, M> {
    /// `weigher = path`, which has to fit the call's key and value.
    #[inline]
    pub fn by<How, F: Weigher<K, S::Value, How>>(&self, _weigher: F) -> F::By {
        F::BY
    }

    /// Asks for what weighs entries without one.
    #[inline]
    pub fn probe(&self) -> WeightProbe<K, S::Value> {
        WeightProbe(PhantomData)
    }
}

#[expect(clippy::unused_self, reason = "`self` is what was checked")]
impl Open {
    /// A call of an annotated function with a cache of its own that weighs entries.
    #[inline]
    pub fn call_weighed<I, A, K, Q, B, F, S, M>(
        self,
        _site: I,
        _mode: M,
        arguments: A,
        key: Q,
        body: B,
        shape: S,
    ) -> Weighable<I, A, K, Q, B, S, M>
    where
        I: Site,
        K: Key,
        Q: for<'x, 'y> Fn(&'x A, Ask<'y, K, S::Value>) -> Answer<K, S::Value>,
        B: FnOnce(A) -> F,
        F: Future<Output = S::Output>,
        S: Shape<Value: Value>,
        M: Mode<F, S>,
    {
        Weighable(Invocation::new(AtSite::new(), arguments, key, body, shape))
    }
}

/// A way to weigh that fits.
pub struct By<W>(PhantomData<fn() -> W>);

impl<W> By<W> {
    /// The call of a function whose cache weighs its entries in this way.
    #[inline]
    #[expect(clippy::type_complexity, reason = "parts that only the compiler knows")]
    pub fn weigh<I, A, K, Q, B, F, S, M>(
        self,
        call: Weighable<I, A, K, Q, B, S, M>,
    ) -> Call<Invocation<AtSite<I, B, W>, A, K, Q, B, S, M>>
    where
        I: Site,
        K: Key,
        Q: for<'x, 'y> Fn(&'x A, Ask<'y, K, S::Value>) -> Answer<K, S::Value>,
        B: FnOnce(A) -> F,
        F: Future<Output = S::Output>,
        S: Shape<Value: Value>,
        M: Mode<F, S>,
        W: Weighing<K, S::Value>,
    {
        Call::new(call.0.at(AtSite::new()))
    }
}

/// Asks what weighs entries without a `weigher`: `(&&call.probe()).weighing()` with the traits below in scope.
pub struct WeightProbe<K, V>(PhantomData<fn() -> (K, V)>);

/// The first answer: both have a length.
#[cfg(feature = "serde")]
pub trait ViaLength {
    /// By what to weigh.
    fn weighing(&self) -> By<ByLength>;
}

#[cfg(feature = "serde")]
impl<K: serde::Serialize, V: serde::Serialize> ViaLength for &WeightProbe<K, V> {
    fn weighing(&self) -> By<ByLength> {
        By(PhantomData)
    }
}

/// The last: both have a size.
pub trait ViaSize {
    /// By what to weigh.
    fn weighing(&self) -> By<BySize>;
}

impl<K, V> ViaSize for WeightProbe<K, V> {
    fn weighing(&self) -> By<BySize> {
        By(PhantomData)
    }
}
