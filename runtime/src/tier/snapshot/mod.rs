//! A tier in memory that is saved to a file.

mod file;
mod format;
mod saver;

use super::report::SetAside;
use super::{Fetched, Memory, Tier, TierEntry, TierError, TierFuture, TierKey};
use parking_lot::Mutex;
use saver::Orders;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What kind of tier it is.
const NAME: &str = "snapshot";

/// A tier in memory that is loaded from a file when it is opened, and saved to it as a whole from time to time.
///
/// The lightest way to keep values over a restart: no database, and reading takes no longer than from [`Memory`]. It is for a
/// process alone, and for as much as may be written anew every time; beyond that there is [`Sqlite`].
///
/// # When it is saved
/// Every [`save_every`](SnapshotBuilder::save_every), if anything has changed; by [`flush`](Tier::flush); by
/// [`close`](Tier::close), and so by [`larder::close`](crate::close()). A thread of its own does it, also once more when the tier
/// is dropped, which does not wait for it. Saving makes a new file beside the old one, sees it safe on the disk, and gives it
/// the old one's name: whenever the process or the machine stops, there is the old file or the new one, as a whole.
///
/// **What happened since the last save is lost when the process is killed**, and that includes removals: what was
/// invalidated after it is found again after the restart, until its deadline. Where that must not be, flush after what must
/// last, or take another tier. Closing properly loses nothing. The epoch that a lost [`clear`](Tier::clear) began is not given
/// out again.
///
/// Deadlines are moments of the wall clock, and go on while no process runs. What is over is not saved.
///
/// # What else may be in its place
/// What is not a snapshot, or not a whole one, is renamed to end in `.damaged`, with a number where that is taken, and the tier
/// begins empty: see [`status`](Self::status). Nothing is deleted or overwritten that larder has not made, with one exception:
/// files beside it whose names go on with `.saving-`, which a process has left that was killed.
///
/// Several processes may save to the same file. The last one wins, with everything that it has and nothing that the others
/// have; none sees what another one does.
///
/// The file is for its owner only (mode `0600`) unless its mode is changed; then that stays. Values lie in it as the
/// [`Packing`](super::Packing) of the layer says.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use larder::Cache;
/// use larder::tier::Snapshot;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("names.snapshot");
/// let build = || -> Result<Cache<u64, String>, larder::tier::TierError> {
///     Ok(Cache::builder().name("names").maxsize(100).tier(Snapshot::open(&path)?).build())
/// };
/// let names = build()?;
/// names.get_with(7, async { "Ada".to_owned() }).await;
/// names.close().await?;
///
/// // In the next process.
/// let name = build()?.get_with(7, async { unreachable!() }).await;
/// assert_eq!(name, "Ada");
/// # Ok(()) }
/// ```
///
#[cfg_attr(
    not(feature = "sqlite"),
    doc = "[`Sqlite`]: https://docs.rs/larder/latest/larder/tier/struct.Sqlite.html"
)]
#[cfg_attr(feature = "sqlite", doc = "[`Sqlite`]: super::Sqlite")]
#[derive(Debug)]
pub struct Snapshot {
    shared: Arc<Shared>,
}

/// What the tier and its thread share.
struct Shared {
    path: PathBuf,
    memory: Memory,
    orders: Orders,
    status: Mutex<SnapshotStatus>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("path", &self.path)
            .field("bytes", &self.memory.bytes())
            .field("status", &*self.status.lock())
            .finish_non_exhaustive()
    }
}

/// How a [`Snapshot`] gets on with its file. From [`Snapshot::status`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotStatus {
    /// How often it was saved since it was opened.
    pub saves: u64,
    /// How often that failed. What is in memory is kept, and saving is tried again.
    pub failed_saves: u64,
    /// Why the last save failed, if it did.
    pub last_failure: Option<String>,
    /// Where the file is now that stood in its place, and was damaged or not a snapshot.
    pub set_aside: Option<PathBuf>,
}

