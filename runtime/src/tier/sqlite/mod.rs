//! A tier in an SQLite database.

mod builder;
mod fault;
mod place;
mod queue;
mod read;
mod room;
mod schema;
mod set_aside;
mod shared;
mod write;
mod writer;

pub use builder::SqliteBuilder;

use super::report::SetAside;
use super::{Fetched, Tier, TierEntry, TierError, TierFuture, TierKey};
use builder::Settings;
use parking_lot::Mutex;
use place::Place;
use queue::{Change, Outcome, Task, Write, closed};
use shared::Shared;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What kind of tier it is.
const NAME: &str = "sqlite";
/// How long the drop of the last handle waits for what is still to be written. The thread goes on after that.
const LAST_WAIT: Duration = Duration::from_millis(100);

/// A tier in an SQLite database: a file that threads and processes share, and that outlives them.
///
/// It keeps tags. A read costs a few microseconds, and runs on the thread that asks, unless the disk is slow. Writes go to a
/// thread of the tier, which puts all that wait into one transaction. No tokio runtime is needed. A call that is dropped after
/// it was polled is done all the same.
///
/// # What is safe
/// A write that was acknowledged survives the end of the process, also a violent one. A loss of power it survives if
/// [`flush`](Tier::flush) has returned after it; without that, the last writes before may be lost, never the file.
///
/// # What is in the way
/// The folder is created. A database of another version of larder is emptied, in place; processes that still use it with the
/// other version fail with [`TierErrorKind::Unavailable`](super::TierErrorKind::Unavailable) from then on. A database of another program is
/// left alone, and opening fails with [`TierErrorKind::Misconfigured`](super::TierErrorKind::Misconfigured). What is no
/// database, or is damaged, is renamed, with what belongs to it: to the same name and `.set-aside-1` (or `-2`, and so on), or to
/// `.damaged`, in the place of an earlier one, if larder has made it; a file `-lock` stays then. With feature `tracing` that is an event. Nothing else is ever removed. A file that turns out to be
/// damaged, or is removed, while it is in use is begun anew as well, with the next write.
///
/// A file on a network is not safe with SQLite, unless a single machine uses it.
///
/// ```
/// # fn main() -> Result<(), larder::tier::TierError> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("deeper/cache.db");
/// use larder::tier::{Sqlite, Tier, TierEntry, TierKey};
///
/// let disk = Sqlite::open(&path)?;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let key = TierKey::new(b"key".to_vec());
/// let entry = TierEntry {
///     key: key.clone(),
///     value: b"value".to_vec().into(),
///     deadline: None,
///     epoch: None,
///     tags: Vec::new(),
/// };
/// disk.put("namespace", &[entry]).await?;
/// disk.close().await?;
///
/// let disk = Sqlite::open(&path)?;
/// let found = disk.get("namespace", &[key]).await?;
/// assert_eq!(found.values[0].as_deref(), Some(&b"value"[..]));
/// # Ok(()) }) }
/// ```
pub struct Sqlite {
    shared: Arc<Shared>,
    closed: AtomicBool,
}

/// The databases in memory, by their names, with how many handles they have.
type InMemory = HashMap<String, (Weak<Shared>, usize)>;

static IN_MEMORY: Mutex<Option<InMemory>> = Mutex::new(None);

impl Sqlite {
    /// Opens the database in the file `path`, and makes it, and its folder, when they are not there.
    ///
    /// Reads and writes files, and may wait for other processes: call it before the runtime starts, or from where blocking is
    /// allowed. Nothing is left behind when it fails.
    ///
    /// # Errors
    /// [`TierErrorKind::Unavailable`](super::TierErrorKind::Unavailable) when there can be no file, or other processes do not let go of it. Never because of
    /// what is in the file: see [above](Self).
    ///
    /// ```
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cache.db");
    /// let disk = larder::tier::Sqlite::open(path)?;
    /// # Ok(()) }
    /// ```
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TierError> {
        Self::builder(path).open()
    }

    /// For a database in a file, with more to say about it.
    ///
    /// ```
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cache.db");
    /// let disk = larder::tier::Sqlite::builder(path).max_bytes(1 << 30).open()?;
    /// # Ok(()) }
    /// ```
    pub fn builder(path: impl Into<PathBuf>) -> SqliteBuilder {
        SqliteBuilder::new(path.into())
    }

    /// The database in memory of this name, which all handles in this process share. It is gone with the last of them.
    ///
    /// # Errors
    /// [`TierErrorKind::Unavailable`](super::TierErrorKind::Unavailable) when there is no memory or no thread.
    ///
    /// ```
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use larder::tier::{Sqlite, Tier};
    ///
    /// let (one, other) = (Sqlite::in_memory("shared")?, Sqlite::in_memory("shared")?);
    /// one.clear("namespace").await?;
    /// assert_eq!(one.get("namespace", &[]).await?, other.get("namespace", &[]).await?);
    /// # Ok(()) }) }
    /// ```
    pub fn in_memory(name: &str) -> Result<Self, TierError> {
        let mut all = IN_MEMORY.lock();
        let all = all.get_or_insert_default();
        if let Some((shared, handles)) = all.get_mut(name)
            && let Some(shared) = shared.upgrade()
        {
            *handles += 1;
            return Ok(Self { shared, closed: AtomicBool::new(false) });
        }
        // No file, so nothing is set aside.
        let noted = &mut SetAside::default();
        let place = Place::Memory(name.to_owned());
        let opened = Self::start(place, Settings::default(), noted)?;
        all.insert(name.to_owned(), (Arc::downgrade(&opened.shared), 1));
        Ok(opened)
    }

