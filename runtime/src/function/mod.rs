//! Memoized functions as a whole: where their caches live, what they are called, how they are switched off.

#[expect(unsafe_code, reason = "a twentieth of a hit: see there")]
mod erased;
mod overrides;
mod registry;
mod site;
pub(crate) mod switches;

#[cfg(feature = "tier")]
pub(crate) use registry::close_all;
pub use registry::{FunctionInfo, Registered, function, functions};
pub use site::{Function, Options, Site, Spec};
pub use switches::{WithoutCache, set_enabled, without_cache};
