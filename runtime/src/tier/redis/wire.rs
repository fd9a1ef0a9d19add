//! What is said to a Redis server.

use super::super::TierError;
use super::super::network::{Item, Link, Links, Part, Wire, escaped, hex, portions};
use super::errors::{connect_error, ends_connection, nonsense, tier_error};
use bytes::Bytes;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionAddr, Pipeline, RedisResult, Value};
use std::sync::Arc;
use std::time::Duration;

/// A Redis server.
pub(super) struct RedisWire {
    client: Client,
    config: AsyncConnectionConfig,
    prefix: String,
    links: Arc<Links<MultiplexedConnection>>,
}

/// What is sent in one piece.
enum Request {
    One(Cmd),
    Many(Pipeline, usize),
    /// What must not be sent twice.
    Once(Pipeline, usize),
}

impl RedisWire {
    /// So many keys are asked for at once: a server does nothing else while it looks them up.
    const KEYS: usize = 512;
    /// So many commands travel at once.
    const COMMANDS: usize = 256;

    pub(super) fn new(
        client: Client,
        config: AsyncConnectionConfig,
        prefix: String,
        open_within: Duration,
    ) -> Self {
        Self { client, config, prefix, links: Links::new(open_within) }
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

    async fn link(&self) -> Result<Link<MultiplexedConnection>, TierError> {
        let open = || {
            let (client, config) = (self.client.clone(), self.config.clone());
            async move {
                choose_cryptography();
                let opened = client.get_multiplexed_async_connection_with_config(&config).await;
                opened.map_err(connect_error)
            }
        };
        self.links.link(open).await
    }

    /// What `read` makes of the answers to a request, none of which is an error.
    ///
    /// It is sent once more if the connection turns out to be broken, unless that is new: the server may have been started
    /// anew since it was last used. All that may be sent twice is.
    async fn ask<T>(
        &self,
        request: &Request,
        read: impl Fn(Vec<Value>) -> Option<T>,
    ) -> Result<T, TierError> {
        let mut is_first = !matches!(request, Request::Once(..));
        loop {
            let mut link = self.link().await?;
            let error = match request.send(&mut link.connection).await {
                Ok(answers) => {
                    // After an answer that is none, the next one may be that to another question.
                    let answer = read(answers).ok_or_else(nonsense);
                    return answer.inspect_err(|_| self.links.lose(&link));
                }
                Err(error) => error,
            };
            if ends_connection(&error) {
                self.links.lose(&link);
            }
            if link.is_new || !is_first || !error.is_connection_dropped() {
                return Err(tier_error(error));
            }
            is_first = false;
        }
    }

    fn set(item: &Item) -> Cmd {
        let mut command = redis::cmd("SET");
        command.arg(item.name.as_slice()).arg(item.value.as_slice());
        if let Some(lifetime) = item.lifetime {
            // Cut off and not rounded up: nothing lives for longer than it should. Zero would be an error.
            command.arg("PX").arg(u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX).max(1));
        }
        command
    }

    fn unlink(names: &[Vec<u8>]) -> Cmd {
        let mut command = redis::cmd("UNLINK");
        command.arg(names);
        command
    }
}

impl Request {
    async fn send(&self, connection: &mut MultiplexedConnection) -> RedisResult<Vec<Value>> {
        match self {
            Self::One(command) => {
                Ok(vec![connection.send_packed_command(command).await?.extract_error()?])
            }
            Self::Many(commands, count) | Self::Once(commands, count) => {
                let answers = connection.send_packed_commands(commands, 0, *count).await?;
                answers.into_iter().map(Value::extract_error).collect()
            }
        }
    }
}

impl Wire for RedisWire {
    /// What Redis takes unless it is told otherwise, with as many tags as there can be.
    fn max_value(&self) -> usize {
        (512 << 20) - (1 << 13)
    }

    fn name(&self, namespace: &str, part: Part<'_>) -> Vec<u8> {
        let (prefix, namespace) = (&self.prefix, escaped(namespace));
        match part {
            Part::Epoch => format!("{prefix}:{namespace}:e").into_bytes(),
            Part::Tag(hash) => format!("{prefix}:{namespace}:t:{}", hex(hash)).into_bytes(),
            Part::Entry(epoch, key) => {
                let mut name = format!("{prefix}:{namespace}:v:{epoch:x}:").into_bytes();
                name.extend_from_slice(key.as_bytes());
                name
            }
        }
    }

    async fn fetch(&self, names: &[Vec<u8>]) -> Result<Vec<Option<Bytes>>, TierError> {
        let mut found = Vec::with_capacity(names.len());
        for names in names.chunks(Self::KEYS) {
            let mut command = redis::cmd("MGET");
            command.arg(names);
            let request = Request::One(command);
            let values = self.ask(&request, |answers| array(answers, names.len())).await?;
            found.extend(values.into_iter().map(bytes));
        }
        Ok(found)
    }

    async fn add(&self, item: &Item) -> Result<Option<Bytes>, TierError> {
        let mut commands = redis::pipe();
        let mut set = Self::set(item);
        set.arg("NX");
        commands.add_command(set).cmd("MGET").arg(item.name.as_slice());
        let request = Request::Once(commands, 2);
        let mut values = self.ask(&request, |answers| array(answers, 1)).await?;
        // Of something that is no string nothing is got, though it is there. No bytes are no number either.
        Ok(values.pop().and_then(bytes).or(Some(Bytes::new())))
    }

    async fn store(&self, items: &[Item]) -> Result<(), TierError> {
        for items in portions(items, Self::COMMANDS) {
            let mut commands = redis::pipe();
            for item in items {
                commands.add_command(if item.is_over() {
                    Self::unlink(std::slice::from_ref(&item.name))
                } else {
                    Self::set(item)
                });
            }
            let once = items.iter().any(|item| item.once);
            let request = if once { Request::Once } else { Request::Many };
            self.ask(&request(commands, items.len()), Some).await?;
        }
        Ok(())
    }

    async fn remove(&self, names: &[Vec<u8>]) -> Result<(), TierError> {
        for names in names.chunks(Self::KEYS) {
            self.ask(&Request::One(Self::unlink(names)), Some).await?;
        }
        Ok(())
    }

    fn close(&self) {
        self.links.close();
    }
}

/// The last answer, if that is an array of this length.
fn array(mut answers: Vec<Value>, len: usize) -> Option<Vec<Value>> {
    match answers.pop() {
        Some(Value::Array(values)) if values.len() == len => Some(values),
        _ => None,
    }
}

/// The bytes of a string; of anything else none.
fn bytes(value: Value) -> Option<Bytes> {
    match value {
        Value::BulkString(bytes) => Some(bytes.into()),
        _ => None,
    }
}

/// Where a program has several implementations of cryptography to choose from, and has not chosen, TLS would panic.
fn choose_cryptography() {
    #[cfg(feature = "redis-tls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody else has chosen just now.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
