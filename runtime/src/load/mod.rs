//! Single flight: one load per key, whoever asks.
//!
//! A [`Flight`] is one load of one key and everybody who waits for it. [`Flights`] is the departure board of
//! a cache: the flights that a new caller may still join. Being on the board is also the right to store
//! the result, so taking a flight off it is the fence that invalidation needs: those who wait still get their answer,
//! and the answer is not kept.
//!
//! A flight ends in this order: store the value, leave the board, wake. The first two happen under one lock of
//! the board, so nobody can find neither the flight nor its value.

mod board;
mod cycle;
mod engine;
mod flight;
mod seat;

pub(crate) use board::{Boarding, Flights};
pub(crate) use flight::{Driven, Flight, Left, Outcome};
pub use flight::{Land, Landed, Packed, SharedBody, SharedError};

pub(crate) use seat::Seat;

use std::time::Duration;

/// How long a borrowed body may have been woken and not polled before a waiter starts its own.
///
/// A body that borrows from its caller can only be polled by that caller. One who holds the call and never polls
/// it again (a `select!` branch kept for later, a future left in a struct) would make everybody else wait for ever.
/// A load that is merely slow has not been woken, so it is never overtaken.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
