//! The settings of one tier, and the layer that they make.

use super::secret::{Secret, harmless};
use super::values::{lifetimes, sizes};
use crate::tier::{self, BreakerPolicy, Layer, RetryPolicy, Settings, Write, Zero};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The settings of one tier. What is left out is as in the address, or else as [`Layer`] says.
///
/// ```
/// use larder::config::LayerConfig;
///
/// let config: LayerConfig = serde_json::from_str(
///     r#"{ "address": "redis://ada:secret@host", "time_out": "50ms", "max_value": "1MiB", "retries": 0 }"#,
/// )?;
/// assert_eq!(
///     format!("{config:?}"),
///     r#"LayerConfig { address: "redis://..@host", time_out: 50ms, max_value: 1048576, retries: 0 }"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct LayerConfig {
    /// Where the tier is, as for [`open`](crate::tier::open). There is no default.
    pub address: String,
    /// What it is called in metrics and events, instead of by its kind: see [`Layer::named`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How long values live in it: see [`Layer::ttl`]. Zero is an error.
    #[serde(with = "lifetimes", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Duration>,
    /// How long a call waits for it: see [`Layer::time_out`]. Zero is an error.
    #[serde(with = "lifetimes", skip_serializing_if = "Option::is_none")]
    pub time_out: Option<Duration>,
    /// When values are written: `"through"`, `"behind"` or `"off"`. See [`Layer::write`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<Write>,
    /// Whether it is read: see [`Layer::read`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    /// Whether it is used at all: see [`Layer::enabled`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Values of more bytes are not written to it: see [`Layer::max_value`].
    #[serde(with = "sizes", skip_serializing_if = "Option::is_none")]
    pub max_value: Option<u64>,
    /// How many values may wait to be written: see [`Layer::queue`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<usize>,
    /// After so many failures it is left alone: see [`BreakerPolicy`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker_failures: Option<u32>,
    /// For how long.
    #[serde(with = "lifetimes", skip_serializing_if = "Option::is_none")]
    pub breaker_open_for: Option<Duration>,
    /// How many calls find out at a time whether it is back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker_probes: Option<u32>,
    /// How often what failed is tried again: see [`RetryPolicy`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// How long to wait before the first of them.
    #[serde(with = "lifetimes", skip_serializing_if = "Option::is_none")]
    pub retry_pause: Option<Duration>,
    /// What values are encoded with: `"cbor"`, and with the feature of that name `"json"`, `"messagepack"` or `"postcard"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
    /// Values whose encoding is longer than this are compressed. Feature `compression`.
    #[serde(with = "sizes", skip_serializing_if = "Option::is_none")]
    pub compress_above: Option<u64>,
    /// The keys that values are encrypted with, `NUMBER:HEX` with commas between: see `KeyRing::parse`. Feature `encryption`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<Secret>,
    /// The keys that values are signed with, in the same form. Feature `signing`. What is encrypted needs no signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign: Option<Secret>,
}

impl LayerConfig {
    /// The layer of these settings, unless there are problems; those are added to the list.
    pub(super) fn layer(&self, role: &str, problems: &mut Vec<String>) -> Option<Layer> {
        let before = problems.len();
        if self.queue == Some(0) {
            problems.push(format!("`{role}`: `queue` has to be at least 1"));
        }
        if self.breaker_probes == Some(0) {
            problems.push(format!("`{role}`: `breaker_probes` has to be at least 1"));
        }
        let zero = Zero::among(self.ttl, self.time_out);
        problems.extend(zero.into_iter().map(|zero| format!("`{role}`: {zero}")));
        let packing = super::packing::packing(self, role, problems);
        if self.address.is_empty() {
            problems.push(format!("`{role}`: there is no `address`"));
            return None;
        }
        let layer = match tier::open(&self.address) {
            Ok(layer) => self.used(layer),
            Err(error) => {
                problems.push(format!("`{role}`: {error}"));
                return None;
            }
        };
        (problems.len() == before).then(|| match packing {
            Some(packing) => layer.packed(packing),
            None => layer,
        })
    }

    /// `layer` with what is set here about its use.
    fn used(&self, layer: Layer) -> Layer {
        let &Self { ttl, time_out, write, read, enabled, max_value, queue, .. } = self;
        let name = self.name.clone();
        let settings = Settings { name, ttl, time_out, write, read, enabled, max_value, queue };
        self.retried(self.broken(settings.apply(layer)))
    }

    fn broken(&self, layer: Layer) -> Layer {
        let &Self { breaker_failures, breaker_open_for, breaker_probes, .. } = self;
        if (breaker_failures, breaker_open_for, breaker_probes) == (None, None, None) {
            // That of all who use this address.
            return layer;
        }
        let default = BreakerPolicy::default();
        layer.breaker(BreakerPolicy {
            failures: breaker_failures.unwrap_or(default.failures),
            open_for: breaker_open_for.unwrap_or(default.open_for),
            probes: breaker_probes.unwrap_or(default.probes),
        })
    }

    fn retried(&self, layer: Layer) -> Layer {
        let default = RetryPolicy::default();
        layer.retry(RetryPolicy {
            retries: self.retries.unwrap_or(default.retries),
            pause: self.retry_pause.unwrap_or(default.pause),
        })
    }
}

/// What is set, without what is secret.
impl fmt::Debug for LayerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("LayerConfig");
        all.field("address", &harmless(&self.address));
        macro_rules! show {
            ($($field:ident)*) => {{
                let Self { address: _, $($field),* } = self;
                $(if let Some(value) = $field {
                    all.field(stringify!($field), value);
                })*
            }};
        }
        show! {
            name ttl time_out write read enabled max_value queue
            breaker_failures breaker_open_for breaker_probes retries retry_pause
            codec compress_above encrypt sign
        }
        all.finish()
    }
}
