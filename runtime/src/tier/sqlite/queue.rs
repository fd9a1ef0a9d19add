//! What waits to be done by the writing thread.

use crate::tier::{TierEntry, TierError, TierErrorKind, TierKey};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::oneshot;

/// No more writes than these go into one transaction.
const GROUP_TASKS: usize = 1024;
/// With more than this waiting, puts are refused: the disk does not keep up, and memory is not to fill instead.
const WAITING_BYTES: usize = 64 * 1024 * 1024;
/// What a task takes beside its values.
const TASK_BYTES: usize = 256;

/// What a task comes to: how many entries it was about.
pub(super) type Outcome = Result<u64, TierError>;

/// One thing to do.
#[derive(Debug)]
pub(super) enum Task {
    /// Can share a transaction with others.
    Write(Write),
    /// Makes what was done before safe.
    Flush,
    /// Removes what nobody can find any more.
    Purge,
    /// The file was found damaged, or not there, in this generation of connections.
    Heal(u64),
    /// The last.
    Close,
}

/// A change of one namespace.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) namespace: Box<str>,
    pub(super) change: Change,
}

#[derive(Debug)]
pub(super) enum Change {
    Put(Vec<TierEntry>),
    Remove(Vec<TierKey>),
    RemoveTagged(Box<str>),
    Clear,
}

/// Somebody who waits for an outcome, or has gone.
pub(super) type Waiter = oneshot::Sender<Outcome>;

/// What the writing thread is to do next.
pub(super) enum Work {
    /// In one transaction.
    Writes(Vec<(Write, Waiter)>),
    /// Alone.
    Single(Task, Waiter),
    /// Nobody has asked for anything.
    Nothing,
}

/// In the order in which it was asked for.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(Task, Waiter)>,
    bytes: usize,
    closed: bool,
    over: bool,
}

impl Queue {
    /// Has `task` done. What was asked for is done also when nobody waits for it any more.
    pub(super) fn push(&self, task: Task) -> Result<oneshot::Receiver<Outcome>, TierError> {
        let (waiter, outcome) = oneshot::channel();
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed());
        }
        if is_put(&task) && state.bytes > WAITING_BYTES {
            let problem = "too much waits to be written";
            return Err(TierError::new(TierErrorKind::Unavailable, problem));
        }
        state.closed = matches!(task, Task::Close);
        state.bytes += size(&task);
        state.waiting.push_back((task, waiter));
        drop(state);
        self.changed.notify_all();
        Ok(outcome)
    }

    /// What is next; waits for it no longer than `patience`. Writes of up to about `group_bytes` come together.
    pub(super) fn next(&self, patience: Duration, group_bytes: u64) -> Work {
        let mut state = self.state.lock();
        if state.waiting.is_empty() && !patience.is_zero() {
            self.changed.wait_for(&mut state, patience);
        }
        state.take(group_bytes)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// The thread is gone: nothing is done any more, and whoever waits is told.
    pub(super) fn end(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.over = true;
        let left = std::mem::take(&mut state.waiting);
        drop(state);
        self.changed.notify_all();
        for (_, waiter) in left {
            let _ = waiter.send(Err(closed()));
        }
    }

    /// Waits until the thread is gone, no longer than `patience`.
    pub(super) fn wait_for_end(&self, patience: Duration) {
        let mut state = self.state.lock();
        self.changed.wait_while_for(&mut state, |state| !state.over, patience);
    }
}

impl State {
    fn take(&mut self, group_bytes: u64) -> Work {
        let Some(first) = self.pop() else { return Work::Nothing };
        let write = match first {
            (Task::Write(write), waiter) => (write, waiter),
            (task, waiter) => return Work::Single(task, waiter),
        };
        let mut bytes = write.0.size();
        let mut group = vec![write];
        while group.len() < GROUP_TASKS && (bytes as u64) < group_bytes {
            let Some((Task::Write(next), _)) = self.waiting.front() else { break };
            bytes += next.size();
            if let Some((Task::Write(write), waiter)) = self.pop() {
                group.push((write, waiter));
            }
        }
        Work::Writes(group)
    }

    fn pop(&mut self) -> Option<(Task, Waiter)> {
        let next = self.waiting.pop_front()?;
        self.bytes -= size(&next.0);
        Some(next)
    }
}

impl Write {
    fn size(&self) -> usize {
        let of_entries = match &self.change {
            Change::Put(entries) => entries.iter().map(|entry| entry.value.len() + 100).sum(),
            Change::Remove(keys) => keys.len() * 100,
            Change::RemoveTagged(_) | Change::Clear => 0,
        };
        TASK_BYTES + of_entries
    }
}

fn size(task: &Task) -> usize {
    match task {
        Task::Write(write) => write.size(),
        _ => TASK_BYTES,
    }
}

fn is_put(task: &Task) -> bool {
    matches!(task, Task::Write(Write { change: Change::Put(_), .. }))
}

pub(super) fn closed() -> TierError {
    TierError::new(TierErrorKind::Closed, "the tier has been closed")
}
