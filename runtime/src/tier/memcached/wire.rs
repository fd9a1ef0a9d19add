//! What is said to a memcached server.

use super::super::TierError;
use super::super::TierErrorKind::{Refused, TimedOut, Unavailable};
use super::super::network::{Item, Link, Links, Part, Wire, escaped, hex, portions};
use super::answer::Answer;
use super::connection::Connection;
use crate::clock;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// So many names are asked for in one command. More make more commands, which travel together.
const NAMES: usize = 64;
/// So many commands travel together.
const COMMANDS: usize = 256;

/// A memcached server.
pub(super) struct MemcachedWire {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) prefix: String,
    pub(super) response_timeout: Duration,
    pub(super) max_value: usize,
    pub(super) links: Arc<Links<Connection>>,
}

impl MemcachedWire {
    /// A prefix is cut after so many bytes, for names are at most 250 bytes long.
    pub(super) const MAX_PREFIX: usize = 150;

    async fn link(&self) -> Result<Link<Connection>, TierError> {
        let open = || {
            let (host, port) = (self.host.clone(), self.port);
            async move {
                let opened = Connection::open(&host, port).await;
                opened.map_err(|e| TierError::unavailable("memcached cannot be reached", e))
            }
        };
        self.links.link(open).await
    }

    /// The answers to `count` commands, each of which ends with one of these lines. They are sent once more if the connection
    /// turns out to be broken, unless that is new. All that is sent may be sent twice.
    async fn ask(
        &self,
        commands: Vec<u8>,
        count: usize,
        ends: &[&[u8]],
    ) -> Result<Vec<Answer>, TierError> {
        let commands = Bytes::from(commands);
        loop {
            let link = self.link().await?;
            let asked = link.connection.ask(commands.clone(), count);
            let error = match tokio::time::timeout(self.response_timeout, asked).await {
                Ok(Ok(answers)) => match answers.iter().find(|end| !ends.contains(&&*end.line)) {
                    None => return Ok(answers),
                    Some(answer) => refusal(&answer.line),
                },
                Ok(Err(_)) if !link.is_new => {
                    self.links.lose(&link);
                    continue;
                }
                Ok(Err(_)) => {
                    let what = "memcached closed the connection, or gave an answer that is none";
                    TierError::new(Unavailable, what)
                }
                Err(_) => TierError::new(TimedOut, "memcached did not answer in time"),
            };
            // After anything but a refusal the next answer may be that to another question.
            if error.kind() != Refused {
                self.links.lose(&link);
            }
            return Err(error);
        }
    }
}

impl Wire for MemcachedWire {
    fn max_value(&self) -> usize {
        self.max_value
    }

    /// Hashed: names are short here, and have no spaces in them. Each part goes in with its length.
    fn name(&self, namespace: &str, part: Part<'_>) -> Vec<u8> {
        let (kind, rest): (_, &[u8]) = match part {
            Part::Epoch => ('e', &[]),
            Part::Entry(key) => ('v', key.as_bytes()),
            Part::Tag(hash) => ('t', hash),
        };
        let mut hash = blake3::Hasher::new();
        hash.update(&(namespace.len() as u64).to_be_bytes());
        hash.update(namespace.as_bytes()).update(rest);
        format!("{}:{kind}:{}", self.prefix, hex(hash.finalize().as_bytes())).into_bytes()
    }

    async fn fetch(&self, names: &[Vec<u8>]) -> Result<Vec<Option<Bytes>>, TierError> {
        let mut found = HashMap::with_capacity(names.len());
        for names in names.chunks(NAMES * COMMANDS) {
            let commands = names.chunks(NAMES).flat_map(get).collect();
            let answers = self.ask(commands, names.len().div_ceil(NAMES), &[b"END"]).await?;
            found.extend(answers.into_iter().flat_map(|answer| answer.values));
        }
        Ok(names.iter().map(|name| found.get(name.as_slice()).cloned()).collect())
    }

    async fn add(&self, item: &Item) -> Result<Option<Bytes>, TierError> {
        let mut commands = write("add", item);
        commands.extend(get(std::slice::from_ref(&item.name)));
        let ends: [&[u8]; 3] = [b"STORED", b"NOT_STORED", b"END"];
        let got = self.ask(commands, 2, &ends).await?.pop().unwrap_or_default();
        Ok(got.values.into_iter().next().map(|(_, value)| value))
    }

    async fn store(&self, items: &[Item]) -> Result<(), TierError> {
        for items in portions(items, COMMANDS) {
            let command = |item: &Item| {
                if item.is_over() { delete(&item.name) } else { write("set", item) }
            };
            let commands = items.iter().flat_map(command).collect();
            let ends: [&[u8]; 3] = [b"STORED", b"DELETED", b"NOT_FOUND"];
            self.ask(commands, items.len(), &ends).await?;
        }
        Ok(())
    }

    async fn remove(&self, names: &[Vec<u8>]) -> Result<(), TierError> {
        for names in names.chunks(COMMANDS) {
            let commands = names.iter().flat_map(|name| delete(name)).collect();
            self.ask(commands, names.len(), &[b"DELETED", b"NOT_FOUND"]).await?;
        }
        Ok(())
    }

    fn close(&self) {
        self.links.close();
    }
}

/// A command that stores something.
fn write(command: &str, item: &Item) -> Vec<u8> {
    let name = String::from_utf8_lossy(&item.name);
    let expiry = item.lifetime.map_or(0, expiry);
    let mut bytes = format!("{command} {name} 0 {expiry} {}\r\n", item.value.len()).into_bytes();
    bytes.extend_from_slice(&item.value);
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// A command that asks for values.
fn get(names: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"get".to_vec();
    for name in names {
        bytes.push(b' ');
        bytes.extend_from_slice(name);
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

fn delete(name: &[u8]) -> Vec<u8> {
    [b"delete ", name, b"\r\n"].concat()
}

/// A lifetime as memcached has it. It knows whole seconds only, and may count the one that has begun: so this is longer
/// than it should be, and the deadline in front of the value decides. Above 30 days it would be taken for a date, so that
/// is what it is then.
fn expiry(lifetime: Duration) -> u64 {
    const MONTH: u64 = 30 * 24 * 60 * 60;
    let seconds = lifetime.as_secs().saturating_add(2);
    if seconds <= MONTH {
        return seconds;
    }
    let now = clock::wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    // The server keeps dates in 32 bits, of which it uses 31.
    now.saturating_add(seconds).min(u64::from(u32::MAX >> 1))
}

/// Why it was not done.
fn refusal(line: &[u8]) -> TierError {
    let no_room = [&b"SERVER_ERROR object too large"[..], b"SERVER_ERROR out of memory"];
    if no_room.iter().any(|start| line.starts_with(start)) {
        TierError::new(Refused, "memcached has no room for this")
    } else {
        TierError::new(Unavailable, "memcached gave an answer that is none")
    }
}

/// A prefix without anything that ends a name.
pub(super) fn prefix(prefix: &str) -> Option<String> {
    Some(escaped(prefix)).filter(|prefix| prefix.len() <= MemcachedWire::MAX_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::expiry;
    use std::time::Duration;

    #[test]
    fn a_long_lifetime_is_a_date() {
        assert_eq!(expiry(Duration::from_millis(1)), 2);
        assert_eq!(expiry(Duration::from_secs(2_591_998)), 2_592_000);
        assert!(expiry(Duration::from_secs(2_591_999)) > 1_700_000_000);
        assert_eq!(expiry(Duration::MAX), 0x7fff_ffff);
    }
}
