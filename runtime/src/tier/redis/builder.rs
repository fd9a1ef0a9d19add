//! Settings of a Redis tier.

use super::super::TierError;
use super::super::network::{
    CONNECT_TIMEOUT, MAX_LIFETIME, Namespaces, RESPONSE_TIMEOUT, escaped, misconfigured,
};
use super::address::Origin;
use super::wire::RedisWire;
use super::{ReadFrom, Redis};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Settings of a [`Redis`] tier; [`Redis::builder`] begins one.
#[must_use]
#[derive(Clone)]
pub struct RedisBuilder {
    /// Or what is wrong with the address.
    pub(super) origin: Result<Origin, &'static str>,
    prefix: String,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    max_lifetime: Duration,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) read_from: ReadFrom,
    pub(super) sentinel_password: Option<String>,
}

impl RedisBuilder {
    /// A hundred years: the server calculates with lifetimes, and refuses some that are longer.
    const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

    pub(super) fn new(origin: Result<Origin, &'static str>) -> Self {
        Self {
            origin,
            prefix: "larder".to_owned(),
            connect_timeout: CONNECT_TIMEOUT,
            response_timeout: RESPONSE_TIMEOUT,
            max_lifetime: MAX_LIFETIME,
            ca_file: None,
            read_from: ReadFrom::Primary,
            sentinel_password: None,
        }
    }

    /// What all names on the server begin with: `larder` unless it is set. Tiers with different prefixes share nothing.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// How long to wait for a connection, TLS and the password included: a second unless it is set.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// How long to wait for each answer: half a second unless it is set. A call may have to wait for several, and for a
    /// connection.
    pub fn response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: timeout, ..self }
    }

    /// For how long entries without a deadline are kept: 30 days unless it is set. No entry is kept for longer, and none
    /// with tags for longer than that after the first use of the tag. At most 100 years.
    pub fn max_lifetime(self, lifetime: Duration) -> Self {
        Self { max_lifetime: lifetime, ..self }
    }

    /// Where the values in a cluster are read: from the primaries unless it is set. For clusters only.
    pub fn read_from(self, read_from: ReadFrom) -> Self {
        Self { read_from, ..self }
    }

    /// The password of the sentinels, if they have one. That of the servers, and their user, stands in the addresses.
    pub fn sentinel_password(self, password: impl Into<String>) -> Self {
        Self { sentinel_password: Some(password.into()), ..self }
    }

    /// The file with the certificates (PEM) that the server's must come from, instead of those that the system trusts. For
    /// `rediss://` only. It is read by [`build`](Self::build).
    pub fn ca_file(self, file: impl AsRef<Path>) -> Self {
        Self { ca_file: Some(file.as_ref().to_owned()), ..self }
    }

    /// The tier. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Misconfigured`](super::super::TierErrorKind::Misconfigured), with everything that is wrong.
    ///
    /// ```
    /// use larder::tier::Redis;
    /// use std::time::Duration;
    ///
    /// let wrong = Redis::builder("redis://localhost:port").response_timeout(Duration::ZERO);
    /// assert_eq!(
    ///     wrong.build().unwrap_err().to_string(),
    ///     "not an address of a Redis server: the port is no number up to 65535; a time-out or lifetime of zero"
    /// );
    /// ```
    pub fn build(self) -> Result<Redis, TierError> {
        let mut wrong = Vec::new();
        let servers = self.servers().map_err(|what| wrong.push(what)).ok();
        if [self.connect_timeout, self.response_timeout, self.max_lifetime]
            .contains(&Duration::ZERO)
        {
            wrong.push("a time-out or lifetime of zero");
        }
        let Some(servers) = servers.filter(|_| wrong.is_empty()) else {
            return Err(misconfigured(&wrong.join("; ")));
        };
        let wire = RedisWire { servers, prefix: escaped(&self.prefix) };
        let max_lifetime = self.max_lifetime.clamp(Duration::from_millis(1), Self::LONGEST);
        Ok(Redis { inner: Namespaces::new(wire, "redis", max_lifetime) })
    }
}

/// Without the address and the password of the sentinels.
impl fmt::Debug for RedisBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBuilder")
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("max_lifetime", &self.max_lifetime)
            .field("ca_file", &self.ca_file)
            .field("read_from", &self.read_from)
            .finish_non_exhaustive()
    }
}
