//! What the tiers behind a network have in common: epochs, tags and lifetimes, over a store that only knows names, bytes
//! and lifetimes.
//!
//! # At rest
//! A namespace has a **number**, stored under a name of its own. The name of every value has in it the number that its
//! namespace had when the value was made, so it is found only as long as that is the number still. So clearing is one write
//! of another number, whatever the namespace holds, and a value of a number that is over lies under a name that nobody asks
//! for: it replaces nothing. With tags it is otherwise, for a value may have many: it has their numbers with it.
//!
//! Numbers are drawn at random and never counted. A store may lose a number, to eviction or to a restart, while values stay:
//! a count that begins again would bring back what was cleared. A lost number takes everything with it that bore it. For the
//! same reason no number is sent twice: the second time it might replace one that has replaced it.
//!
//! # One round trip
//! Each process remembers the numbers that it has seen, and asks for the number and for the values under the remembered one
//! at once. If the number is another one, it asks again, for the values under that. Whatever happens in between, what is
//! found was made under a number that was there after the call began: a call that begins when a `clear` has returned reads
//! the new number, or one that came later. Since no number comes back, one that is read and was remembered was there all
//! the time between, and so it does not matter when exactly the values were read.

mod epochs;
mod frame;
mod links;
mod namespaces;
mod tags;
#[cfg(test)]
mod tests;

pub(super) use frame::Frame;
#[cfg(feature = "redis")]
pub(super) use links::Number;
pub(super) use links::{Link, Links};
pub(super) use namespaces::Namespaces;

use super::{TierError, TierErrorKind, TierKey};
use bytes::Bytes;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// What is stored under a name.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// The number of a namespace.
    Epoch,
    /// A value that was made under this number of its namespace.
    Entry(u64, &'a TierKey),
    /// The number of a tag, of which this is the hash.
    Tag(&'a [u8; 16]),
}

/// Something to store.
pub(super) struct Item {
    pub(super) name: Vec<u8>,
    pub(super) value: Vec<u8>,
    /// For how long; zero means that it is to be removed instead.
    pub(super) lifetime: Option<Duration>,
    /// Whether it must not be sent twice, not even when nobody knows whether it has arrived.
    pub(super) once: bool,
}

impl Item {
    pub(super) fn is_over(&self) -> bool {
        self.lifetime.is_some_and(|left| left.is_zero())
    }
}

/// So many bytes travel at once, unless one item has more.
const PORTION: usize = 1 << 20;

/// `items` in portions of at most so many.
pub(super) fn portions(items: &[Item], count: usize) -> impl Iterator<Item = &[Item]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |item: &&Item| {
            bytes += item.name.len() + item.value.len();
            bytes <= PORTION
        };
        let len = rest.iter().take(count).take_while(fits).count().max(1);
        let (portion, later) = rest.split_at_checked(len)?;
        rest = later;
        Some(portion)
    })
}

/// A store behind a network.
pub(super) trait Wire: Send + Sync + 'static {
    /// No value is larger; what stands in front of it is not counted.
    fn max_value(&self) -> usize;

    /// The name of a part of a namespace. No two parts of any namespaces have the same.
    fn name(&self, namespace: &str, part: Part<'_>) -> Vec<u8>;

    /// What is stored under these names, in as few round trips as possible.
    ///
    /// One server looks the first up no later than the others. Several answer each at a moment of its own, all of them during
    /// the call. That will do, because a number never comes back: a value that bears the present one was put since the last
    /// time that it was cleared, whichever of the two was looked up first.
    fn fetch(
        &self,
        names: &[Vec<u8>],
    ) -> impl Future<Output = Result<Vec<Option<Bytes>>, TierError>> + Send;

    /// Stores something that must not be sent twice, unless there is something already, and returns what is there then.
    fn add(&self, item: &Item) -> impl Future<Output = Result<Option<Bytes>, TierError>> + Send;

    /// Stores everything, in this order, whatever was there. If one of them must not be sent twice, none is.
    fn store(&self, items: &[Item]) -> impl Future<Output = Result<(), TierError>> + Send;

    /// Removes everything.
    fn remove(&self, names: &[Vec<u8>]) -> impl Future<Output = Result<(), TierError>> + Send;

    /// Gives the connections back.
    fn close(&self);
}

/// How long to wait for a connection, and for an answer, unless told otherwise.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);

/// What has no deadline is kept for this long, so that what a cleared namespace leaves behind goes away.
pub(super) const MAX_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// What both come to, each of which begins at once.
async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|cx| {
        if first.is_none() {
            first = ready(one.as_mut().poll(cx));
        }
        if second.is_none() {
            second = ready(other.as_mut().poll(cx));
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            undone => {
                (first, second) = undone;
                Poll::Pending
            }
        }
    })
    .await
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// `prefix` with everything but letters, digits, `-` and `_` as `%` and two digits, so that what follows a separator
/// cannot be taken for a part of it.
pub(super) fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&hex(&[byte]));
        }
    }
    escaped
}

/// `bytes` as two digits each.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// An error of an address or a setting. Never with the address in it: there may be a password in that.
pub(super) fn misconfigured(what: &str) -> TierError {
    TierError::new(TierErrorKind::Misconfigured, what)
}

pub(super) fn no_runtime() -> TierError {
    misconfigured("a tier behind a network needs a tokio runtime")
}
