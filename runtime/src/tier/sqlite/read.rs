//! Reads: on the thread of the caller as long as they are quick.
//!
//! To hand a read to another thread costs more than the read. So each looks for a connection that nobody uses, and reads then
//! and there. When the disk turns out to be slow, the next reads go to the threads that the runtime has for what blocks.

use super::fault::{is_damage, tier_error};
use super::queue::closed;
use super::room::Uses;
use crate::clock;
use crate::tier::{Deadline, Epoch, Fetched, TierError, TierErrorKind, TierKey};
use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, OptionalExtension, Row};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// A read of more keys is never done on the thread of the runtime.
const FEW: usize = 32;
/// A read that took longer than this held up its thread.
const SLOW: Duration = Duration::from_millis(1);
/// One slow read may be the system that let another thread go first. After two there is a disk that has to be waited for.
const SUSPECT: u32 = 1;
const PROVEN: u32 = 64;

const EPOCH: &str = "SELECT epoch, space FROM namespaces WHERE name = ?1";
const BIRTH: &str = "SELECT number FROM birth";
const ENTRY: &str = "SELECT id, deadline, value FROM entries WHERE space = ?1 AND key = ?2";
const BOTH: &str = "SELECT n.epoch, e.id, e.deadline, e.value
    FROM namespaces n LEFT JOIN entries e ON e.space = n.space AND e.key = ?2
    WHERE n.name = ?1";

/// A connection, if it is open.
pub(super) type Slot = Mutex<Option<Connection>>;

/// The connections for reading.
#[derive(Debug)]
pub(super) struct Readers {
    slots: Vec<Arc<Slot>>,
    next: AtomicUsize,
    slow: AtomicU32,
}

impl Readers {
    pub(super) fn new(slots: Vec<Arc<Slot>>) -> Self {
        Self { slots, next: AtomicUsize::new(0), slow: AtomicU32::new(0) }
    }

    pub(super) fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }

    /// Whether a read of so many keys may be done on a thread that is not to be held up.
    pub(super) fn may_read_here(&self, keys: usize) -> bool {
        keys <= FEW && self.slow.load(Relaxed) <= SUSPECT
    }

    /// Reads, and keeps in mind how long it took.
    pub(super) fn read(
        &self,
        uses: &Uses,
        namespace: &str,
        keys: &[TierKey],
    ) -> rusqlite::Result<Option<Fetched>> {
        let slot = self.free();
        let Some(connection) = &*slot else { return Ok(None) };
        let begun = clock::outside();
        let fetched = match keys {
            [key] => fetch_one(connection, uses, namespace, key),
            _ => fetch_many(connection, uses, namespace, keys),
        };
        if keys.len() <= FEW {
            self.took(clock::outside() - begun);
        }
        fetched.map(Some)
    }

    /// A connection that nobody uses; when there is none, the next one as soon as it is given back.
    fn free(&self) -> MutexGuard<'_, Option<Connection>> {
        // The same one as long as it is free: it has the pages that were read last.
        let first = self.next.load(Relaxed);
        let turn = |n: usize| &self.slots[(first + n) % self.slots.len()];
        if let Some(free) = (0..self.slots.len()).find_map(|n| turn(n).try_lock()) {
            return free;
        }
        self.next.fetch_add(1, Relaxed);
        turn(0).lock()
    }

    fn took(&self, time: Duration) {
        let slow = self.slow.load(Relaxed);
        // Several at once may count as one here, which does not matter.
        if time > SLOW {
            self.slow.store(if slow == 0 { SUSPECT } else { PROVEN }, Relaxed);
        } else if slow > 0 {
            self.slow.store(slow - 1, Relaxed);
        }
    }
}

fn fetch_one(
    connection: &Connection,
    uses: &Uses,
    namespace: &str,
    key: &TierKey,
) -> rusqlite::Result<Fetched> {
    let mut statement = connection.prepare_cached(BOTH)?;
    let found = statement
        .query_row((namespace.as_bytes(), key.as_bytes()), |row| {
            let value = match row.get(1)? {
                Some(id) => value(uses, id, row, 2)?,
                None => None,
            };
            Ok(Fetched { epoch: epoch(row, 0)?, values: vec![value] })
        })
        .optional()?;
    match found {
        Some(fetched) => Ok(fetched),
        None => Ok(Fetched { epoch: birth(connection)?, values: vec![None] }),
    }
}

/// All in one transaction, so that the epoch is that of every value.
fn fetch_many(
    connection: &Connection,
    uses: &Uses,
    namespace: &str,
    keys: &[TierKey],
) -> rusqlite::Result<Fetched> {
    let snapshot = connection.unchecked_transaction()?;
    let found = connection
        .prepare_cached(EPOCH)?
        .query_row([namespace.as_bytes()], |row| Ok((epoch(row, 0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((epoch, space)) = found else {
        return Ok(Fetched { epoch: birth(connection)?, values: vec![None; keys.len()] });
    };
    let mut statement = connection.prepare_cached(ENTRY)?;
    let mut values = Vec::with_capacity(keys.len());
    for key in keys {
        let found = statement
            .query_row((space, key.as_bytes()), |row| value(uses, row.get(0)?, row, 1))
            .optional()?;
        values.push(found.flatten());
    }
    drop(statement);
    snapshot.finish()?;
    Ok(Fetched { epoch, values })
}

/// The value of an entry, if its deadline, in the column `from`, lies ahead. The value is in the next column.
fn value(uses: &Uses, id: i64, row: &Row<'_>, from: usize) -> rusqlite::Result<Option<Bytes>> {
    if let Some(deadline) = row.get::<_, Option<i64>>(from)?
        && Deadline(deadline.cast_unsigned()).remaining(clock::wall()).is_zero()
    {
        return Ok(None);
    }
    uses.mark(id);
    Ok(Some(Bytes::copy_from_slice(row.get_ref(from + 1)?.as_blob()?)))
}

/// The epoch of every namespace that was never cleared.
fn birth(connection: &Connection) -> rusqlite::Result<Epoch> {
    connection.prepare_cached(BIRTH)?.query_row([], |row| epoch(row, 0))
}

fn epoch(row: &Row<'_>, column: usize) -> rusqlite::Result<Epoch> {
    Ok(Epoch(row.get::<_, i64>(column)?.cast_unsigned()))
}

/// What a caller is told when a read fails; `None` for a connection that is not there.
pub(super) fn failed(error: Option<rusqlite::Error>, is_closed: bool) -> TierError {
    match error {
        Some(error) if is_damage(&error) => tier_error("the file is damaged", error),
        Some(error) => tier_error("cannot read from the file", error),
        None if is_closed => closed(),
        None => TierError::new(TierErrorKind::Unavailable, "the file is being opened anew"),
    }
}
