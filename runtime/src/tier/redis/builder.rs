//! Settings of a Redis tier.

use super::super::TierError;
use super::super::network::{
    CONNECT_TIMEOUT, MAX_LIFETIME, Namespaces, RESPONSE_TIMEOUT, escaped, misconfigured,
};
use super::Redis;
use super::wire::RedisWire;
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Settings of a [`Redis`] tier; [`Redis::builder`] begins one.
#[must_use]
#[derive(Clone)]
pub struct RedisBuilder {
    address: String,
    prefix: String,
    connect_timeout: Duration,
    response_timeout: Duration,
    max_lifetime: Duration,
    ca_file: Option<PathBuf>,
}

impl RedisBuilder {
    /// A hundred years: the server calculates with lifetimes, and refuses some that are longer.
    const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            prefix: "larder".to_owned(),
            connect_timeout: CONNECT_TIMEOUT,
            response_timeout: RESPONSE_TIMEOUT,
            max_lifetime: MAX_LIFETIME,
            ca_file: None,
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
    ///     "not an address of a Redis server; a time-out or lifetime of zero"
    /// );
    /// ```
    pub fn build(self) -> Result<Redis, TierError> {
        let mut wrong = Vec::new();
        let client = self.client().map_err(|what| wrong.push(what)).ok();
        if [self.connect_timeout, self.response_timeout, self.max_lifetime]
            .contains(&Duration::ZERO)
        {
            wrong.push("a time-out or lifetime of zero");
        }
        let Some(client) = client.filter(|_| wrong.is_empty()) else {
            return Err(misconfigured(&wrong.join("; ")));
        };
        let config = AsyncConnectionConfig::new()
            // Opening has a time-out of its own, around all of it.
            .set_connection_timeout(None)
            .set_response_timeout(Some(self.response_timeout));
        let prefix = escaped(&self.prefix);
        let wire = RedisWire::new(client, config, prefix, self.connect_timeout);
        let max_lifetime = self.max_lifetime.clamp(Duration::from_millis(1), Self::LONGEST);
        Ok(Redis { inner: Namespaces::new(wire, "redis", max_lifetime) })
    }

    /// What makes the connections. What is wrong is said without the parser's words, which may repeat the address.
    fn client(&self) -> Result<Client, &'static str> {
        const NO_ADDRESS: &str = "not an address of a Redis server";
        let known = ["redis://", "rediss://", "valkey://", "valkeys://", "unix://"];
        if !known.iter().any(|scheme| self.address.starts_with(scheme)) {
            return Err(NO_ADDRESS);
        }
        if self.address.contains('#') {
            return Err("an address with #: TLS is always checked, and # in a password is %23");
        }
        let info = self.address.as_str().into_connection_info().map_err(|_| NO_ADDRESS)?;
        if !info.addr().is_supported() {
            return Err("rediss:// needs the feature redis-tls");
        }
        // Commands do not wait to become more. And a connection that is given up takes with it what it has not sent: written
        // later, when the network is back, it would undo what was done on the next connection meanwhile.
        let tcp = TcpSettings::default().set_nodelay(true).set_linger_time(Duration::ZERO);
        self.secured(info.set_tcp_settings(tcp))
    }

    fn secured(&self, info: ConnectionInfo) -> Result<Client, &'static str> {
        let secure = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        match &self.ca_file {
            None => Client::open(info).map_err(|_| "these settings do not go together"),
            Some(_) if !secure => Err("a CA file without rediss://"),
            Some(file) => trusting(info, file),
        }
    }
}

#[cfg(feature = "redis-tls")]
fn trusting(info: ConnectionInfo, file: &Path) -> Result<Client, &'static str> {
    let pem = std::fs::read(file).map_err(|_| "the CA file cannot be read")?;
    if !pem.windows(11).any(|part| part == b"-----BEGIN ") {
        return Err("the CA file has no certificate in it");
    }
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem) };
    Client::build_with_tls(info, certificates).map_err(|_| "the CA file has no certificate in it")
}

#[cfg(not(feature = "redis-tls"))]
fn trusting(_: ConnectionInfo, _: &Path) -> Result<Client, &'static str> {
    Err("a CA file needs the feature redis-tls")
}

/// Without the address, which may have a password in it.
impl fmt::Debug for RedisBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBuilder")
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("max_lifetime", &self.max_lifetime)
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}
