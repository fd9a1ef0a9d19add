//! The contestants: one file for each crate, each in its default or documented configuration.

pub(crate) mod cached;
pub(crate) mod floors;
pub(crate) mod foyer;
pub(crate) mod larder;
pub(crate) mod moka;
pub(crate) mod quick_cache;
