//! A server, and how to connect to it.

use super::super::TierError;
use super::connection::Connection;
use super::errors::{connect_error, nonsense};
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, Value};
use std::fmt;
use std::sync::Arc;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) host: Arc<str>,
    pub(super) port: u16,
}

/// What it takes to connect to a server: user, password, TLS, time-outs.
#[derive(Clone)]
pub(super) struct Login {
    client: Client,
    config: AsyncConnectionConfig,
}

impl Login {
    pub(super) fn new(client: Client, config: AsyncConnectionConfig) -> Self {
        Self { client, config }
    }

    /// The same for a server that is somewhere else.
    pub(super) fn at(&self, node: &Node) -> Result<Self, TierError> {
        let mut info = self.client.get_connection_info().clone();
        let mut address = info.addr().clone();
        if let ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } =
            &mut address
        {
            (*host, *port) = (node.host.to_string(), node.port);
        }
        info = info.set_addr(address);
        let client = Client::open(info).map_err(connect_error)?;
        Ok(Self { client, config: self.config.clone() })
    }

    pub(super) async fn connect(&self) -> Result<Connection, TierError> {
        choose_cryptography();
        let opened = self.client.get_multiplexed_async_connection_with_config(&self.config).await;
        let at = |error| connect_error(error).at(self.address());
        opened.map(Connection::new).map_err(at)
    }

    /// Where the server is.
    pub(super) fn address(&self) -> String {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                format!("{host}:{port}")
            }
            ConnectionAddr::Unix(path) => path.display().to_string(),
            _ => String::new(),
        }
    }
}

impl Node {
    /// The node that a server has named, which leaves out the host if it is its own.
    pub(super) fn named(host: &str, port: u16, by: &Node) -> Self {
        let host = if host.is_empty() { Arc::clone(&by.host) } else { Arc::from(host) };
        Self { host, port }
    }

    /// The node of a redirection: `host:port`.
    pub(super) fn redirected(address: &str, by: &Node) -> Option<Self> {
        let (host, port) = address.rsplit_once(':')?;
        Some(Self::named(host, port.parse().ok()?, by))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The text of a string.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

/// The port in an answer, as a number or as text.
pub(super) fn port(value: &Value) -> Option<u16> {
    match value {
        Value::Int(port) => u16::try_from(*port).ok(),
        text_of_it => text(text_of_it)?.parse().ok(),
    }
}

/// A task that was to ask, and did not come to an end.
pub(super) fn ended<T>(_: T) -> TierError {
    nonsense()
}

/// Where a program has several implementations of cryptography to choose from, and has not chosen, TLS would panic.
fn choose_cryptography() {
    #[cfg(feature = "redis-tls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody else has chosen just now.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
