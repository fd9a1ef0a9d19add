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
    turn: AtomicUsize,
    slow: AtomicU32,
}

impl Readers {
    pub(super) fn new(slots: Vec<Arc<Slot>>) -> Self {
        Self { slots, turn: AtomicUsize::new(0), slow: AtomicU32::new(0) }
    }

    pub(super) fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }

    /// Whether a read of so many keys may be done on a thread that is not to be held up.
    pub(super) fn may_read_here(&self, keys: usize) -> bool {
        keys <= FEW && self.slow.load(Relaxed) <= SUSPECT
    }

    /// Reads with this connection, if it is open, and keeps in mind how long it took.
    pub(super) fn read(
        &self,
        connection: Option<&Connection>,
        uses: &Uses,
        namespace: &str,
        keys: &[TierKey],
    ) -> rusqlite::Result<Option<Fetched>> {
        let Some(connection) = connection else { return Ok(None) };
        let begun = clock::outside();
        let fetched = match keys {
            [key] => fetch_one(connection, uses, namespace, key),
            _ => fetch_many(connection, uses, namespace, keys),
        };
        if keys.len() <= FEW {
            self.took(clock::outside().saturating_sub(begun));
        }
        fetched.map(Some)
    }

    /// A connection that nobody uses, if there is one.
    pub(super) fn try_free(&self) -> Option<MutexGuard<'_, Option<Connection>>> {
        // In the same order each time: the first has the pages that were read last.
        self.slots.iter().find_map(|slot| slot.try_lock())
    }

    /// A connection that nobody uses; when there is none, one as soon as it is given back.
    pub(super) fn free(&self) -> MutexGuard<'_, Option<Connection>> {
        self.try_free().unwrap_or_else(|| {
            let turn = self.turn.fetch_add(1, Relaxed);
            self.slots[turn % self.slots.len()].lock()
        })
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

#[cfg(test)]
mod tests {
    use super::{PROVEN, Readers, SLOW};
    use std::time::Duration;

    #[test]
    fn two_slow_reads_in_a_row_send_the_next_ones_elsewhere() {
        let readers = Readers::new(Vec::new());
        let (quick, slow) = (Duration::from_micros(5), SLOW * 2);
        for _ in 0..3 {
            readers.took(slow);
            assert!(readers.may_read_here(1), "one alone may be the system's doing");
            readers.took(quick);
        }
        readers.took(slow);
        readers.took(slow);
        for _ in 1..PROVEN {
            assert!(!readers.may_read_here(1));
            readers.took(quick);
        }
        assert!(readers.may_read_here(1));
        assert!(!readers.may_read_here(1_000), "many are read elsewhere");
    }
}
