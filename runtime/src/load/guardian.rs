//! Somebody who looks after a flight that those aboard cannot look after themselves.
//!
//! A caller can be held: polled once, and then kept in a `select!` branch or in a struct without being polled again. If
//! he alone can poll the body, or if nobody but held callers was woken for it, the others would wait for ever: those from
//! another runtime, who may not poll the body at all, among them. So once somebody waits for such a flight, a
//! thread looks at it from time to time.
//!
//! It is a thread of our own and no task: a task needs a runtime with timers that outlives the flight, and its timer would
//! make a paused clock run away. The thread is started when it is needed first, and sleeps while there is nothing to look
//! after.

use super::airport::Airport;
use super::flight::Flight;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

/// How long a body that could go on may be left lying before somebody else takes over: at least this, at most twice.
///
/// A load that is merely slow could not go on, so it is never taken from its leader.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks after `flight` until it ends.
pub(super) fn look_after<V: Send + Sync + 'static>(
    flight: &Arc<Flight<V>>,
    airport: &Arc<dyn Airport<V>>,
) {
    if cfg!(larder_model) {
        return;
    }
    // Nobody should wait for a guardian, least of all the values in a cache that was dropped.
    let charge = Charge { flight: Arc::downgrade(flight), airport: Arc::downgrade(airport) };
    GUARDIAN.take_on(Box::new(charge));
}

/// Something to be looked at.
trait Watched: Send {
    /// Whether to come again.
    fn look(&self) -> bool;
}

struct Charge<V> {
    flight: Weak<Flight<V>>,
    airport: Weak<dyn Airport<V>>,
}

impl<V: Send + Sync> Watched for Charge<V> {
    fn look(&self) -> bool {
        let (Some(flight), Some(airport)) = (self.flight.upgrade(), self.airport.upgrade()) else {
            return false;
        };
        if flight.outcome().is_some() {
            return false;
        }
        if flight.is_stalled() {
            if flight.is_led() {
                airport.withdraw(flight.ticket());
                flight.end_without_result();
            } else {
                flight.strand();
            }
        }
        true
    }
}

static GUARDIAN: Guardian = Guardian {
    charges: Mutex::new(VecDeque::new()),
    called: Condvar::new(),
    thread: OnceLock::new(),
};

struct Guardian {
    /// When to look at what. All wait equally long, so the next is always the first.
    charges: Mutex<VecDeque<(Instant, Box<dyn Watched>)>>,
    called: Condvar,
    thread: OnceLock<()>,
}

impl Guardian {
    fn take_on(&'static self, charge: Box<dyn Watched>) {
        self.thread.get_or_init(|| {
            let name = "larder-guardian".to_owned();
            // Where no thread can be had there is no guardian.
            let _ = std::thread::Builder::new().name(name).spawn(|| self.watch());
        });
        self.charges.lock().push_back((due(), charge));
        self.called.notify_one();
    }

    fn watch(&self) {
        loop {
            let charge = self.next();
            // What is dropped here may be the last handle to somebody's key or value.
            let again = catch_unwind(AssertUnwindSafe(|| charge.look())).unwrap_or(false);
            if again {
                self.charges.lock().push_back((due(), charge));
            }
        }
    }

    /// Waits for the next charge that is due.
    fn next(&self) -> Box<dyn Watched> {
        let mut charges = self.charges.lock();
        loop {
            match charges.front() {
                None => self.called.wait(&mut charges),
                Some((due, _)) => {
                    let due = *due;
                    if self.called.wait_until(&mut charges, due).timed_out()
                        && let Some((_, charge)) = charges.pop_front()
                    {
                        return charge;
                    }
                }
            }
        }
    }
}

/// In the time that passes outside, whatever the clock of a runtime says.
#[expect(
    clippy::disallowed_methods,
    reason = "a paused clock does not make a held caller come back"
)]
fn due() -> Instant {
    Instant::now() + PATIENCE
}
