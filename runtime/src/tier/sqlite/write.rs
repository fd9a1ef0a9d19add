//! What changes the tables. Everything here runs within a transaction of the writing thread.

use super::builder::Settings;
use super::fault::tier_error;
use super::queue::{Change, Outcome, Write};
use super::room::{self, Uses};
use crate::clock;
use crate::tier::{Deadline, Epoch, TierEntry, TierError, TierErrorKind, TierKey};
use rusqlite::{Connection, OptionalExtension};

const FIND: &str = "SELECT space, epoch FROM namespaces WHERE name = ?1";
const FOUND: &str = "INSERT INTO namespaces (name, epoch) SELECT ?1, number FROM birth";
/// Replaces the row, so that there is a new space: see `schema.rs`.
const REFOUND: &str = "INSERT OR REPLACE INTO namespaces (name, epoch) VALUES (?1, 0)";
const BEGIN_EPOCH: &str = "UPDATE namespaces SET epoch = space WHERE space = ?1";
const LEAVE: &str = "INSERT INTO leftovers (space)
    SELECT ?1 WHERE EXISTS (SELECT 1 FROM entries WHERE space = ?1)";
const PUT: &str = "INSERT OR REPLACE INTO entries (space, key, deadline, tagged, value)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const TAG: &str = "INSERT OR IGNORE INTO tags (space, tag, entry) VALUES (?1, ?2, ?3)";
const REMOVE: &str = "DELETE FROM entries WHERE space = ?1 AND key = ?2";
const REMOVE_TAGGED: &str = "DELETE FROM entries
    WHERE id IN (SELECT entry FROM tags WHERE space = ?1 AND tag = ?2)";

/// A namespace that has a row.
struct Namespace {
    space: i64,
    epoch: Epoch,
}

/// Does one write. The outer error is one of the transaction, the inner one of this write alone.
pub(super) fn apply(
    connection: &Connection,
    settings: &Settings,
    uses: &Uses,
    write: &Write,
) -> rusqlite::Result<Outcome> {
    let name = &*write.namespace;
    match &write.change {
        Change::Put(entries) => put(connection, settings, uses, name, entries),
        Change::Remove(keys) => remove(connection, name, keys).map(Ok),
        Change::RemoveTagged(tag) => remove_tagged(connection, name, tag).map(Ok),
        Change::Clear => clear(connection, name).map(|()| Ok(0)),
    }
}

fn put(
    connection: &Connection,
    settings: &Settings,
    uses: &Uses,
    name: &str,
    entries: &[TierEntry],
) -> rusqlite::Result<Outcome> {
    let namespace = find_or_found(connection, name)?;
    let now = clock::wall();
    let (mut written, mut refused) = (0, false);
    let timely = |entry: &&TierEntry| entry.epoch.is_none_or(|epoch| epoch == namespace.epoch);
    for entry in entries.iter().filter(timely) {
        let is_over = entry.deadline.is_some_and(|deadline| deadline.remaining(now).is_zero());
        let too_large = entry.value.len() as u64 > settings.largest_entry();
        refused |= too_large && !is_over;
        if is_over || too_large {
            // What was there before was to be replaced, so it must not be found either.
            remove_one(connection, namespace.space, &entry.key)?;
            continue;
        }
        put_one(connection, namespace.space, entry)?;
        written += entry.value.len() as u64 + 100;
        if written > settings.portion_bytes() {
            room::make_room(connection, settings, uses)?;
            written = 0;
        }
    }
    Ok(if refused { Err(too_large()) } else { Ok(entries.len() as u64) })
}

fn put_one(connection: &Connection, space: i64, entry: &TierEntry) -> rusqlite::Result<()> {
    let deadline = entry.deadline.map(|Deadline(millis)| i64::try_from(millis).unwrap_or(i64::MAX));
    let tagged = !entry.tags.is_empty();
    let row = (space, entry.key.as_bytes(), deadline, tagged, &*entry.value);
    connection.prepare_cached(PUT)?.execute(row)?;
    if tagged {
        let id = connection.last_insert_rowid();
        let mut statement = connection.prepare_cached(TAG)?;
        for tag in &entry.tags {
            statement.execute((space, tag.as_bytes(), id))?;
        }
    }
    Ok(())
}

fn remove(connection: &Connection, name: &str, keys: &[TierKey]) -> rusqlite::Result<u64> {
    let Some(namespace) = find(connection, name)? else { return Ok(0) };
    let mut removed = 0;
    for key in keys {
        removed += remove_one(connection, namespace.space, key)?;
    }
    Ok(removed)
}

fn remove_one(connection: &Connection, space: i64, key: &TierKey) -> rusqlite::Result<u64> {
    let removed = connection.prepare_cached(REMOVE)?.execute((space, key.as_bytes()))?;
    Ok(removed as u64)
}

fn remove_tagged(connection: &Connection, name: &str, tag: &str) -> rusqlite::Result<u64> {
    let Some(namespace) = find(connection, name)? else { return Ok(0) };
    let mut statement = connection.prepare_cached(REMOVE_TAGGED)?;
    Ok(statement.execute((namespace.space, tag.as_bytes()))? as u64)
}

/// Gives the namespace another space, whether or not it has a row: somewhere a load may be under way, and is to be fenced.
fn clear(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    let before = find(connection, name)?;
    connection.prepare_cached(REFOUND)?.execute([name.as_bytes()])?;
    connection.prepare_cached(BEGIN_EPOCH)?.execute([connection.last_insert_rowid()])?;
    if let Some(before) = before {
        connection.prepare_cached(LEAVE)?.execute([before.space])?;
    }
    Ok(())
}

fn find(connection: &Connection, name: &str) -> rusqlite::Result<Option<Namespace>> {
    let mut statement = connection.prepare_cached(FIND)?;
    let row = |row: &rusqlite::Row<'_>| {
        let epoch = Epoch(row.get::<_, i64>(1)?.cast_unsigned());
        Ok(Namespace { space: row.get(0)?, epoch })
    };
    statement.query_row([name.as_bytes()], row).optional()
}

fn find_or_found(connection: &Connection, name: &str) -> rusqlite::Result<Namespace> {
    if let Some(namespace) = find(connection, name)? {
        return Ok(namespace);
    }
    connection.prepare_cached(FOUND)?.execute([name.as_bytes()])?;
    find(connection, name)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

fn too_large() -> TierError {
    TierError::new(TierErrorKind::Refused, "an entry is too large for the size budget")
}

/// What whoever asked for a write is told when its transaction fails.
pub(super) fn failed(error: rusqlite::Error) -> TierError {
    tier_error("cannot write to the file", error)
}
