//! What a cache did, counted once and in one place.

mod recorder;
mod sizing_advice;
mod snapshot;
mod tiers;

pub(crate) use recorder::{Event, Recorder};
pub(crate) use sizing_advice::{FACTORS, Nature};
pub use sizing_advice::{SizePoint, Sizing};
pub use snapshot::{Evictions, Metrics};
pub use tiers::{BreakerState, Rejections, TierMetrics};
