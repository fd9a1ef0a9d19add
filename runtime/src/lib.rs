#![doc = include_str!("../../README.md")]

#[macro_use]
mod sync_point;

mod cache;
mod call;
mod clock;
mod error;
mod function;
mod hasher;
mod load;
mod metrics;
pub mod prelude;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod ttl;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use cache::{ByHand, Cache, CacheBuilder, Key, Reason, Value};
pub use call::key::Bits;
pub use call::{
    Action, Call, FunctionCache, Memo, Memoized, Served, Traced, WholeCall, WholeEntries,
};
pub use error::Error;
pub use function::{FunctionInfo, WithoutCache, functions, set_enabled, without_cache};
pub use larder_macros::{async_lru, async_ttl, invalidates};
pub use metrics::{Evictions, Metrics};
pub use ttl::Ttl;

/// How many threads can run at once; asked once.
fn parallelism() -> usize {
    static COUNT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}
