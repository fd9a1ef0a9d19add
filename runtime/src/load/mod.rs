//! Single flight: one load per key, whoever asks.
//!
//! A caller with a miss stakes a claim on the [`Board`] of the key's region, and polls the body. That is all, if the body
//! is ready at once. Otherwise the load becomes a [`Flight`]: one load of one key and everybody who waits for it. A claim
//! is also the right to store the result, so taking that away is the fence that invalidation needs: those who wait still
//! get their answer, and the answer is not kept.
//!
//! A load ends in this order: store the value, give the claim back, wake. The first two happen under one lock of
//! the region, so nobody can find neither the load nor its value.

mod airport;
mod below;
mod board;
#[expect(unsafe_code, reason = "a pointer to a stack: see there")]
mod current;
mod cycle;
mod engine;
mod flight;
mod guardian;
mod seat;
mod solo;

pub(crate) use airport::{Airport, Claims};
pub use below::{After, Lower};
pub(crate) use below::{
    Below, Brought, Chain, Change, Looked, Lookup, Settling, TierFailure, Wanted, settled,
};
#[cfg(feature = "tier")]
pub(crate) use below::{Keep, LookupMany};
pub(crate) use board::{Board, Ticket};
pub(crate) use cycle::Node;
pub(crate) use flight::{Driven, Flight, Landing, Left, Origin, Outcome, Panic};
pub use flight::{Land, Landed, Packed, SharedBody, SharedError};
pub(crate) use seat::Seat;
pub(crate) use solo::Solo;
