//! What to do with a file that stands where the database should, and cannot be it.

use super::builder::Settings;
use super::fault::pause;
use super::schema::APPLICATION_ID;
use crate::clock;
use crate::tier::TierError;
use crate::tier::report::SetAside;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// What belongs to a database beside its file. The file itself goes last: as long as it is there, nobody begins a new one.
const PARTS: [&str; 4] = ["-journal", "-wal", "-shm", ""];

/// Runs `work` while no other process sets the same file aside: otherwise the second would set aside what the first has
/// begun anew.
pub(super) fn exclusively<T>(
    path: &Path,
    settings: &Settings,
    work: impl FnOnce() -> Result<T, TierError>,
) -> Result<T, TierError> {
    let failed = |error| TierError::unavailable("cannot lock the file", error);
    let lock = File::create(beside(path, "-lock")).map_err(failed)?;
    let begun = clock::outside();
    loop {
        match lock.try_lock() {
            Ok(()) => return work(),
            Err(TryLockError::WouldBlock)
                if clock::outside().saturating_sub(begun) < settings.patience() =>
            {
                pause();
            }
            Err(error) => return Err(failed(error.into())),
        }
    }
}

/// Renames the file and what belongs to it. A damaged one that larder has made takes the place of an earlier one; any other
/// gets a name that nothing has. The new name is noted, to be told.
pub(super) fn set_aside(path: &Path, noted: &mut SetAside) -> Result<(), TierError> {
    let target = if is_ours(path) { beside(path, ".damaged") } else { free_name(path) };
    for part in PARTS {
        let (from, to) = (beside(path, part), beside(&target, part));
        match std::fs::rename(from, &to) {
            // What is there belongs to the earlier one that is replaced.
            Err(error) if error.kind() == ErrorKind::NotFound => drop(std::fs::remove_file(to)),
            renamed => renamed
                .map_err(|error| TierError::unavailable("cannot set the file aside", error))?,
        }
    }
    noted.note(path, target);
    Ok(())
}

/// Whether the head of the file says that larder has made it.
fn is_ours(path: &Path) -> bool {
    let mut head = [0; 100];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok()
        && head.starts_with(b"SQLite format 3\0")
        && head[68..72] == APPLICATION_ID.to_be_bytes()
}

fn free_name(path: &Path) -> PathBuf {
    let names = (1..).map(|number: u32| beside(path, &format!(".set-aside-{number}")));
    let mut free = names.filter(|name| !name.exists());
    free.next().unwrap_or_else(|| beside(path, ".set-aside"))
}

/// `path` with `more` at the end of its name.
pub(super) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    name.into()
}
