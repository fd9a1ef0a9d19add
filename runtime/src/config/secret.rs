//! Texts that are to be in no log.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that [`Debug`](fmt::Debug) does not show. Serialized it is the text.
///
/// ```
/// let secret = larder::config::Secret::from("1:4b1d");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret.reveal(), "1:4b1d");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// An address of a tier without what may be secret in it: users and passwords, and all settings.
pub(super) fn harmless(address: &str) -> String {
    // One that stands in a setting, or one with a question mark: where it ends is anybody's guess.
    if let (Some(settings), Some(at)) = (address.find('?'), address.rfind('@'))
        && settings < at
    {
        return format!("{}:..", address.split(':').next().unwrap_or_default());
    }
    // A password may contain whatever else separates, so the last one counts.
    let (scheme, place) = match address.rsplit_once('@') {
        Some((before, place)) => (before.split_once(':').map_or("", |(scheme, _)| scheme), place),
        None => ("", address),
    };
    let (place, settings) = place.split_once('?').unwrap_or((place, ""));
    let hidden = if scheme.is_empty() { String::new() } else { format!("{scheme}://..@") };
    let more = if settings.is_empty() { "" } else { "?.." };
    format!("{hidden}{place}{more}")
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn addresses_lose_what_is_secret() {
        assert_eq!(harmless("redis://ada:pas@s:w/@host:1/0?prefix=x"), "redis://..@host:1/0?..");
        assert_eq!(harmless("redis://ada:pa?s@s:w/@host:1/0?prefix=x"), "redis:..");
        assert_eq!(harmless("unix:///run/redis.sock?pass=ab@cd"), "unix:..");
        let sentinels = "redis+sentinel://one/main?sentinel_password=ab@cd";
        assert_eq!(harmless(sentinels), "redis+sentinel:..");
        let many = "redis+cluster://ada:pa@ss@one:1,two:2/?read_from=replica";
        assert_eq!(harmless(many), "redis+cluster://..@one:1,two:2/?..");
        assert_eq!(harmless("sqlite:/var/cache.db"), "sqlite:/var/cache.db");
        assert_eq!(harmless("own:place?token=secret"), "own:place?..");
    }
}