/// How a [`Snapshot`] is to be. From [`Snapshot::builder`].
///
/// ```
/// use larder::tier::Snapshot;
/// use std::time::Duration;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("names.snapshot");
/// let tier = Snapshot::builder(path)
///     .max_bytes(16 << 20)
///     .save_every(Duration::from_secs(5))
///     .open()?;
/// assert_eq!(tier.status().saves, 0);
/// # Ok::<(), larder::tier::TierError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SnapshotBuilder {
    path: PathBuf,
    max_bytes: u64,
    save_every: Duration,
}

impl SnapshotBuilder {
    /// How many bytes its entries may have together, counted as by [`Memory::new`]. What was written longest ago leaves first.
    /// Default: 64 MiB.
    #[must_use]
    pub fn max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// How often it is saved, if it has changed. Real time, also where tokio's clock is paused. Zero: only when it is flushed or
    /// closed. Default: a minute.
    #[must_use]
    pub fn save_every(self, interval: Duration) -> Self {
        Self { save_every: interval, ..self }
    }

    /// Opens it: reads the file on this thread, and starts the one that saves. Folders that are not there are made.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or what has to be set aside cannot be. A damaged file is no error.
    pub fn open(self) -> Result<Snapshot, TierError> {
        SetAside::told(NAME, |noted| self.open_noting(noted))
    }

    /// The same. Whoever holds a lock tells later of what was set aside.
    pub(super) fn open_noting(self, noted: &mut SetAside) -> Result<Snapshot, TierError> {
        // What a symbolic link points to is replaced, and not the link.
        let path = self.path.canonicalize().unwrap_or(self.path);
        let file::Loaded { contents, set_aside } = file::load(&path)?;
        if let Some(now) = &set_aside {
            noted.note(&path, now.clone());
        }
        let shared = Arc::new(Shared {
            path,
            memory: Memory::holding(contents, self.max_bytes),
            orders: Orders::default(),
            status: Mutex::new(SnapshotStatus { set_aside, ..SnapshotStatus::default() }),
        });
        saver::start(shared.clone(), self.save_every)?;
        Ok(Snapshot { shared })
    }
}

impl Snapshot {
    /// Opens the snapshot in the file at `path`, of up to 64 MiB, which is saved every minute.
    ///
    /// # Errors
    /// As for [`SnapshotBuilder::open`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TierError> {
        Self::builder(path).open()
    }

    /// One that is to be opened otherwise.
    #[must_use]
    pub fn builder(path: impl Into<PathBuf>) -> SnapshotBuilder {
        SnapshotBuilder {
            path: path.into(),
            max_bytes: 64 << 20,
            save_every: Duration::from_mins(1),
        }
    }

    /// Where its file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How many bytes its entries have together, as they are counted for the bound.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.memory.bytes()
    }

    /// How it gets on with its file.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("names.snapshot");
    /// std::fs::write(&path, "not a snapshot").unwrap();
    /// let tier = larder::tier::Snapshot::open(&path)?;
    /// let aside = tier.status().set_aside.unwrap();
    /// assert_eq!(std::fs::read_to_string(aside).unwrap(), "not a snapshot");
    /// # Ok::<(), larder::tier::TierError>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> SnapshotStatus {
        self.shared.status.lock().clone()
    }

    /// Has the thread save. It goes on when the future is dropped.
    fn save(&self, closing: bool) -> TierFuture<'_, ()> {
        Box::pin(async move {
            match self.shared.orders.save(closing) {
                Some(told) => told.await.unwrap_or_else(|_| Err(saver::closed())),
                // Closing again does nothing.
                None if closing => Ok(()),
                None => Err(saver::closed()),
            }
        })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // Nobody waits: a thread of a runtime must not.
        drop(self.shared.orders.save(true));
    }
}

impl Tier for Snapshot {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        self.shared.memory.get(namespace, keys)
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        self.shared.memory.put(namespace, entries)
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        self.shared.memory.remove(namespace, keys)
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        self.shared.memory.clear(namespace)
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        self.shared.memory.remove_tagged(namespace, tag)
    }

    fn flush(&self) -> TierFuture<'_, ()> {
        self.save(false)
    }

    fn close(&self) -> TierFuture<'_, ()> {
        self.save(true)
    }
}
