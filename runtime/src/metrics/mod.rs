//! What a cache did, counted once and in one place.

mod recorder;
mod slot;
mod snapshot;

pub(crate) use recorder::{Event, Recorder};
pub use snapshot::{Evictions, Metrics};
