#![doc = include_str!("../../README.md")]

#[macro_use]
mod sync_point;

mod cache;
mod call;
mod clock;
#[cfg(feature = "serde")]
mod codec;
#[cfg(feature = "tier")]
pub mod config;
mod error;
mod function;
mod hasher;
mod lanes;
mod load;
mod metrics;
#[cfg(test)]
mod model;
#[cfg(feature = "tier")]
mod nearest;
pub mod prelude;
mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tier")]
pub mod tier;
mod timer;
mod ttl;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "tier")]
pub use cache::Through;
pub use cache::{ByHand, Cache, CacheBuilder, Key, Policy, Reason, UnknownPolicy, Value};
pub use call::key::Bits;
pub use call::{
    Action, Call, FunctionCache, Memo, Memoized, Served, Traced, WholeCall, WholeEntries,
};
#[cfg(feature = "serde")]
pub use codec::encoded_len;
#[cfg(feature = "tier")]
pub use config::Config;
pub use error::Error;
pub use function::{FunctionInfo, WithoutCache, function, functions, set_enabled, without_cache};
pub use larder_macros::{async_lru, async_ttl, invalidates};
pub use metrics::{BreakerState, Evictions, Metrics, Rejections, SizePoint, Sizing, TierMetrics};
#[cfg(feature = "tier")]
pub use tier::{close, defaults};
pub use ttl::Ttl;

/// How many threads can run at once; asked once.
fn parallelism() -> usize {
    static COUNT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    if cfg!(larder_model) {
        // Whatever the machine is, the model is the same.
        return 2;
    }
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}
