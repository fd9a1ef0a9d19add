//! A tier that nothing is to be set of: its address alone.

use super::LayerConfig;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::fmt;

/// For `#[serde(deserialize_with)]` of an `Option<LayerConfig>`: an address, or all settings.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<LayerConfig>, D::Error> {
    deserializer.deserialize_option(AddressOrSettings)
}

struct AddressOrSettings;

impl<'de> Visitor<'de> for AddressOrSettings {
    type Value = Option<LayerConfig>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address of a tier, or its settings with an `address` among them")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: Error>(self, address: &str) -> Result<Self::Value, E> {
        Ok(Some(LayerConfig { address: address.to_owned(), ..LayerConfig::default() }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        LayerConfig::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}
