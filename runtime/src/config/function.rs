//! The settings of one function.

use super::values::lifetimes;
use crate::function::FunctionInfo;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The settings of one function, in the place of those of its attribute. What is left out stays as it is.
///
/// They hold for every monomorphization, also for those that have not been called yet.
///
/// ```
/// use larder::prelude::*;
/// use larder::{Config, config::FunctionConfig};
///
/// #[async_lru(maxsize = 10)]
/// async fn double(n: u64) -> u64 {
///     2 * n
/// }
///
/// # let name = double.cache().name().to_owned();
/// let mut settings = FunctionConfig::default();
/// settings.maxsize = Some(1000);
/// let mut config = Config::default();
/// config.functions.insert(name, settings);
/// config.apply()?;
/// assert_eq!(double.cache().maxsize(), Some(1000));
/// # Ok::<(), larder::config::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FunctionConfig {
    /// The bound on the number of entries: see [`FunctionInfo::set_maxsize`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maxsize: Option<usize>,
    /// The lifetime of what is stored from now on: see [`FunctionInfo::set_ttl`]. Zero is an error.
    #[serde(with = "lifetimes", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// Whether it is cached: see [`FunctionInfo::set_enabled`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl FunctionConfig {
    /// What is wrong with the settings of the function of this name.
    pub(super) fn problem(&self, name: &str) -> Option<String> {
        let what = "is zero, so nothing is stored: leave it out, or write `enabled = false`";
        (self.ttl == Some(Duration::ZERO)).then(|| format!("`{name}`: `ttl` {what}"))
    }

    pub(super) fn apply(&self, function: FunctionInfo) {
        let Self { maxsize, ttl, enabled } = self;
        if let Some(maxsize) = *maxsize {
            function.set_maxsize(maxsize);
        }
        if let Some(ttl) = *ttl {
            function.set_ttl(ttl);
        }
        if let Some(enabled) = *enabled {
            function.set_enabled(enabled);
        }
    }
}
