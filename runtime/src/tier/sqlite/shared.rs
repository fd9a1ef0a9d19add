//! What the handles and the writing thread share: the connections, and what is done to all of them.

use super::NAME;
use super::builder::Settings;
use super::fault::{is_busy, is_damage, patiently, tier_error};
use super::place::Place;
use super::queue::{Queue, Task};
use super::read::{self, Readers, Slot};
use super::room::Uses;
use super::set_aside::{self, beside};
use crate::tier::report::SetAside;
use crate::tier::{Fetched, TierError, TierKey};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// One for each thread that may read, and one for reads of many keys. More than eight would not read more at once on most
/// machines, and each keeps pages.
const MOST_READERS: usize = 8;

/// A database that is open.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) place: Place,
    pub(super) settings: Settings,
    pub(super) queue: Queue,
    pub(super) uses: Uses,
    pub(super) writer: Arc<Slot>,
    readers: Readers,
    identity: Mutex<Option<Identity>>,
    /// How often the connections have been opened anew.
    generation: AtomicU64,
    /// Whether the writing thread has been asked to look after the file.
    ailing: AtomicBool,
}

/// What tells a file from another of the same name.
type Identity = (u64, u64);

impl Shared {
    /// What it sets aside on the way is noted, also when it fails.
    pub(super) fn open(
        place: Place,
        settings: Settings,
        noted: &mut SetAside,
    ) -> Result<Self, TierError> {
        let writer = Arc::new(Mutex::new(Some(place.connect(&settings, noted)?)));
        let slots = match &place {
            Place::Memory(_) => vec![Arc::clone(&writer)],
            Place::File(_) => (0..(crate::parallelism() + 1).min(MOST_READERS))
                .map(|_| Ok(Arc::new(Mutex::new(Some(place.connect_reader(&settings)?)))))
                .collect::<Result<_, TierError>>()?,
        };
        let identity = Mutex::new(place.file().and_then(identity));
        let (queue, uses) = (Queue::default(), Uses::new(&settings));
        let (generation, ailing) = Default::default();
        let readers = Readers::new(slots);
        Ok(Self { place, settings, queue, uses, writer, readers, identity, generation, ailing })
    }

    /// Whether a read of so many keys may be done on a thread that is not to be held up.
    pub(super) fn may_read_here(&self, keys: usize) -> bool {
        self.readers.may_read_here(keys)
    }

    /// Reads at once; no answer when another thread or process is in the way.
    pub(super) fn try_read(
        &self,
        namespace: &str,
        keys: &[TierKey],
    ) -> Option<Result<Fetched, TierError>> {
        let generation = self.generation();
        let slot = self.readers.try_free()?;
        match self.readers.read(slot.as_ref(), &self.uses, namespace, keys) {
            Err(error) if is_busy(&error) => None,
            read => Some(self.answer(read, generation)),
        }
    }

    /// Reads, and waits for others where it has to.
    pub(super) fn read(&self, namespace: &str, keys: &[TierKey]) -> Result<Fetched, TierError> {
        let generation = self.generation();
        let read = || self.readers.read(self.readers.free().as_ref(), &self.uses, namespace, keys);
        self.answer(patiently(self.settings.patience(), read), generation)
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(SeqCst)
    }

