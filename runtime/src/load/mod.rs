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
mod guardian;
mod hashed;
mod seat;

pub(crate) use board::{Boarding, Flights};
pub(crate) use flight::{Driven, Flight, Left, Outcome};
pub use flight::{Land, Landed, Packed, SharedBody, SharedError};

pub(crate) use seat::Seat;
