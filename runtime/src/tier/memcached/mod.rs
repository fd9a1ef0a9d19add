//! Values in memcached.

mod answer;
mod builder;
mod connection;
mod wire;

pub use builder::MemcachedBuilder;

use super::network::Namespaces;
use super::{Fetched, Tier, TierEntry, TierError, TierFuture, TierKey};
use std::fmt;
use wire::MemcachedWire;

/// Values in memcached (feature `memcached`).
///
/// All processes that use the same server, prefix and names share their entries.
///
/// # Addresses
/// `memcached://host` or `memcached://host:11211`. There are no passwords, and no encryption: memcached belongs in a
/// network that nobody else can reach.
///
/// # Connections
/// Nothing is connected before the first call. Then each tokio runtime has one connection, on which calls from all tasks
/// travel together, and which is made anew when it breaks, does not answer in time, or answers nonsense. A call that finds
/// its connection broken is repeated once on a new one. When the server cannot be reached, calls fail at once for a while,
/// at most a second, before the next one tries again. The runtime must have its I/O driver (`enable_io`); otherwise calls fail,
/// as [`Misconfigured`](super::TierErrorKind::Misconfigured).
///
/// # What is stored
/// A namespace and a tag have a number each, which [`clear`](Tier::clear) and [`remove_tagged`](Tier::remove_tagged)
/// replace. The names of entries are hashes (BLAKE3, 256 bits) of namespace, its number and key, with the prefix in front. An
/// entry is 9 bytes and the value, and 24 bytes more for each tag: its hash and its number. What bears an old number is not
/// found any more, and stays until its lifetime is over or the server needs its room. If the server forgets a number,
/// because it is full or was restarted, everything that bore it is not found either, and never comes back.
///
/// A value is at most 1,000,000 bytes long unless [`max_value`](MemcachedBuilder::max_value) says otherwise.
/// A lifetime ends to the millisecond, by the clock of who asks. An entry without one is kept for 30 days; none is kept for
/// longer.
///
/// # What it costs
/// A `get` is one round trip for any number of keys; a second one if the namespace has another number than this process has
/// seen last, because it is new or another process has cleared it, and one to ask for the numbers of tags, when something
/// that was found has any. A `put` is one, and one more if any entry is for the present epoch, has a tag, or both; and one
/// for each tag that is new. A `remove` is one, or two if the number was another one; `clear` and `remove_tagged` are one.
///
/// # Errors
/// [`Unavailable`](super::TierErrorKind::Unavailable): no connection, or an answer that is none.
/// [`TimedOut`](super::TierErrorKind::TimedOut): no connection or answer in time.
/// [`Refused`](super::TierErrorKind::Refused): a value is too large, or there is no room. What the key of a value that is
/// too large had before is removed.
///
/// # Cancellation
/// A call that is dropped leaves the connection as it is; what it has sent is still done.
///
/// ```no_run
/// use larder::tier::{Memcached, Tier, TierKey};
///
/// # async fn example() -> Result<(), larder::tier::TierError> {
/// let memcached = Memcached::connect("memcached://localhost")?;
/// let fetched = memcached.get("users", &[TierKey::new(b"7".to_vec())]).await?;
/// assert_eq!(fetched.values, [None]);
/// # Ok(())
/// # }
/// ```
pub struct Memcached {
    inner: Namespaces<MemcachedWire>,
}

impl Memcached {
    /// A tier at this address, with everything else as [`builder`](Self::builder) has it. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Misconfigured`](super::TierErrorKind::Misconfigured) when the address is not one.
    ///
    /// ```
    /// use larder::tier::{Memcached, TierErrorKind};
    ///
    /// assert!(Memcached::connect("memcached://[::1]:11211").is_ok());
    /// let error = Memcached::connect("memcached://localhost/0").unwrap_err();
    /// assert_eq!(error.kind(), TierErrorKind::Misconfigured);
    /// ```
    pub fn connect(address: &str) -> Result<Self, TierError> {
        Self::builder(address).build()
    }

    /// Settings for a tier at this address.
    ///
    /// ```
    /// use larder::tier::Memcached;
    ///
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// let memcached = Memcached::builder("memcached://localhost").prefix("shop").build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(address: impl Into<String>) -> MemcachedBuilder {
        MemcachedBuilder::new(address.into())
    }
}

impl fmt::Debug for Memcached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MemcachedWire { host, port, .. } = &self.inner.wire;
        f.debug_struct("Memcached").field("host", host).field("port", port).finish_non_exhaustive()
    }
}

impl Tier for Memcached {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn place(&self) -> Option<String> {
        let MemcachedWire { host, port, .. } = &self.inner.wire;
        Some(format!("{host}:{port}"))
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        self.inner.get(namespace, keys)
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        self.inner.put(namespace, entries)
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        self.inner.remove(namespace, keys)
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        self.inner.clear(namespace)
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        self.inner.remove_tagged(namespace, tag)
    }

    fn close(&self) -> TierFuture<'_, ()> {
        self.inner.close()
    }
}
