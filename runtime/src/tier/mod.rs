//! What lies below memory: stores of bytes, on disk or behind a network.
//!
//! A [`Tier`] keeps bytes under bytes and knows nothing of functions, types or lifetimes beyond a deadline. Everything
//! typed happens above it. The built-in tiers use this trait and nothing else, so one of your own is as good as they are.

mod breaker;
mod built_in;
mod change;
mod closing;
mod counters;
mod defaults;
mod entry;
mod error;
mod layer;
mod lazy;
mod many;
#[cfg(feature = "memcached")]
mod memcached;
mod memory;
mod naming;
#[cfg(any(feature = "memcached", feature = "redis"))]
mod network;
mod open;
mod place;
mod queue;
#[cfg(feature = "redis")]
mod redis;
mod registry;
mod report;
mod retry;
mod settings;
mod snapshot;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stack;
mod worker;
mod youngest;

pub use breaker::BreakerPolicy;
pub use closing::close;
pub use defaults::{Defaults, defaults};
pub use entry::{Deadline, Epoch, Fetched, TierEntry, TierKey};
pub use error::{TierError, TierErrorKind};
pub use layer::{Layer, Write};
#[cfg(feature = "memcached")]
pub use memcached::{Memcached, MemcachedBuilder};
pub use memory::Memory;
pub use open::{IntoLayer, open, register};
#[cfg(feature = "redis")]
pub use redis::{ReadFrom, Redis, RedisBuilder};
pub use registry::Address;
pub use retry::RetryPolicy;
pub(crate) use settings::{Settings, Zero};
pub use snapshot::{Snapshot, SnapshotBuilder, SnapshotStatus};
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteBuilder};
pub(crate) use stack::{Described, Layers, Stack};

#[cfg(feature = "compression")]
pub use crate::codec::Compression;
pub use crate::codec::{Codec, CodecError, CodecErrorKind, OwnCodec, Packing};
#[cfg(any(feature = "encryption", feature = "signing"))]
pub use crate::codec::{KeyRing, KeyRingError};
pub use erased_serde;

use std::future::Future;
use std::pin::Pin;

/// What the methods of a [`Tier`] return.
pub type TierFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, TierError>> + Send + 'a>>;

