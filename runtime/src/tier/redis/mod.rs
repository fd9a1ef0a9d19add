//! Values in Redis, or in anything that speaks like it: one server, a cluster, or whichever server sentinels name.

mod address;
mod builder;
mod cluster;
mod commands;
mod connection;
mod errors;
mod one;
mod sentinels;
mod server;
mod servers;
mod wire;

pub use builder::RedisBuilder;

use super::network::Namespaces;
use super::{Fetched, Tier, TierEntry, TierError, TierFuture, TierKey};
use address::Origin;
use std::fmt;
use wire::RedisWire;

/// Values in Redis, Valkey or another server of that kind (feature `redis`).
///
/// All processes that use the same server, prefix and names share their entries: what one of them has loaded the others
/// find, and what one of them clears is gone for all.
///
/// # Addresses
/// `redis://host`, `redis://user:password@host:6379/0` with an ACL user and a database, `redis://:password@host` without a
/// user, `rediss://..` for TLS (feature `redis-tls`), and `unix:///path/to.sock` or `redis+unix:///path/to.sock`. Characters such as `@` or `/` in a
/// password are written as `%40`, `%2F`. No message of larder and no `Debug` shows a password.
///
/// `redis+cluster://user:password@one:7000,two:7000` is a [cluster](#a-cluster), `redis+sentinel://user:password@one,two/name/0`
/// the primary that [sentinels](#sentinels) call by this name, and a database of it; `rediss+..` the same with TLS, to the
/// sentinels too. User and password are those of the servers.
///
/// # Connections
/// Nothing is connected before the first call. Then each tokio runtime has one connection, on which calls from all tasks
/// travel together, and which is made anew when it breaks, does not answer in time, or answers nonsense. A call that finds
/// its connection broken is repeated once on a new one. When the server cannot be reached, calls fail at once for a while,
/// at most a second, before the next one tries again. In a cluster all this is true of each node.
///
/// The runtime must have its I/O and time drivers (`enable_all`); otherwise calls fail, as
/// [`Misconfigured`](super::TierErrorKind::Misconfigured). Under tokio's paused clock any wait for a network is a
/// time-out.
///
/// # A cluster
/// The addresses are those of some nodes; who else there is, and which node has what, is asked of them, and asked anew when a
/// node says that something has moved, cannot be reached or does not answer, and every 30 seconds. Names that are being moved
/// are followed. Keys are spread over all nodes. Each command is about one name, those for one node travel in one piece, and
/// all nodes are asked at the same time: so a call for hundreds of keys is a round trip to each node, at the same time.
///
/// When a primary fails, calls for what it had fail until a replica has taken over, and calls for many keys if any of them is
/// there; a namespace whose number it had, all. Where calls go after that nobody has to say. What the replica had not heard of
/// is lost, a `clear` of the last moment too, as always when Redis fails over. The nodes' addresses are those that the nodes
/// tell: clients have to be able to reach them. A user needs the commands `CLUSTER SLOTS`, `ASKING`, and `READONLY` to read
/// from replicas; see [`ReadFrom`].
///
/// # Sentinels
/// For each new connection all sentinels are asked, at the same time, and the first answer counts that leads to a server which
/// says itself that it is a primary (`ROLE`). A connection that breaks, does not answer or leads to a server that has become
/// a replica is given up. So a failover costs what is asked meanwhile. Sentinels have a
/// [password of their own](RedisBuilder::sentinel_password), if any. A primary that is cut off from its sentinels goes on until
/// it hears of its successor; what it is given then is lost.
///
/// # What is stored
/// - `prefix:namespace:e`, 8 bytes: the number of the namespace. [`clear`](Tier::clear) writes another one, which costs the
///   same for any number of entries.
/// - `prefix:namespace:v:number:key`, for each entry, with the number that the namespace had when it was made, in
///   hexadecimal: 9 bytes and the value; for an entry with tags 24 bytes more per tag. What has an old number in its name
///   is not found any more, and goes when its lifetime is over, or when a server that may evict needs the room.
/// - `prefix:namespace:t:hash`, 8 bytes: the number of a tag. [`remove_tagged`](Tier::remove_tagged) writes another one.
///
/// Each name is escaped, so that names of any kind meet nobody else's. Of a namespace whose number is missing, because the
/// server was emptied or has evicted it, nothing is found; the next call gives it a number that was never there before, so
/// nothing that was cleared ever comes back, unless the clearing itself was lost in a failover. The same is true of tags.
///
/// Lifetimes have milliseconds. An entry without one is kept for [`max_lifetime`](RedisBuilder::max_lifetime), 30 days;
/// none is kept for longer.
///
/// # What it costs
/// A `get` is one command (`MGET`) and one round trip, for one key or for hundreds; of more than 512 keys it is one for each
/// 512. It takes a second one if the namespace has another number than this process has seen last, because it is new or
/// another process has cleared it, and one to ask for the numbers of tags, when something that was found has any. A `put`
/// is one round trip, or more if it is large; one more if any entry is for the present epoch, has a tag, or both; and one
/// for each tag that is new. A `remove` is two commands that travel together, and one round trip more if the number was
/// another one. `clear` and `remove_tagged` are one. In a cluster the first number of a namespace or a tag takes two.
///
/// # Errors
/// [`Unavailable`](super::TierErrorKind::Unavailable): no connection, a server that is loading, a replica or has too few of
/// them. [`TimedOut`](super::TierErrorKind::TimedOut): no connection or answer in time.
/// [`Refused`](super::TierErrorKind::Refused): no memory left, a command that the user may not give.
/// [`Unsupported`](super::TierErrorKind::Unsupported): `UNLINK` is a command that the server does not know.
/// [`Misconfigured`](super::TierErrorKind::Misconfigured): a wrong password, a node of a cluster at an address of one server,
/// a name that the sentinels do not know, a server where a sentinel should be, or the other way round.
/// A `get` from a server that has no memory left succeeds.
///
/// # Cancellation
/// A call that is dropped leaves the connection as it is; what it has sent is still done.
///
/// ```no_run
/// use larder::tier::{Redis, Tier, TierEntry, TierKey};
///
/// # async fn example() -> Result<(), larder::tier::TierError> {
/// let redis = Redis::connect("redis://localhost")?;
/// let key = TierKey::new(b"7".to_vec());
/// let fetched = redis.get("users", std::slice::from_ref(&key)).await?;
/// if fetched.values[0].is_none() {
///     let value = "Ada".into();
///     let epoch = Some(fetched.epoch);
///     redis.put("users", &[TierEntry { key, value, deadline: None, epoch, tags: vec![] }]).await?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct Redis {
    inner: Namespaces<RedisWire>,
}

