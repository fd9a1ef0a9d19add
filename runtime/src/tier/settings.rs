//! The settings of a layer, from an address or from a configuration.

use super::registry::{Address, wrong};
use super::{Layer, TierError, Write};
use std::fmt;
use std::time::Duration;

/// What is `None` is left as it is.
pub(crate) struct Settings {
    pub(crate) name: Option<String>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) time_out: Option<Duration>,
    pub(crate) write: Option<Write>,
    pub(crate) read: Option<bool>,
    pub(crate) enabled: Option<bool>,
    pub(crate) max_value: Option<u64>,
    pub(crate) queue: Option<usize>,
}

/// A setting that is zero, which can only be a mistake. Shown, it says what to write instead.
#[derive(Clone, Copy)]
pub(crate) enum Zero {
    Ttl,
    TimeOut,
}

impl Zero {
    /// Which of these are zero.
    pub(crate) fn among(ttl: Option<Duration>, time_out: Option<Duration>) -> Vec<Self> {
        let both = [(ttl, Self::Ttl), (time_out, Self::TimeOut)];
        let zero = both.into_iter().filter(|(value, _)| value.is_some_and(|value| value.is_zero()));
        zero.map(|(_, setting)| setting).collect()
    }
}

impl fmt::Display for Zero {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ttl => {
                "`ttl` is zero, so nothing is stored there: leave it out for the lifetime in memory, or switch writing off \
                 by `write`, or the tier by `enabled`"
            }
            Self::TimeOut => {
                "`time_out` is zero, so nothing is ever in time: leave it out for 500 ms, or switch the tier off by `enabled`"
            }
        })
    }
}

impl Settings {
    pub(super) fn take_from(address: &mut Address) -> Result<Self, TierError> {
        let write = address.text("write").map(|write| match write.as_str() {
            "through" => Ok(Write::Through),
            "behind" => Ok(Write::Behind),
            "off" => Ok(Write::Off),
            _ => Err(wrong("the setting `write` has to be `through`, `behind` or `off`")),
        });
        let (ttl, time_out) = (address.duration("ttl")?, address.duration("time_out")?);
        if let Some(zero) = Zero::among(ttl, time_out).first() {
            return Err(wrong(format!("the setting {zero}")));
        }
        Ok(Self {
            name: address.text("name"),
            ttl,
            time_out,
            write: write.transpose()?,
            read: address.switch("read")?,
            enabled: address.switch("enabled")?,
            max_value: address.size("max_value")?,
            queue: address.number("queue")?,
        })
    }

    pub(crate) fn apply(self, mut layer: Layer) -> Layer {
        let Self { name, ttl, time_out, write, read, enabled, max_value, queue } = self;
        if let Some(name) = name {
            layer = layer.named(&name);
        }
        layer.ttl = ttl.or(layer.ttl);
        layer.time_out = time_out.unwrap_or(layer.time_out);
        layer.write = write.unwrap_or(layer.write);
        layer.read = read.unwrap_or(layer.read);
        layer.enabled = enabled.unwrap_or(layer.enabled);
        if let Some(bytes) = max_value {
            layer.max_value = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
        match queue {
            Some(values) => layer.queue(values),
            None => layer,
        }
    }
}
