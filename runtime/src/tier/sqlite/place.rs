//! Where the database is, and how to get a connection to it.

use super::builder::Settings;
use super::fault::{is_busy, is_damage, patiently, tier_error};
use super::schema::{self, APPLICATION_ID, VERSION};
use super::set_aside;
use crate::tier::report::SetAside;
use crate::tier::{TierError, TierErrorKind};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a read waits within SQLite before it is taken off the runtime's thread.
const READ_PATIENCE: Duration = Duration::from_millis(10);
/// Pages that each connection for reading keeps, in KiB. It is filled as far as it is used.
const READ_CACHE: i64 = 16 * 1024;

/// Where the database is.
#[derive(Debug)]
pub(super) enum Place {
    /// In a file.
    File(PathBuf),
    /// In the one connection that there is, under a name in this process.
    Memory(String),
}

/// What a file was found to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A database of this version.
    Ours,
    /// Nothing yet.
    Empty,
    /// A database of another version.
    OtherVersion,
    /// A database that larder has not made.
    Foreign,
    /// No database, or one that cannot be read.
    Damaged,
}

impl Place {
    /// The connection for writing, to a database that has all tables.
    pub(super) fn connect(
        &self,
        settings: &Settings,
        noted: &mut SetAside,
    ) -> Result<Connection, TierError> {
        let connection = match self {
            Self::Memory(_) => Connection::open_in_memory().and_then(|connection| {
                configure(&connection, settings)?;
                prepare(&connection, settings)?;
                Ok(connection)
            }),
            Self::File(path) => {
                let opened = open_file(path, settings, noted);
                return opened.map_err(|error| error.at(path.display()));
            }
        };
        connection.map_err(|error| tier_error("cannot make a database in memory", error))
    }

    /// A connection for reading; none where there is just one.
    pub(super) fn connect_reader(&self, settings: &Settings) -> Result<Connection, TierError> {
        let Self::File(path) = self else {
            return Err(TierError::unsupported("a database in memory has one connection"));
        };
        patiently(settings.patience(), || {
            let connection = connect(path, settings)?;
            connection.busy_timeout(READ_PATIENCE.min(settings.busy))?;
            connection.pragma_update(None, "query_only", true)?;
            connection.pragma_update(None, "cache_size", -READ_CACHE)?;
            connection.pragma_update(
                None,
                "mmap_size",
                i64::try_from(settings.mmap_bytes).unwrap_or(i64::MAX),
            )?;
            Ok(connection)
        })
        .map_err(|error| tier_error("cannot open the file for reading", error))
    }
}

/// Opens the file, and sets aside what is in its place and cannot be used.
fn open_file(
    path: &Path,
    settings: &Settings,
    noted: &mut SetAside,
) -> Result<Connection, TierError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| TierError::unavailable("cannot create the folder", error))?;
    }
    if let Some(connection) = try_open(path, settings)? {
        return Ok(connection);
    }
    set_aside::exclusively(path, settings, || {
        // Another process may have done all of this meanwhile.
        if let Some(connection) = try_open(path, settings)? {
            return Ok(connection);
        }
        set_aside::set_aside(path, noted)?;
        try_open(path, settings)?.ok_or_else(|| {
            TierError::new(TierErrorKind::Damaged, "the file is damaged again at once")
        })
    })
}

/// The connection; `None` where there is no database, or a damaged one.
fn try_open(path: &Path, settings: &Settings) -> Result<Option<Connection>, TierError> {
    let opened = patiently(settings.patience(), || {
        let connection = connect(path, settings)?;
        match look(&connection) {
            Ok(found @ (Found::Foreign | Found::Damaged)) => return Ok(Err(found)),
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        prepare(&connection, settings)?;
        Ok(Ok(connection))
    });
    match opened {
        Ok(Ok(connection)) => Ok(Some(connection)),
        // It is somebody's, and that somebody will look for it here.
        Ok(Err(Found::Foreign)) => {
            let what = "the file is a database of another program: give larder a path of its own";
            Err(TierError::new(TierErrorKind::Misconfigured, what))
        }
        Ok(Err(_)) => Ok(None),
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) if is_busy(&error) => Err(tier_error("the file is in use by others", error)),
        Err(error) => Err(tier_error("cannot open the file", error)),
    }
}

fn connect(path: &Path, settings: &Settings) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection, settings)?;
    Ok(connection)
}

/// What concerns the connection alone, and changes nothing in the file.
fn configure(connection: &Connection, settings: &Settings) -> rusqlite::Result<()> {
    connection.busy_timeout(settings.busy)?;
    connection.set_prepared_statement_cache_capacity(32);
    // Without this, statements are prepared anew for other values of their parameters, for ten microseconds each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // So that a replaced row takes its tags along.
    connection.pragma_update(None, "recursive_triggers", true)?;
    connection.pragma_update(None, "synchronous", "NORMAL")
}

/// Makes the tables where there are none, or others.
fn prepare(connection: &Connection, settings: &Settings) -> rusqlite::Result<()> {
    let found = look(connection)?;
    if found == Found::Empty {
        // Only possible before the first table.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let log = i64::try_from(settings.log_bytes()).unwrap_or(i64::MAX);
    connection.pragma_update(None, "journal_size_limit", log)?;
    connection.pragma_update(None, "wal_autocheckpoint", log / 4096)?;
    if found == Found::Ours {
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    // Another process may have been first.
    let made = look(connection).and_then(|found| match found {
        Found::Ours => Ok(()),
        Found::Empty | Found::OtherVersion => {
            schema::drop_all(connection).and_then(|()| schema::create(connection))
        }
        // Somebody has begun to use the file for something else: the next attempt sees that first.
        Found::Foreign | Found::Damaged => Err(rusqlite::Error::QueryReturnedNoRows),
    });
    made.and_then(|()| connection.execute_batch("COMMIT")).inspect_err(|_| {
        // When this fails too, there is no transaction any more.
        let _ = connection.execute_batch("ROLLBACK");
    })
}

/// What the file is.
pub(super) fn look(connection: &Connection) -> rusqlite::Result<Found> {
    // In one statement, and so at one moment: another process may be making the tables.
    let sql = format!(
        "SELECT (SELECT count(*) FROM sqlite_schema), (SELECT count(*) FROM sqlite_schema {}),
            application_id, user_version FROM pragma_application_id, pragma_user_version",
        schema::IS_TABLE
    );
    let seen = connection.query_row(&sql, [], |row| {
        let (all, tables) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
        Ok((row.get::<_, i32>(2)?, row.get::<_, i32>(3)?, all, tables))
    });
    match seen {
        Ok((APPLICATION_ID, VERSION, _, schema::TABLE_COUNT)) => Ok(Found::Ours),
        Ok((APPLICATION_ID, ..)) => Ok(Found::OtherVersion),
        Ok((0, 0, 0, _)) => Ok(Found::Empty),
        Ok(_) => Ok(Found::Foreign),
        Err(error) if is_damage(&error) => Ok(Found::Damaged),
        Err(error) => Err(error),
    }
}
