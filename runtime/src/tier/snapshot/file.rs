//! The file of a snapshot: how it is read, replaced as a whole, and put aside.

use super::format;
use crate::clock;
use crate::tier::TierError;
use crate::tier::memory::Contents;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the name of a file ends in that is being written, before the number of the process.
const UNFINISHED: &str = ".saving-";

/// What was found where the file is.
pub(super) struct Loaded {
    pub(super) contents: Contents,
    /// Where something is now that was not a snapshot, or not a whole one.
    pub(super) set_aside: Option<PathBuf>,
}

/// Reads the file, or begins with nothing.
pub(super) fn load(path: &Path) -> Result<Loaded, TierError> {
    let failed = |error| TierError::unavailable("cannot read the snapshot", error);
    if let Some(folder) = folder_of(path) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    remove_unfinished(path);
    let found = read(path).map_err(failed)?;
    if let Found::Whole(contents) = found {
        return Ok(Loaded { contents, set_aside: None });
    }
    // No epoch of what may be lost comes back.
    let contents = Contents { first_epoch: clock::wall_millis(), ..Contents::default() };
    let set_aside = match found {
        Found::Other => Some(set_aside(path).map_err(failed)?),
        _ => None,
    };
    Ok(Loaded { contents, set_aside })
}

enum Found {
    Nothing,
    Whole(Contents),
    /// Something else, or a part.
    Other,
}

fn read(path: &Path) -> io::Result<Found> {
    let mut file = match open_regular(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    // What is not ours may be of any size.
    file.by_ref().take(format::MAGIC.len() as u64).read_to_end(&mut bytes)?;
    if bytes != format::MAGIC {
        return Ok(Found::Other);
    }
    file.read_to_end(&mut bytes)?;
    Ok(format::read(&bytes).map_or(Found::Other, Found::Whole))
}

/// Opens a file; neither a folder, nor what would make us wait.
fn open_regular(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a file"));
    }
    File::open(path)
}

/// Whether there is a file that was not made by any version of larder.
fn is_foreign(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    match open_regular(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened?.take(format::OURS.len() as u64).read_to_end(&mut head)?,
    };
    Ok(head != format::OURS)
}

/// Gives the file another name, which nothing had before, and returns it.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let names = (1_u32..).map(|number| match number {
        1 => beside(path, ".damaged"),
        _ => beside(path, &format!(".damaged-{number}")),
    });
    for name in names {
        // Ours before it is replaced, so that two processes do not choose the same.
        match OpenOptions::new().write(true).create_new(true).open(&name) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(_) => {
                return match fs::rename(path, &name) {
                    Ok(()) => Ok(name),
                    Err(error) => {
                        drop(fs::remove_file(&name));
                        Err(error)
                    }
                };
            }
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Puts a new file in the place of the old one: at every moment there is one of them, as a whole. What is there and not
/// ours is set aside, and its new name is returned.
pub(super) fn save(path: &Path, contents: &Contents) -> io::Result<Option<PathBuf>> {
    let unfinished = Unfinished::begin(path)?;
    let mut out = BufWriter::new(&unfinished.file);
    format::write(contents, &mut out)?;
    drop(out);
    unfinished.file.sync_all()?;
    let set_aside = is_foreign(path)?.then(|| set_aside(path)).transpose()?;
    unfinished.finish(path)?;
    sync_folder(path)?;
    Ok(set_aside)
}

/// A file that is being written. Dropped, it is removed.
struct Unfinished {
    path: Option<PathBuf>,
    /// Locked, so that others see that somebody is at it.
    file: File,
}

impl Unfinished {
    fn begin(target: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Relaxed);
        let path = beside(target, &format!("{UNFINISHED}{}-{number}", std::process::id()));
        let file = private(OpenOptions::new().write(true).create_new(true)).open(&path)?;
        let this = Self { path: Some(path), file };
        this.file.try_lock()?;
        if let Ok(before) = fs::metadata(target) {
            // Who may read it was decided when the first one was made, or since.
            this.file.set_permissions(before.permissions())?;
        }
        Ok(this)
    }

    fn finish(mut self, target: &Path) -> io::Result<()> {
        if let Some(path) = &self.path {
            fs::rename(path, target)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            drop(fs::remove_file(path));
        }
    }
}

/// For nobody but the user of this process.
#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes the new name last.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path).unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes what processes have left that were killed while they saved. What cannot be removed does no harm.
fn remove_unfinished(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let mut start = name.to_owned();
    start.push(UNFINISHED);
    let folder = folder_of(path).unwrap_or(Path::new("."));
    for found in fs::read_dir(folder).into_iter().flatten().flatten() {
        let begins = found.file_name().as_encoded_bytes().starts_with(start.as_encoded_bytes());
        if begins && is_abandoned(&found.path()) {
            drop(fs::remove_file(found.path()));
        }
    }
}

/// Whether nobody writes this file any more, and we did: it is the beginning of a snapshot.
fn is_abandoned(path: &Path) -> bool {
    let mut head = Vec::new();
    let Ok(mut file) = open_regular(path) else { return false };
    let read = file.by_ref().take(format::MAGIC.len() as u64).read_to_end(&mut head);
    read.is_ok() && format::MAGIC.starts_with(&head) && file.try_lock().is_ok()
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

/// `path` with `more` at the end of its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    name.into()
}
