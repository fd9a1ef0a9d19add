//! Settings of a whole program: from a file in any format, or from the environment.

mod apply;
mod environment;
mod error;
mod function;
mod layer;
mod packing;
mod secret;
mod short;
mod values;

pub use error::ConfigError;
pub use function::FunctionConfig;
pub use layer::LayerConfig;
pub use secret::Secret;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What can be said about the caches of a program without changing its code.
///
/// It is read from any format that serde knows, or [from the environment](Self::from_env), or written in code, and takes effect
/// when it is [applied](Self::apply). Everything may be left out; what is left out stays as it is. What is not known is an
/// error, so that nobody believes to have set what he has misspelt.
///
/// A tier of which nothing else is to be set may be its address alone: `"remote": "redis://cache.internal"`.
///
/// Lengths of time are texts such as `"50ms"` and `"1h30m"`, or numbers of seconds. Numbers of bytes are texts such as `"64MiB"`,
/// or numbers.
///
/// ```
/// use larder::Config;
///
/// let config: Config = serde_json::from_str(
///     r#"{
///         "prefix": "shop-",
///         "disk": {
///             "address": "memory:config-example?max_bytes=64MiB",
///             "ttl": "1d",
///             "time_out": "50ms",
///             "write": "behind"
///         },
///         "functions": {}
///     }"#,
/// )?;
/// config.apply()?;
/// # larder::defaults().no_disk().prefix("");
///
/// let unknown = serde_json::from_str::<Config>(r#"{ "disc": {} }"#).unwrap_err();
/// assert!(unknown.to_string().contains("unknown field `disc`, expected one of `prefix`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The same as TOML:
///
/// ```toml
/// prefix = "shop-"
///
/// [disk]
/// address = "snapshot:/var/lib/shop/cache.snapshot?max_bytes=64MiB"
/// ttl = "1d"
///
/// [remote]
/// address = "redis://cache.internal"
/// time_out = "50ms"
/// sign = "1:6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1"
///
/// [functions."shop::users::get_user"]
/// maxsize = 100_000
/// ttl = "5m"
/// ```
///
/// [`Debug`] shows no keys and no passwords. Serialized it has them all: it is to be the same when it is read again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Config {
    /// Stands before the name of every function and cache in the tiers: see [`Defaults::prefix`](crate::tier::Defaults::prefix).
    /// Apply it before the first call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Whether anything is cached at all: see [`set_enabled`](crate::set_enabled).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The first tier below functions that have none of their own: see [`Defaults::disk`](crate::tier::Defaults::disk). An
    /// address, or its settings.
    #[serde(deserialize_with = "short::deserialize", skip_serializing_if = "Option::is_none")]
    pub disk: Option<LayerConfig>,
    /// The second one: see [`Defaults::remote`](crate::tier::Defaults::remote).
    #[serde(deserialize_with = "short::deserialize", skip_serializing_if = "Option::is_none")]
    pub remote: Option<LayerConfig>,
    /// Functions, by their [name](crate::FunctionInfo::name), which is a path such as `krate::module::function`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<String, FunctionConfig>,
}
