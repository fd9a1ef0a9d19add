//! What is said to a memcached server.

use super::super::TierError;
use super::super::TierErrorKind::{Refused, TimedOut, Unavailable};
use super::super::network::{Item, Link, Links, Part, Wire, escaped, hex, portions};
use super::answer::Answer;
use super::connection::{Connection, Gone};
use crate::clock;
use crate::timer;
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
                let connection =
                    opened.map_err(|e| TierError::unavailable("memcached cannot be reached", e))?;
                // A connection counts when somebody answers on it: there may be a proxy with nothing behind it.
                let hello = connection.ask(Bytes::from_static(b"version\r\n"), 1);
                match hello.await.map_err(|Gone| gone())?.first() {
                    Some(answer) if answer.line.starts_with(b"VERSION ") => Ok(connection),
                    _ => Err(gone()),
                }
            }
        };
        self.links.link(open).await
    }

    /// The answers to `count` commands, each of which ends with one of these lines. They are sent once more if the connection
    /// turns out to be broken, unless that is new or they must not be sent twice.
    async fn ask(
        &self,
        commands: Vec<u8>,
        count: usize,
        ends: &[&[u8]],
        once: bool,
    ) -> Result<Vec<Answer>, TierError> {
        let commands = Bytes::from(commands);
        let mut is_first = !once;
        loop {
            let link = self.link().await?;
            let asked = link.connection.ask(commands.clone(), count);
            let error = match timer::within(self.response_timeout, asked).await {
                Some(Ok(answers)) => match answers.iter().find(|end| !ends.contains(&&*end.line)) {
                    None => return Ok(answers),
                    Some(answer) => refusal(&answer.line),
                },
                Some(Err(_)) if is_first && !link.is_new => {
                    self.links.lose(link.number);
                    is_first = false;
                    continue;
                }
                Some(Err(Gone)) => gone(),
                None => TierError::new(TimedOut, "memcached did not answer in time"),
            };
            // After anything but a refusal the next answer may be that to another question.
            if error.kind() != Refused {
                self.links.lose(link.number);
            }
            return Err(error);
        }
    }
}

impl Wire for MemcachedWire {
    fn max_value(&self) -> usize {
        self.max_value
    }

    /// Hashed: names are short here, and have no spaces in them. What could be of any length
    /// goes in with its length, or last.
    fn name(&self, namespace: &str, part: Part<'_>) -> Vec<u8> {
        let mut hash = blake3::Hasher::new();
        hash.update(&(namespace.len() as u64).to_be_bytes()).update(namespace.as_bytes());
        let kind = match part {
            Part::Epoch => 'e',
            Part::Entry(epoch, key) => {
                hash.update(&epoch.to_be_bytes()).update(key.as_bytes());
                'v'
            }
            Part::Tag(tag) => {
                hash.update(tag);
                't'
            }
        };
        format!("{}:{kind}:{}", self.prefix, hex(hash.finalize().as_bytes())).into_bytes()
    }

    async fn fetch(&self, names: &[Vec<u8>]) -> Result<Vec<Option<Bytes>>, TierError> {
        let mut found = HashMap::with_capacity(names.len());
        for names in names.chunks(NAMES * COMMANDS) {
            let mut commands = Vec::new();
            names.chunks(NAMES).for_each(|names| get(&mut commands, names));
            let answers = self.ask(commands, names.len().div_ceil(NAMES), &[b"END"], false).await?;
            found.extend(answers.into_iter().flat_map(|answer| answer.values));
        }
        Ok(names.iter().map(|name| found.get(name.as_slice()).cloned()).collect())
    }

    async fn add(&self, item: &Item) -> Result<Option<Bytes>, TierError> {
        let mut commands = Vec::new();
        write(&mut commands, "add", item);
        get(&mut commands, std::slice::from_ref(&item.name));
        let ends: [&[u8]; 3] = [b"STORED", b"NOT_STORED", b"END"];
        let got = self.ask(commands, 2, &ends, true).await?.pop().unwrap_or_default();
        Ok(got.values.into_iter().next().map(|(_, value)| value))
    }

    async fn store(&self, items: &[Item]) -> Result<(), TierError> {
        for items in portions(items, COMMANDS) {
            let mut commands = Vec::new();
            for item in items {
                if item.is_over() {
                    delete(&mut commands, &item.name);
                } else {
                    write(&mut commands, "set", item);
                }
            }
            let ends: [&[u8]; 3] = [b"STORED", b"DELETED", b"NOT_FOUND"];
            let once = items.iter().any(|item| item.once);
            self.ask(commands, items.len(), &ends, once).await?;
        }
        Ok(())
    }

    async fn remove(&self, names: &[Vec<u8>]) -> Result<(), TierError> {
        for names in names.chunks(COMMANDS) {
            let mut commands = Vec::new();
            for name in names {
                delete(&mut commands, name);
            }
            self.ask(commands, names.len(), &[b"DELETED", b"NOT_FOUND"], false).await?;
        }
        Ok(())
    }

    fn close(&self) {
        self.links.close();
    }
}

/// Adds a command that stores something.
fn write(commands: &mut Vec<u8>, command: &str, item: &Item) {
    let name = String::from_utf8_lossy(&item.name);
    let (expiry, len) = (item.lifetime.map_or(0, expiry), item.value.len());
    commands.reserve(command.len() + name.len() + len + 64);
    commands.extend_from_slice(format!("{command} {name} 0 {expiry} {len}\r\n").as_bytes());
    commands.extend_from_slice(&item.value);
    commands.extend_from_slice(b"\r\n");
}

/// Adds a command that asks for values.
fn get(commands: &mut Vec<u8>, names: &[Vec<u8>]) {
    commands.extend_from_slice(b"get");
    for name in names {
        commands.push(b' ');
        commands.extend_from_slice(name);
    }
    commands.extend_from_slice(b"\r\n");
}

/// Adds a command that removes something.
fn delete(commands: &mut Vec<u8>, name: &[u8]) {
    commands.extend_from_slice(b"delete ");
    commands.extend_from_slice(name);
    commands.extend_from_slice(b"\r\n");
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

fn gone() -> TierError {
    let what = "memcached closed the connection, or gave an answer that is none";
    TierError::new(Unavailable, what)
}

/// Why it was not done.
fn refusal(line: &[u8]) -> TierError {
    let no_room = [&b"SERVER_ERROR object too large"[..], b"SERVER_ERROR out of memory"];
    if no_room.iter().any(|start| line.starts_with(start)) {
        TierError::new(Refused, "memcached has no room for this")
    } else {
        gone()
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
