//! The thread that saves.

use super::{NAME, Shared, SnapshotStatus};
use crate::tier::report::SetAside;
use crate::tier::{TierError, TierErrorKind};
use parking_lot::{Condvar, Mutex};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Who wants to know what came of it.
type Waiting = oneshot::Sender<Result<(), TierError>>;

/// What the thread is asked for.
#[derive(Default)]
pub(super) struct Orders {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    /// A last time.
    closing: bool,
    /// The thread is gone, or about to go.
    over: bool,
}

/// One thing to do.
struct Order {
    waiting: Vec<Waiting>,
    closing: bool,
}

impl Orders {
    /// Saves. What came of it comes by the channel; `None` when it is too late.
    pub(super) fn save(&self, closing: bool) -> Option<oneshot::Receiver<Result<(), TierError>>> {
        let mut state = self.state.lock();
        if state.over {
            return None;
        }
        let (tell, told) = oneshot::channel();
        state.waiting.push(tell);
        state.closing |= closing;
        self.changed.notify_one();
        Some(told)
    }

    /// Waits for an order, or until it is time to save.
    fn next(&self, save_every: Duration) -> Order {
        let mut state = self.state.lock();
        let idle = |state: &mut State| state.waiting.is_empty() && !state.closing;
        if save_every.is_zero() {
            self.changed.wait_while(&mut state, idle);
        } else {
            self.changed.wait_while_for(&mut state, idle, save_every);
        }
        let waiting = std::mem::take(&mut state.waiting);
        Order { waiting, closing: state.closing }
    }

    /// No more orders. Those that came too late.
    fn end(&self) -> Vec<Waiting> {
        let mut state = self.state.lock();
        state.over = true;
        std::mem::take(&mut state.waiting)
    }
}

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>, save_every: Duration) -> Result<(), TierError> {
    let thread = std::thread::Builder::new().name("larder-snapshot".to_owned());
    let started = thread.spawn(move || run(&shared, save_every));
    started
        .map(drop)
        .map_err(|error| TierError::unavailable("cannot start the thread that saves", error))
}

fn run(shared: &Shared, save_every: Duration) {
    let mut saved = 0;
    loop {
        let Order { mut waiting, closing } = shared.orders.next(save_every);
        let outcome = save(shared, &mut saved);
        if closing {
            shared.memory.shut();
            waiting.extend(shared.orders.end());
        }
        for tell in waiting {
            // `io::Error` has no copies: each gets the text of it.
            let copy = outcome.as_ref().map(drop).map_err(|error| {
                TierError::unavailable("cannot save the snapshot", error.to_string())
            });
            drop(tell.send(copy));
        }
        if closing {
            return;
        }
    }
}

/// Saves, if anything has changed since the last time.
fn save(shared: &Shared, saved: &mut u64) -> std::io::Result<()> {
    if shared.memory.changes() == *saved {
        return Ok(());
    }
    let (contents, changes) = shared.memory.contents();
    let outcome = super::file::save(&shared.path, &contents);
    if let Ok(Some(now)) = &outcome {
        let tell = || SetAside::told(NAME, |noted| noted.note(&shared.path, now.clone()));
        // A listener is anybody's code, and this thread is needed.
        drop(catch_unwind(AssertUnwindSafe(tell)));
    }
    let mut status = shared.status.lock();
    let SnapshotStatus { saves, failed_saves, last_failure, set_aside } = &mut *status;
    match outcome {
        Ok(moved) => {
            *saved = changes;
            *saves += 1;
            *last_failure = None;
            *set_aside = moved.or_else(|| set_aside.take());
            Ok(())
        }
        Err(error) => {
            *failed_saves += 1;
            *last_failure = Some(error.to_string());
            Err(error)
        }
    }
}

/// What to say when the thread is gone.
pub(super) fn closed() -> TierError {
    TierError::new(TierErrorKind::Closed, "the tier has been closed")
}