/// Where the values in a cluster are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReadFrom {
    /// From the primary, which has what was written last.
    #[default]
    Primary,
    /// From a replica, if there is one that can be reached; one that hangs is a time-out, as a primary is.
    ///
    /// **A value that was removed or replaced is found there as it was**, until the replica has heard of it: usually for a
    /// moment, but for as long as a replica is cut off from its primary. That is true of the process that has removed it, too.
    /// What was cleared or removed by its tag is not found, by nobody, not even in an old replica: the numbers that say so
    /// are read from primaries.
    Replica,
}

#[cfg(feature = "testing")]
impl Redis {
    /// The connection to the one server, for who measures what else is said on it.
    #[doc(hidden)]
    pub async fn connection(&self) -> Result<::redis::aio::MultiplexedConnection, TierError> {
        Ok(self.inner.wire.connection().await?.into_inner())
    }
}

impl Redis {
    /// A tier at this address, with everything else as [`builder`](Self::builder) has it. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Misconfigured`](super::TierErrorKind::Misconfigured) when the address is not one.
    ///
    /// ```
    /// use larder::tier::{Redis, TierErrorKind};
    ///
    /// assert!(Redis::connect("redis://localhost:6379").is_ok());
    /// let error = Redis::connect("http://localhost").unwrap_err();
    /// assert_eq!(error.kind(), TierErrorKind::Misconfigured);
    /// ```
    pub fn connect(address: &str) -> Result<Self, TierError> {
        Self::builder(address).build()
    }

    /// Settings for a tier at this address.
    ///
    /// ```
    /// use larder::tier::Redis;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// let redis = Redis::builder("redis://localhost")
    ///     .prefix("shop")
    ///     .response_timeout(Duration::from_millis(100))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(address: impl Into<String>) -> RedisBuilder {
        RedisBuilder::new(Origin::of(&address.into()))
    }

    /// Settings for a tier in a cluster, some nodes of which are at these addresses; they know the others. User and password
    /// are those of all nodes, and the same in all addresses.
    ///
    /// ```
    /// use larder::tier::{ReadFrom, Redis};
    ///
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// let redis = Redis::cluster(["redis://:secret@one:7000", "redis://:secret@two:7000"])
    ///     .read_from(ReadFrom::Replica)
    ///     .build()?;
    /// // The same:
    /// let redis = Redis::builder("redis+cluster://:secret@one:7000,two:7000")
    ///     .read_from(ReadFrom::Replica)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cluster(addresses: impl IntoIterator<Item = impl Into<String>>) -> RedisBuilder {
        RedisBuilder::new(Ok(Origin::Cluster(addresses.into_iter().map(Into::into).collect())))
    }

    /// Settings for a tier in the server that sentinels at these addresses call the primary of `name`. User, password and
    /// database are those of the server, and the same in all addresses. Without a port it is 26379.
    ///
    /// ```
    /// use larder::tier::Redis;
    ///
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// let redis = Redis::sentinel("shop", ["redis://:secret@one", "redis://:secret@two"])
    ///     .sentinel_password("another")
    ///     .build()?;
    /// // The same, but for the password of the sentinels:
    /// let redis = Redis::connect("redis+sentinel://:secret@one,two/shop")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sentinel(
        name: impl Into<String>,
        addresses: impl IntoIterator<Item = impl Into<String>>,
    ) -> RedisBuilder {
        let addresses = addresses.into_iter().map(Into::into).collect();
        RedisBuilder::new(Ok(Origin::Sentinels { name: name.into(), addresses }))
    }
}

/// Where it is, without user and password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("address", &self.inner.wire.address()).finish_non_exhaustive()
    }
}

impl Tier for Redis {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn place(&self) -> Option<String> {
        Some(self.inner.wire.address())
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
