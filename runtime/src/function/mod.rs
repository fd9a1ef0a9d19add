//! Memoized functions as a whole: where their caches live, what they are called, how they are switched off.

mod registry;
mod site;
pub(crate) mod switches;

pub use registry::{FunctionInfo, Registered, functions};
pub use site::{Function, Options, Site, Spec};
pub use switches::{WithoutCache, set_enabled, without_cache};
