//! How a database is opened.

use super::{NAME, Sqlite};
use crate::tier::report::SetAside;
use crate::tier::{TierError, TierErrorKind};
use std::path::PathBuf;
use std::time::Duration;

/// No less can be asked for: the tables alone take a part of it.
const LEAST_BYTES: u64 = 512 * 1024;
/// The log beside the file is written back to it when it has grown to this.
const LOG_BYTES: u64 = 4 * 1024 * 1024;
/// No entry may be larger: SQLite itself has a limit near a billion bytes.
const LARGEST_ENTRY: u64 = 512 * 1024 * 1024;

/// How a database is to be opened: made by [`Sqlite::builder`].
#[derive(Debug, Clone)]
#[must_use = "nothing is opened without `open`"]
pub struct SqliteBuilder {
    path: PathBuf,
    settings: Settings,
}

/// What the parts of the tier need to know of it.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) max_bytes: Option<u64>,
    pub(super) busy: Duration,
    pub(super) purge_every: Duration,
    pub(super) mmap_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_bytes: None,
            busy: Duration::from_secs(5),
            purge_every: Duration::from_mins(1),
            mmap_bytes: 0,
        }
    }
}

impl Settings {
    /// How long to go on trying where others are in the way, beyond what SQLite waits by itself.
    pub(super) fn patience(&self) -> Duration {
        self.busy.saturating_mul(2)
    }

    /// How large the log may become before it is written back to the file, and about how much goes into one transaction.
    pub(super) fn log_bytes(&self) -> u64 {
        self.max_bytes.map_or(LOG_BYTES, |max| (max / 8).min(LOG_BYTES))
    }

    /// How large the file itself may be. The rest is for the log, which is written back only after the transaction that makes
    /// it too large, and for what that transaction writes before it makes room.
    pub(super) fn file_bytes(&self) -> Option<u64> {
        self.max_bytes.map(|max| max - 3 * self.log_bytes())
    }

    /// How much is written before room is made again.
    pub(super) fn portion_bytes(&self) -> u64 {
        self.log_bytes() / 2
    }

    /// Larger entries are refused.
    pub(super) fn largest_entry(&self) -> u64 {
        self.max_bytes.map_or(LARGEST_ENTRY, |max| (max / 8).min(LARGEST_ENTRY))
    }
}

impl SqliteBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, settings: Settings::default() }
    }

    /// How many bytes the database may take on disk, with its log; at least 512 KiB. Without it there is no limit.
    ///
    /// When it is used up, room is made within the write that needs it: by what has expired, then by what was cleared, then by
    /// what was written longest ago. An entry that this process has read since it was written is spared once, and counts as
    /// written then, as long as that is true of some only. Reads themselves write nothing. An entry of more than an eighth of the budget is refused.
    ///
    /// All processes on a file keep to a budget of their own setting, by the size of the whole. Files that were set aside are
    /// not counted. While a process reads for a long time, the log cannot be written back, and may be larger.
    ///
    /// ```
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cache.db");
    /// let disk = larder::tier::Sqlite::builder(path).max_bytes(64 * 1024 * 1024).open()?;
    /// # Ok(()) }
    /// ```
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.settings.max_bytes = Some(bytes);
        self
    }

    /// How long a write waits for another process that is writing; 5 seconds unless set. It may be waited twice as long before
    /// the write fails as unavailable.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cache.db");
    /// # use std::time::Duration;
    /// let disk = larder::tier::Sqlite::builder(path).busy_timeout(Duration::from_secs(1)).open();
    /// # disk.unwrap();
    /// ```
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.settings.busy = timeout;
        self
    }

    /// How often what has expired or was cleared is looked for and removed; every minute unless set. It is done in small
    /// portions, between writes.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cache.db");
    /// # use std::time::Duration;
    /// let disk = larder::tier::Sqlite::builder(path).purge_every(Duration::from_hours(1)).open();
    /// # disk.unwrap();
    /// ```
    pub fn purge_every(mut self, interval: Duration) -> Self {
        self.settings.purge_every = interval;
        self
    }

    /// Up to how many bytes of the file are mapped into memory for reads; none unless set.
    ///
    /// It saves copies where the file is large and is written all the time. The price: where it is mapped, an error of the
    /// disk ends the process, instead of the read.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cache.db");
    /// let disk = larder::tier::Sqlite::builder(path).mmap_bytes(256 * 1024 * 1024).open();
    /// # disk.unwrap();
    /// ```
    pub fn mmap_bytes(mut self, bytes: u64) -> Self {
        self.settings.mmap_bytes = bytes;
        self
    }

    /// Opens the database, and makes it when it is not there. See [`Sqlite::open`].
    ///
    /// # Errors
    /// As [`Sqlite::open`]; [`TierErrorKind::Misconfigured`] when [`max_bytes`](Self::max_bytes) is below 512 KiB, or
    /// [`purge_every`](Self::purge_every) is zero.
    ///
    /// ```
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cache.db");
    /// use larder::tier::{Sqlite, TierErrorKind};
    /// use std::time::Duration;
    ///
    /// let disk = Sqlite::builder(&path)
    ///     .busy_timeout(Duration::from_secs(2))
    ///     .purge_every(Duration::from_mins(10))
    ///     .open()?;
    ///
    /// let refused = Sqlite::builder(&path).max_bytes(1000).open().unwrap_err();
    /// assert_eq!(refused.kind(), TierErrorKind::Misconfigured);
    /// # Ok(()) }
    /// ```
    pub fn open(self) -> Result<Sqlite, TierError> {
        SetAside::told(NAME, |noted| self.open_noting(noted))
    }

    /// The same. Whoever holds a lock tells later of what was set aside.
    pub(in crate::tier) fn open_noting(self, noted: &mut SetAside) -> Result<Sqlite, TierError> {
        let problem = |what| Err(TierError::new(TierErrorKind::Misconfigured, what));
        if self.settings.max_bytes.is_some_and(|max| max < LEAST_BYTES) {
            return problem("a size budget of less than 512 KiB");
        }
        if self.settings.purge_every.is_zero() {
            return problem("a purge without a pause");
        }
        Sqlite::open_file(self.path, self.settings, noted)
    }
}
