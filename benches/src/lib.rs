//! What a larder call costs, beside its peers and the floors under all of them.
//!
//! A [`Scenario`](scenario::Scenario) enters contestants on a [`Course`](course::Course): laps over
//! keys that are all cached, keys never seen before, or a thousand callers on one miss. A
//! [`race`](race::run) lets the contestants take turns, and a [`table`] says how they stand.
//!
//! To add a peer: write a constructor that returns an async closure from key to value
//! (`peers/quick_cache.rs` is the shortest example) and enter it in `scenarios.rs`.

pub mod bar;
#[cfg(feature = "tiers")]
pub mod below;
pub mod clock;
pub mod contestant;
pub mod course;
mod disturbance;
pub mod footprint;
pub mod hitratio;
pub mod indexes;
pub mod json;
pub mod key;
pub mod lane;
pub mod race;
pub mod sample;
pub mod scale;
pub mod scenario;
pub mod scenarios;
pub mod table;
pub mod tally;
pub mod targets;

mod peers;
mod store;
