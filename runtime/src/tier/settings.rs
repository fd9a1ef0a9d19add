//! The settings of a layer, from an address or from a configuration.

use super::registry::{Address, wrong};
use super::{Layer, TierError, Write};
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

impl Settings {
    pub(super) fn take_from(address: &mut Address) -> Result<Self, TierError> {
        let write = address.text("write").map(|write| match write.as_str() {
            "through" => Ok(Write::Through),
            "behind" => Ok(Write::Behind),
            "off" => Ok(Write::Off),
            _ => Err(wrong("the setting `write` has to be `through`, `behind` or `off`")),
        });
        let time_out = address.duration("time_out")?;
        if time_out == Some(Duration::ZERO) {
            return Err(wrong("the setting `time_out` is zero, so nothing is ever in time"));
        }
        Ok(Self {
            name: address.text("name"),
            ttl: address.duration("ttl")?,
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
