//! What lies below the memory of a function: feature `tier`.
//!
//! Entries go there if their types allow it, which is found out as for [`weighing`](super::weighing). Where the attribute
//! names a tier, they have to.

use super::Call;
use super::gate::{And, ByNothing, ByValue, Gate, Never, Open, Shut};
use super::memoized::{Answer, Ask, AtSite, Invocation, Mode};
use super::shape::Shape;
use super::weighing::Weighing;
use crate::cache::{self, Key, Value};
use crate::codec::pack::{BySerde, Pack};
use crate::function::{Options, Site};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

/// A way to weigh entries that have bytes as well.
pub struct Tiered<W>(PhantomData<fn() -> W>);

impl<K, V, W> Weighing<K, V> for Tiered<W>
where
    K: Serialize + 'static,
    V: Serialize + DeserializeOwned + 'static,
    W: Weighing<K, V>,
{
    fn weigher(options: &Options) -> Option<cache::Weigher<K, V>> {
        W::weigher(options)
    }

    fn pack() -> Option<Arc<dyn Pack<K, V>>> {
        Some(Arc::new(BySerde::new()))
    }
}

/// Asks whether the entries of a call have bytes: `(&&probe(&call)).tiering()` with the traits below in scope.
pub struct TierProbe<K, V>(PhantomData<fn() -> (K, V)>);

/// A probe for the entries of a call.
pub fn tier_probe<M: super::Memoized>(_: &Call<M>) -> TierProbe<M::Key, M::Value> {
    TierProbe(PhantomData)
}

/// The first answer: they have.
pub trait ViaBytes {
    /// That.
    fn tiering(&self) -> HasBytes;
}

impl<K: Serialize, V: Serialize + DeserializeOwned> ViaBytes for &TierProbe<K, V> {
    fn tiering(&self) -> HasBytes {
        HasBytes
    }
}

/// The last: they stay in memory.
pub trait ViaMemory {
    /// That.
    fn tiering(&self) -> StaysInMemory;
}

impl<K, V> ViaMemory for TierProbe<K, V> {
    fn tiering(&self) -> StaysInMemory {
        StaysInMemory
    }
}

/// Entries that have bytes.
pub struct HasBytes;

/// Entries that have none, as far as is known where the attribute stands.
pub struct StaysInMemory;

impl StaysInMemory {
    /// The call as it is.
    #[inline]
    pub fn place<C>(self, call: C) -> C {
        call
    }
}

/// What can be the key of an entry in a tier.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of an entry in a tier",
    label = "the function's key lacks `serde::Serialize`",
    note = "derive `Serialize` for it, or say the key with `key = EXPR`"
)]
pub trait KeyAtRest<How> {
    /// Whether the call can be made.
    type Gate: Gate;
}
impl<K: Serialize> KeyAtRest<ByValue> for K {
    type Gate = Open;
}
impl<K: Never> KeyAtRest<ByNothing> for K {
    type Gate = Shut;
}

/// What can be kept in a tier.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a tier",
    label = "the function's value lacks one of `serde::Serialize` and `serde::Deserialize`",
    note = "in a tier it lies as bytes, and is read back from them: derive both for it and for what it is made of. A type \
            parameter needs the bounds `Serialize + DeserializeOwned`"
)]
pub trait ValueAtRest<How> {
    /// Whether the call can be made.
    type Gate: Gate;
}
impl<V: Serialize + DeserializeOwned> ValueAtRest<ByValue> for V {
    type Gate = Open;
}
impl<V: Never> ValueAtRest<ByNothing> for V {
    type Gate = Shut;
}

type GateOf<T, How> = <T as ValueAtRest<How>>::Gate;

/// Whether the entries of a call can lie in a tier, as the attribute says.
#[inline]
pub fn at_rest<OfKey, OfValue, M>(
    _: &Call<M>,
) -> <<M::Key as KeyAtRest<OfKey>>::Gate as And<GateOf<M::Value, OfValue>>>::Both
where
    M: super::Memoized<Key: KeyAtRest<OfKey>, Value: ValueAtRest<OfValue>>,
    <M::Key as KeyAtRest<OfKey>>::Gate: And<GateOf<M::Value, OfValue>>,
{
    Gate::PASS
}

impl Open {
    /// What was checked.
    #[inline]
    #[expect(clippy::unused_self, reason = "`self` is what was checked")]
    pub fn has_bytes(self) -> HasBytes {
        HasBytes
    }
}

impl HasBytes {
    /// The call of a function whose entries may lie in tiers.
    #[inline]
    #[expect(clippy::type_complexity, reason = "parts that only the compiler knows")]
    pub fn place<I, W, A, K, Q, B, F, S, M>(
        self,
        call: Call<Invocation<AtSite<I, B, W>, A, K, Q, B, S, M>>,
    ) -> Call<Invocation<AtSite<I, B, Tiered<W>>, A, K, Q, B, S, M>>
    where
        I: Site,
        K: Key + Serialize,
        Q: for<'x, 'y> Fn(&'x A, Ask<'y, K, S::Value>) -> Answer<K, S::Value>,
        B: FnOnce(A) -> F,
        F: Future<Output = S::Output>,
        S: Shape<Value: Value + Serialize + DeserializeOwned>,
        M: Mode<F, S>,
        W: Weighing<K, S::Value>,
    {
        Call::new(call.memo.at(AtSite::new()))
    }
}
