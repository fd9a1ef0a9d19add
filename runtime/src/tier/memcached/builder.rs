//! Settings of a memcached tier.

use super::super::TierError;
use super::super::network::{
    CONNECT_TIMEOUT, Links, MAX_LIFETIME, Namespaces, RESPONSE_TIMEOUT, misconfigured,
};
use super::Memcached;
use super::wire::{MemcachedWire, prefix};
use std::fmt;
use std::time::Duration;

/// Settings of a [`Memcached`] tier; [`Memcached::builder`] begins one.
#[must_use]
#[derive(Clone)]
pub struct MemcachedBuilder {
    address: String,
    prefix: String,
    connect_timeout: Duration,
    response_timeout: Duration,
    max_value: usize,
}

impl MemcachedBuilder {
    /// A little below the 1 MB that a server takes unless it is told otherwise: the name, tags and its own notes count too.
    const MAX_VALUE: usize = 1_000_000;

    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            prefix: "larder".to_owned(),
            connect_timeout: CONNECT_TIMEOUT,
            response_timeout: RESPONSE_TIMEOUT,
            max_value: Self::MAX_VALUE,
        }
    }

    /// What all names on the server begin with: `larder` unless it is set. Tiers with different prefixes share nothing. At
    /// most 150 bytes, of which all but letters, digits, `-` and `_` count three times.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// How long to wait for a connection: a second unless it is set.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// How long to wait for an answer: half a second unless it is set. A call may have to wait for several, and for a
    /// connection.
    pub fn response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: timeout, ..self }
    }

    /// How many bytes a value may have: 1,000,000 unless it is set. Larger ones are refused without being sent. For
    /// servers that take more (`memcached -I`), or less; a server refuses what is too large for it in any case.
    pub fn max_value(self, bytes: usize) -> Self {
        Self { max_value: bytes, ..self }
    }

    /// The tier. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Misconfigured`](super::super::TierErrorKind::Misconfigured), with everything that is wrong.
    ///
    /// ```
    /// use larder::tier::Memcached;
    ///
    /// let wrong = Memcached::builder("memcached://").prefix("x".repeat(151));
    /// assert_eq!(
    ///     wrong.build().unwrap_err().to_string(),
    ///     "not an address of a memcached server; a prefix of more than 150 bytes"
    /// );
    /// ```
    pub fn build(self) -> Result<Memcached, TierError> {
        let mut wrong = Vec::new();
        let address = host_and_port(&self.address);
        let prefix = prefix(&self.prefix);
        if address.is_none() {
            wrong.push("not an address of a memcached server");
        }
        if prefix.is_none() {
            wrong.push("a prefix of more than 150 bytes");
        }
        if [self.connect_timeout, self.response_timeout].contains(&Duration::ZERO) {
            wrong.push("a time-out of zero");
        }
        let (Some((host, port)), Some(prefix), []) = (address, prefix, wrong.as_slice()) else {
            return Err(misconfigured(&wrong.join("; ")));
        };
        let wire = MemcachedWire {
            host,
            port,
            prefix,
            response_timeout: self.response_timeout,
            max_value: self.max_value,
            links: Links::new(self.connect_timeout),
        };
        Ok(Memcached { inner: Namespaces::new(wire, "memcached", MAX_LIFETIME) })
    }
}

/// Without the address: somebody may have tried to write a password there.
impl fmt::Debug for MemcachedBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemcachedBuilder")
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("max_value", &self.max_value)
            .finish_non_exhaustive()
    }
}

/// Of `memcached://host:port`, where the port may be missing and a host of version 6 stands in brackets.
fn host_and_port(address: &str) -> Option<(String, u16)> {
    let rest = address.strip_prefix("memcached://")?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok()?,
        None if port.is_empty() => 11211,
        None => return None,
    };
    let known = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (!host.is_empty() && host.chars().all(known)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::host_and_port;

    #[test]
    fn addresses() {
        let is = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(host_and_port("memcached://localhost"), is("localhost", 11211));
        assert_eq!(host_and_port("memcached://10.0.0.1:5/"), is("10.0.0.1", 5));
        assert_eq!(host_and_port("memcached://[::1]:7"), is("::1", 7));
        assert_eq!(host_and_port("memcached://[::1]"), is("::1", 11211));
        for wrong in [
            "redis://localhost",
            "memcached://",
            "memcached://:1",
            "memcached://a:b:1",
            "memcached://[::1",
        ] {
            assert_eq!(host_and_port(wrong), None, "{wrong}");
        }
        for wrong in
            ["memcached://a:65536", "memcached://u:p@a", "memcached://a/0", "memcached://[a]x"]
        {
            assert_eq!(host_and_port(wrong), None, "{wrong}");
        }
    }
}
