//! What leaves when nobody asked for it: expired, cleared, or too much.

use super::builder::Settings;
use crate::clock;
use crate::tier::Deadline;
use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// So many rows are removed at once while writes wait.
const PORTION: i64 = 256;
/// So many victims are looked at together.
const VICTIMS: i64 = 32;
/// So many entries are spared at most each time room is made, because they were read; so that there is an end. And no more
/// than a quarter of all, so that it is never the turn of what was just written.
const SPARED: i64 = 512;
/// So many free pages are given back at once.
const PAGES: u64 = 256;
/// Without a budget: a file is made smaller when it has more free pages than this, and more than half of it is free.
const MANY_PAGES: u64 = 1024;

const REMOVE_EXPIRED: &str = "DELETE FROM entries WHERE id IN
    (SELECT id FROM entries WHERE deadline <= ?1 ORDER BY deadline LIMIT ?2)";
const REMOVE_LEFT: &str = "DELETE FROM entries WHERE id IN
    (SELECT id FROM entries WHERE space = (SELECT min(space) FROM leftovers) LIMIT ?1)";
const FORGET_LEFT: &str = "DELETE FROM leftovers WHERE space = (SELECT min(space) FROM leftovers)";
const SPAN: &str = "SELECT (SELECT max(id) FROM entries) - (SELECT min(id) FROM entries)";
const OLDEST: &str = "SELECT id FROM entries ORDER BY id LIMIT ?1";
const REMOVE: &str = "DELETE FROM entries WHERE id = ?1";
const SPARE: &str = "UPDATE entries SET id = (SELECT max(id) + 1 FROM entries) WHERE id = ?1";

/// Which entries this process has read since they were written, by their ids: one bit each. Ids are given one after another,
/// so among the latest quarter of a million no two share a bit.
#[derive(Debug)]
pub(super) struct Uses(Vec<AtomicU64>);

impl Uses {
    const WORDS: usize = 4096;

    /// Remembers nothing where there is no budget.
    pub(super) fn new(settings: &Settings) -> Self {
        let words = if settings.max_bytes.is_some() { Self::WORDS } else { 0 };
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn mark(&self, id: i64) {
        if let Some((word, bit)) = self.place(id)
            && word.load(Relaxed) & bit == 0
        {
            word.fetch_or(bit, Relaxed);
        }
    }

    /// Whether it was read, and forgets that.
    fn take(&self, id: i64) -> bool {
        self.place(id).is_some_and(|(word, bit)| word.fetch_and(!bit, Relaxed) & bit != 0)
    }

    fn place(&self, id: i64) -> Option<(&AtomicU64, u64)> {
        let id = id.cast_unsigned();
        let word = usize::try_from(id / 64).unwrap_or(0) % Self::WORDS;
        Some((self.0.get(word)?, 1 << (id % 64)))
    }
}

/// Removes entries until the file is within its budget, or there are none. Returns how many.
pub(super) fn make_room(
    connection: &Connection,
    settings: &Settings,
    uses: &Uses,
) -> rusqlite::Result<u64> {
    let Some(max) = settings.file_bytes() else { return Ok(0) };
    let (mut removed, mut to_spare) = (0, None);
    while used_bytes(connection)? > max {
        let gone = match remove_unfindable(connection)? {
            0 => remove_oldest(connection, uses, &mut to_spare)?,
            gone => gone,
        };
        if gone == 0 {
            break;
        }
        removed += gone;
    }
    Ok(removed)
}

/// Removes some entries that nobody can find any more: zero when there are none left.
pub(super) fn remove_unfindable(connection: &Connection) -> rusqlite::Result<u64> {
    let Deadline(now) = Deadline::after(clock::wall(), Duration::ZERO);
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let expired = connection.prepare_cached(REMOVE_EXPIRED)?.execute((now, PORTION))?;
    if expired > 0 {
        return Ok(expired as u64);
    }
    loop {
        let left = connection.prepare_cached(REMOVE_LEFT)?.execute([PORTION])?;
        if left > 0 {
            return Ok(left as u64);
        }
        if connection.prepare_cached(FORGET_LEFT)?.execute([])? == 0 {
            return Ok(0);
        }
    }
}

/// Removes some of those that were written longest ago and not read since.
fn remove_oldest(
    connection: &Connection,
    uses: &Uses,
    to_spare: &mut Option<i64>,
) -> rusqlite::Result<u64> {
    let to_spare = match to_spare {
        Some(known) => known,
        None => to_spare.insert(may_spare(connection)?),
    };
    loop {
        let oldest: Vec<i64> = connection
            .prepare_cached(OLDEST)?
            .query_map([VICTIMS], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut removed = 0;
        for &id in &oldest {
            if *to_spare > 0 && uses.take(id) {
                *to_spare -= 1;
                connection.prepare_cached(SPARE)?.execute([id])?;
            } else {
                removed += connection.prepare_cached(REMOVE)?.execute([id])? as u64;
            }
        }
        if removed > 0 || oldest.is_empty() {
            return Ok(removed);
        }
    }
}

fn may_spare(connection: &Connection) -> rusqlite::Result<i64> {
    let span: Option<i64> = connection.prepare_cached(SPAN)?.query_row([], |row| row.get(0))?;
    Ok((span.unwrap_or(0) / 4).min(SPARED))
}

/// Gives some free pages back to the system, where there are too many: whether there was anything to give.
pub(super) fn shrink(connection: &Connection, settings: &Settings) -> rusqlite::Result<bool> {
    let (all, free) = pages(connection)?;
    let too_many = match settings.file_bytes() {
        Some(max) => all.saturating_sub(max / page_bytes(connection)?),
        None if free > MANY_PAGES && free > all / 2 => free,
        None => 0,
    };
    let some = too_many.min(free).min(PAGES);
    if some > 0 {
        let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({some})"))?;
        let mut rows = statement.query([])?;
        // One page with each step.
        while rows.next()?.is_some() {}
    }
    Ok(some > 0 && pages(connection)?.0 < all)
}

fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let (all, free) = pages(connection)?;
    Ok((all - free) * page_bytes(connection)?)
}

/// How many pages there are, and how many of them are free.
fn pages(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    Ok((number(connection, "PRAGMA page_count")?, number(connection, "PRAGMA freelist_count")?))
}

fn page_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    number(connection, "PRAGMA page_size")
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<u64> {
    let number: i64 = connection.prepare_cached(pragma)?.query_row([], |row| row.get(0))?;
    Ok(number.cast_unsigned())
}