/// A store of bytes below memory.
///
/// A tier is shared: by all functions that name it, by threads, often by processes. All its methods work on many keys at
/// once, and each call is one round trip where there is something to travel to.
///
/// # Namespaces and epochs
/// Keys live in namespaces, one for each function or cache; a namespace is any text. A namespace has an **epoch**, a
/// number that [`clear`](Self::clear) moves on. [`get`](Self::get) tells the epoch that it has read in, and
/// [`put`](Self::put) says in which one its values were made: so a value whose load began before a `clear` is never seen
/// after it, whichever process cleared. The epoch of a namespace that was never cleared may be any number.
///
/// # What an implementation promises
/// - It MUST return exactly the bytes that were put under that key, or nothing. It MAY forget any entry at any time.
/// - After `remove` has returned `Ok`, a `get` that begins later, from any process, MUST NOT find what was there before.
/// - After `clear` has returned `Ok`, no entry of an earlier epoch MUST be found in this namespace, and every entry of
///   every other namespace MUST be found as before, whatever characters the names have.
/// - It MUST NOT return an entry at or after its deadline by its own clock, as far as it can tell: those above check again.
/// - A future that is dropped half-way MUST leave the tier usable. What it was to do MAY have been done; it MUST NOT be done
///   after a later call for the same key has returned.
/// - It MUST NOT wait without an end, though those above give up after a time-out.
/// - `remove` and `clear` are called until they have succeeded; they MUST be harmless when repeated.
/// - It MAY be called from many threads at once, and from several tokio runtimes one after the other.
///
/// ```
/// use larder::tier::{Epoch, Fetched, Tier, TierEntry, TierFuture, TierKey};
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// /// Forgets nothing, and has one namespace.
/// #[derive(Default)]
/// struct Map(Mutex<(u64, HashMap<TierKey, TierEntry>)>);
///
/// impl Tier for Map {
///     fn name(&self) -> &'static str {
///         "map"
///     }
///
///     fn get<'a>(&'a self, _: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
///         Box::pin(async move {
///             let map = self.0.lock().unwrap();
///             let value = |key| map.1.get(key).map(|entry: &TierEntry| entry.value.clone());
///             Ok(Fetched { epoch: Epoch(map.0), values: keys.iter().map(value).collect() })
///         })
///     }
///
///     fn put<'a>(&'a self, _: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
///         Box::pin(async move {
///             let mut map = self.0.lock().unwrap();
///             let now = Epoch(map.0);
///             for entry in entries.iter().filter(|entry| entry.epoch.is_none_or(|epoch| epoch == now)) {
///                 map.1.insert(entry.key.clone(), entry.clone());
///             }
///             Ok(())
///         })
///     }
///
///     fn remove<'a>(&'a self, _: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
///         Box::pin(async move {
///             let mut map = self.0.lock().unwrap();
///             keys.iter().for_each(|key| drop(map.1.remove(key)));
///             Ok(())
///         })
///     }
///
///     fn clear<'a>(&'a self, _: &'a str) -> TierFuture<'a, ()> {
///         Box::pin(async move {
///             let mut map = self.0.lock().unwrap();
///             map.0 += 1;
///             map.1.clear();
///             Ok(())
///         })
///     }
/// }
/// # let _ = Map::default();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tier",
    note = "an address is opened first: `larder::tier::open(\"sqlite:cache.db\")?`"
)]
pub trait Tier: Send + Sync + 'static {
    /// What kind of tier it is: `"sqlite"`, `"redis"`. In metrics and in [`Served::Hit`](crate::Served::Hit) it is called so,
    /// unless its layer is [named](Layer::named) or another tier of the same cache is called so already.
    fn name(&self) -> &'static str;

    /// Where it is, for the messages of its errors: host and port, and never a password. `None` unless that is worth telling.
    fn place(&self) -> Option<String> {
        None
    }

    /// The values of `keys`, in their order, and the epoch that they were read in. With no keys: the epoch alone.
    ///
    /// Called once for each miss in memory, and once for many keys by the bulk calls.
    ///
    /// # Errors
    /// When the tier cannot be asked. A key that is not there is no error.
    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched>;

    /// Stores entries, each in the place of what its key had before. One that was made in an epoch that is over is left out
    /// or never found, and that is no error.
    ///
    /// # Errors
    /// When any of them could not be stored; then any of them MAY have been.
    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()>;

    /// Removes entries. A key that is not there is no error.
    ///
    /// # Errors
    /// When any of them may still be there.
    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()>;

    /// Removes all entries of a namespace, in a time that does not depend on their number where that is possible, and begins
    /// a new epoch.
    ///
    /// # Errors
    /// When any of them may still be found.
    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()>;

    /// Removes all entries of a namespace that were put with this tag.
    ///
    /// # Errors
    /// [`TierErrorKind::Unsupported`] unless the tier keeps tags; when any of them may still be there.
    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        let _ = (namespace, tag);
        Box::pin(async { Err(TierError::unsupported("this tier keeps no tags")) })
    }

    /// Returns when everything that was put before is as safe as it will be. Does nothing unless the tier keeps things back.
    ///
    /// # Errors
    /// When it is not.
    fn flush(&self) -> TierFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Flushes, and gives back what the tier holds: files, threads, connections. Later calls fail with
    /// [`TierErrorKind::Closed`]; closing again does nothing.
    ///
    /// # Errors
    /// When something could not be flushed. It is closed all the same.
    fn close(&self) -> TierFuture<'_, ()> {
        self.flush()
    }
}