    fn answer(
        &self,
        read: rusqlite::Result<Option<Fetched>>,
        generation: u64,
    ) -> Result<Fetched, TierError> {
        let failure = match read {
            Ok(Some(fetched)) => return Ok(fetched),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if failure.as_ref().is_none_or(is_damage) && !self.ailing.swap(true, SeqCst) {
            // How it went does not matter to anybody: the next read will tell.
            let _ = self.queue.push(Task::Heal(generation));
        }
        Err(read::failed(failure, self.queue.is_closed()))
    }

    /// Makes what has been written safe from a loss of power.
    ///
    /// A checkpoint syncs the log, writes it back to the file, and syncs that. Where somebody was in the way of it, the log
    /// alone is synced: what was written is there, or was in a checkpoint of somebody else.
    pub(super) fn flush(&self) -> Result<(), TierError> {
        let Some(path) = self.place.file() else { return Ok(()) };
        let slot = self.writer.lock();
        let Some(connection) = &*slot else { return Err(read::failed(None, false)) };
        if checkpoint(connection, "PASSIVE").unwrap_or(false) {
            return Ok(());
        }
        sync_log(path).map_err(|error| TierError::unavailable("cannot sync the file", error))
    }

    /// Opens the file anew when it is not the one that stands there: somebody has removed it, or another process has set it
    /// aside. Or when that has failed before.
    pub(super) fn come_back_if_moved(&self) {
        let Some(path) = self.place.file() else { return };
        if self.is_moved(path) || self.writer.lock().is_none() {
            // What fails here fails again for whoever asks next, who is told.
            let _ = self.reopen(|_| Ok(()));
        }
    }

    fn is_moved(&self, path: &Path) -> bool {
        let known = *self.identity.lock();
        known.is_some() && identity(path) != known
    }

    /// Sets a damaged file aside and begins a new one, unless that has been done since `generation`, or by another process.
    pub(super) fn heal(&self, generation: u64) -> Result<(), TierError> {
        self.ailing.store(false, SeqCst);
        let Some(path) = self.place.file() else { return Ok(()) };
        let missing = self.writer.lock().is_none();
        if !missing && self.generation() != generation {
            return Ok(());
        }
        self.reopen(|noted| {
            set_aside::exclusively(path, &self.settings, || {
                if missing || self.is_moved(path) {
                    return Ok(());
                }
                set_aside::set_aside(path, noted)
            })
        })
    }

    /// Closes all connections, and opens them after `meanwhile`. The log of another file that has come in the place of this one
    /// is safe: SQLite removes none when it closes a file that is not there any more.
    ///
    /// What is set aside is told when the locks are given back.
    fn reopen(
        &self,
        meanwhile: impl FnOnce(&mut SetAside) -> Result<(), TierError>,
    ) -> Result<(), TierError> {
        SetAside::told(NAME, |noted| self.reopen_noting(meanwhile, noted))
    }

    fn reopen_noting(
        &self,
        meanwhile: impl FnOnce(&mut SetAside) -> Result<(), TierError>,
        noted: &mut SetAside,
    ) -> Result<(), TierError> {
        let mut writer = self.writer.lock();
        *writer = None;
        self.readers.slots().iter().for_each(|slot| *slot.lock() = None);
        meanwhile(noted)?;
        *writer = Some(self.place.connect(&self.settings, noted)?);
        *self.identity.lock() = self.place.file().and_then(identity);
        self.generation.fetch_add(1, SeqCst);
        for slot in self.readers.slots() {
            *slot.lock() = Some(self.place.connect_reader(&self.settings)?);
        }
        Ok(())
    }

    /// Flushes, and closes all connections.
    pub(super) fn shut(&self) -> Result<(), TierError> {
        let flushed = self.flush();
        if self.place.file().is_some() {
            self.readers.slots().iter().for_each(|slot| *slot.lock() = None);
        }
        // The last of all processes writes the log back, and removes it.
        let Some(connection) = self.writer.lock().take() else { return flushed };
        match connection.close() {
            Err((_, error)) => flushed.and(Err(tier_error("cannot close the file", error))),
            Ok(()) => flushed,
        }
    }
}

impl Place {
    fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory(_) => None,
        }
    }
}

/// Whether all of the log has been written back.
fn checkpoint(connection: &Connection, how: &str) -> rusqlite::Result<bool> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| {
        let [busy, log, done] = [row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?];
        Ok(busy == 0 && log == done)
    })
}

/// Nobody locks the log, so that it is safe to open and close here: the locks of a process go when it closes any handle.
fn sync_log(path: &Path) -> std::io::Result<()> {
    match std::fs::File::open(beside(path, "-wal")) {
        // Written back and removed.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        log => log?.sync_all()?,
    }
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
