//! How often a key is found: recorded requests, replayed through every policy.
//!
//! A [`Trace`] is the list of keys that somebody really asked for. A [`Contestant`] answers them
//! with a cache of a given capacity, [`replay`] counts how many it found, and the [`report`], the
//! [`chart`] and the [`export`] say it in a table, in a picture and in JSON.

pub mod chart;
mod contestants;
mod exact;
pub mod export;
mod optimal;
mod replay;
pub mod report;
mod trace;

pub use contestants::{Contestant, Role, all};
pub use replay::{Point, Replay, replay};
pub use trace::Trace;
