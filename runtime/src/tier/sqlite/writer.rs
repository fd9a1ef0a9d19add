//! The thread that writes.
//!
//! A transaction costs the same for one write as for many, so all that wait when the thread comes back go into one.

use super::fault::{is_busy, is_damage, patiently};
use super::queue::{Outcome, Task, Waiter, Work, Write};
use super::shared::Shared;
use super::{room, write};
use crate::clock;
use crate::tier::{TierError, TierErrorKind};
use rusqlite::Connection;
use std::sync::Arc;
use std::time::Duration;

/// Does what is asked for, until it is told to close.
pub(super) fn run(shared: &Arc<Shared>) {
    // Also when something panics: nobody may wait for a thread that is gone.
    let _ending = Ending(shared);
    let mut chores = Chores::new(shared.settings.purge_every);
    loop {
        match shared.queue.next(chores.pause(), shared.settings.log_bytes()) {
            Work::Writes(group) => commit(shared, group),
            Work::Single(Task::Purge, waiter) => chores.ask(waiter),
            Work::Single(Task::Close, waiter) => {
                chores.finish(shared);
                let _ = waiter.send(shared.shut().map(|()| 0));
                return;
            }
            Work::Single(task, waiter) => {
                let _ = waiter.send(single(shared, &task).map(|()| 0));
            }
            Work::Nothing => {}
        }
        chores.go_on(shared);
    }
}

struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.queue.end();
    }
}

fn single(shared: &Shared, task: &Task) -> Result<(), TierError> {
    match task {
        Task::Flush => shared.flush(),
        Task::Heal(generation) => shared.heal(*generation),
        Task::Write(_) | Task::Purge | Task::Close => Ok(()),
    }
}

/// Writes a group in one transaction. When that fails because of one of them, each gets its own.
fn commit(shared: &Shared, group: Vec<(Write, Waiter)>) {
    shared.come_back_if_moved();
    let generation = shared.generation();
    let all = || transaction(shared, |connection| apply_all(shared, connection, &group));
    let done = match all() {
        Err(Some(error)) if is_damage(&error) && shared.heal(generation).is_ok() => all(),
        done => done,
    };
    match done {
        Ok(outcomes) => {
            for ((_, waiter), outcome) in group.into_iter().zip(outcomes) {
                let _ = waiter.send(outcome);
            }
        }
        Err(Some(error)) if group.len() > 1 && !concerns_all(&error) => {
            commit_singly(shared, group);
        }
        Err(error) => {
            let mut error = Some(error);
            for (_, waiter) in group {
                // The first gets the cause, which cannot be copied.
                let _ = waiter.send(Err(told(error.take().flatten())));
            }
        }
    }
}

fn commit_singly(shared: &Shared, group: Vec<(Write, Waiter)>) {
    for (write, waiter) in group {
        let one = |connection: &Connection| {
            let outcome = write::apply(connection, &shared.settings, &shared.uses, &write)?;
            room::make_room(connection, &shared.settings, &shared.uses)?;
            Ok(outcome)
        };
        let _ = waiter.send(transaction(shared, one).unwrap_or_else(|error| Err(told(error))));
    }
}

fn apply_all(
    shared: &Shared,
    connection: &Connection,
    group: &[(Write, Waiter)],
) -> rusqlite::Result<Vec<Outcome>> {
    let apply = |(write, _): &(Write, Waiter)| {
        write::apply(connection, &shared.settings, &shared.uses, write)
    };
    let outcomes = group.iter().map(apply).collect::<Result<_, _>>()?;
    room::make_room(connection, &shared.settings, &shared.uses)?;
    Ok(outcomes)
}

/// Others would only wait as long, and fail as well.
fn concerns_all(error: &rusqlite::Error) -> bool {
    is_busy(error) || is_damage(error)
}

fn told(error: Option<rusqlite::Error>) -> TierError {
    error.map_or_else(failed_with_others, write::failed)
}

fn failed_with_others() -> TierError {
    TierError::new(TierErrorKind::Unavailable, "cannot write to the file")
}

/// Runs `body` in a transaction. No error inside means that there is no connection.
pub(super) fn transaction<T>(
    shared: &Shared,
    body: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, Option<rusqlite::Error>> {
    let slot = shared.writer.lock();
    let connection = slot.as_ref().ok_or(None)?;
    let begin = || connection.execute_batch("BEGIN IMMEDIATE");
    patiently(shared.settings.patience(), begin).map_err(Some)?;
    let done = body(connection).and_then(|value| {
        connection.execute_batch("COMMIT")?;
        Ok(value)
    });
    done.map_err(|error| {
        // After some errors there is no transaction any more, and this fails too.
        let _ = connection.execute_batch("ROLLBACK");
        Some(error)
    })
}

/// What is done between writes, in portions.
struct Chores {
    every: Duration,
    last: Duration,
    under_way: bool,
    removed: u64,
    waiting: Vec<Waiter>,
}

impl Chores {
    fn new(every: Duration) -> Self {
        // A file that was left alone for long has much to be removed, so the first time is soon.
        Self { every, last: clock::outside(), under_way: true, removed: 0, waiting: Vec::new() }
    }

    /// How long the thread may wait for something else to do.
    fn pause(&self) -> Duration {
        if self.under_way {
            return Duration::ZERO;
        }
        self.every.saturating_sub(clock::outside().saturating_sub(self.last))
    }

    fn ask(&mut self, waiter: Waiter) {
        self.waiting.push(waiter);
        self.under_way = true;
    }

    /// Does one portion when it is time.
    fn go_on(&mut self, shared: &Shared) {
        if !self.under_way && clock::outside().saturating_sub(self.last) >= self.every {
            shared.come_back_if_moved();
            self.under_way = true;
        }
        if self.under_way {
            self.portion(shared);
        }
    }

    fn portion(&mut self, shared: &Shared) {
        match purge_portion(shared) {
            Ok((removed, true)) => self.removed += removed,
            Ok((_, false)) => self.end(Ok),
            Err(error) => {
                let mut error = Some(error);
                self.end(|_| Err(told(error.take().flatten())));
            }
        }
    }

    fn end(&mut self, mut outcome: impl FnMut(u64) -> Outcome) {
        for waiter in self.waiting.drain(..) {
            let _ = waiter.send(outcome(self.removed));
        }
        *self = Self { under_way: false, ..Self::new(self.every) };
    }

    /// Whoever still waits for a purge gets it before the end.
    fn finish(&mut self, shared: &Shared) {
        while !self.waiting.is_empty() {
            self.portion(shared);
        }
    }
}

/// Removes some of what nobody can find: how many entries, and whether there may be more.
fn purge_portion(shared: &Shared) -> Result<(u64, bool), Option<rusqlite::Error>> {
    transaction(shared, |connection| {
        let unfindable = room::remove_unfindable(connection)?;
        if unfindable > 0 {
            return Ok((unfindable, true));
        }
        let too_old = room::make_room(connection, &shared.settings, &shared.uses)?;
        let shrunk = room::shrink(connection, &shared.settings)?;
        Ok((too_old, too_old > 0 || shrunk))
    })
}
