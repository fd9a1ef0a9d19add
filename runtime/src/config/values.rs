//! Lengths of time and numbers of bytes, as people write them.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;
use std::time::Duration;

const LIFETIME: &str = "a length of time such as `50ms` or `1h30m`, or a number of seconds";
const SIZE: &str = "a number of bytes such as `4096` or `64MiB`";

pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let parsed = seconds.or_else(|| humantime::parse_duration(text).ok());
    parsed.ok_or_else(|| format!("has to be {LIFETIME}"))
}

pub(super) fn size(text: &str) -> Result<u64, String> {
    let size = text.parse::<bytesize::ByteSize>();
    size.map(|size| size.as_u64()).map_err(|_| format!("has to be {SIZE}"))
}

pub(super) fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "has to be a whole number".to_owned())
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "has to be `true` or `false`".to_owned())
}

/// For `#[serde(with)]` of an `Option<Duration>`.
pub(super) mod lifetimes {
    use super::{Amount, Deserialize, Deserializer, Duration, LIFETIME};
    use serde::ser::Serializer;

    #[expect(clippy::ref_option, reason = "this is how serde calls it")]
    pub(in super::super) fn serialize<S: Serializer>(
        lifetime: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match lifetime {
            Some(lifetime) => serializer.collect_str(&humantime::format_duration(*lifetime)),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let amount = Option::<Amount>::deserialize(deserializer)?;
        amount.map(|amount| amount.read(super::lifetime, LIFETIME)).transpose()
    }
}

/// For `#[serde(with)]` of an `Option<u64>` that is a number of bytes.
pub(super) mod sizes {
    use super::{Amount, Deserialize, Deserializer, SIZE};
    use serde::ser::{Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "this is how serde calls it")]
    pub(in super::super) fn serialize<S: Serializer>(
        size: &Option<u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        size.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        let amount = Option::<Amount>::deserialize(deserializer)?;
        amount.map(|amount| amount.read(super::size, SIZE)).transpose()
    }
}

/// A number, or a text that contains one.
struct Amount(String);

impl Amount {
    fn read<T, E: Error>(
        self,
        read: impl FnOnce(&str) -> Result<T, String>,
        expected: &str,
    ) -> Result<T, E> {
        read(&self.0).map_err(|_| E::invalid_value(Unexpected::Str(&self.0), &expected))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyAmount)
    }
}

struct AnyAmount;

impl Visitor<'_> for AnyAmount {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a text such as `50ms` or `64MiB`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
        Ok(Amount(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
        Ok(Amount(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
        Ok(Amount(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Amount, E> {
        Ok(Amount(number.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::{lifetime, size};
    use std::time::Duration;

    #[test]
    fn amounts_as_people_write_them() {
        assert_eq!(lifetime("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(lifetime("90"), Ok(Duration::from_secs(90)));
        assert_eq!(lifetime("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "soon", "-1", "nan", "1e300", "inf"] {
            assert!(lifetime(wrong).is_err(), "{wrong}");
        }
        assert_eq!(size("64MiB"), Ok(64 << 20));
        assert_eq!(size("4096"), Ok(4096));
        for wrong in ["", "much", "-1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