    fn open_file(
        path: PathBuf,
        settings: Settings,
        noted: &mut SetAside,
    ) -> Result<Self, TierError> {
        Self::start(Place::File(path), settings, noted)
    }

    fn start(place: Place, settings: Settings, noted: &mut SetAside) -> Result<Self, TierError> {
        let shared = Arc::new(Shared::open(place, settings, noted)?);
        let for_thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("larder-sqlite".to_owned())
            .spawn(move || writer::run(&for_thread))
            .map_err(|error| TierError::unavailable("cannot start a thread", error))?;
        Ok(Self { shared, closed: AtomicBool::new(false) })
    }

    /// Removes what has expired or was cleared, and what is beyond the size budget: how many entries. The same is done now and
    /// then without being asked for. Writes go on meanwhile. When it is dropped half-way, it goes on.
    ///
    /// # Errors
    /// When the file cannot be written; then a part may have been done.
    ///
    /// ```
    /// # fn main() -> Result<(), larder::tier::TierError> {
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use larder::tier::Sqlite;
    ///
    /// let disk = Sqlite::in_memory("to be purged")?;
    /// assert_eq!(disk.purge().await?, 0);
    /// # Ok(()) }) }
    /// ```
    pub async fn purge(&self) -> Result<u64, TierError> {
        self.ask(Task::Purge).await
    }

    async fn ask(&self, task: Task) -> Outcome {
        self.check_open()?;
        let outcome = self.shared.queue.push(task)?;
        // Without an answer the thread has panicked, which is as good as closed.
        outcome.await.unwrap_or_else(|_| Err(closed()))
    }

    fn change<'a>(
        &'a self,
        namespace: &'a str,
        change: impl FnOnce() -> Change + Send + 'a,
    ) -> TierFuture<'a, ()> {
        Box::pin(async move {
            let write = Write { namespace: namespace.into(), change: change() };
            self.ask(Task::Write(write)).await.map(drop)
        })
    }

    fn check_open(&self) -> Result<(), TierError> {
        if self.closed.load(SeqCst) { Err(closed()) } else { Ok(()) }
    }

    /// Whether this was the last handle.
    fn let_go(&self) -> bool {
        let Place::Memory(name) = &self.shared.place else { return true };
        let mut all = IN_MEMORY.lock();
        let Some((_, handles)) = all.as_mut().and_then(|all| all.get_mut(name)) else {
            return true;
        };
        *handles -= 1;
        let last = *handles == 0;
        if last {
            all.as_mut().map(|all| all.remove(name));
        }
        last
    }
}

/// Where it is, and nothing of what is in it or waits for it.
impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sqlite").field(&self.shared.place).finish()
    }
}

impl Tier for Sqlite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        Box::pin(async move {
            self.check_open()?;
            if self.shared.may_read_here(keys.len())
                && let Some(read) = self.shared.try_read(namespace, keys)
            {
                return read;
            }
            let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                return self.shared.read(namespace, keys);
            };
            let (shared, namespace) = (Arc::clone(&self.shared), namespace.to_owned());
            let keys = keys.to_vec();
            let read = runtime.spawn_blocking(move || shared.read(&namespace, &keys));
            read.await.unwrap_or_else(|error| {
                Err(TierError::unavailable("the runtime does not run it to its end", error))
            })
        })
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        self.change(namespace, || Change::Put(entries.to_vec()))
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        self.change(namespace, || Change::Remove(keys.to_vec()))
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        self.change(namespace, || Change::Clear)
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        self.change(namespace, || Change::RemoveTagged(tag.into()))
    }

    /// Everything that was acknowledged before survives a loss of power.
    fn flush(&self) -> TierFuture<'_, ()> {
        Box::pin(async { self.ask(Task::Flush).await.map(drop) })
    }

    fn close(&self) -> TierFuture<'_, ()> {
        Box::pin(async {
            if self.closed.swap(true, SeqCst) || !self.let_go() {
                return Ok(());
            }
            let outcome = self.shared.queue.push(Task::Close)?;
            outcome.await.unwrap_or_else(|_| Err(closed())).map(drop)
        })
    }
}

/// Closes, without waiting long: what is not done then is done by the thread, if the process lives.
impl Drop for Sqlite {
    fn drop(&mut self) {
        if !*self.closed.get_mut() && self.let_go() && self.shared.queue.push(Task::Close).is_ok() {
            self.shared.queue.wait_for_end(LAST_WAIT);
        }
    }
}
