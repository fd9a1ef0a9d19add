//! Connections: made when they are needed, one for each tokio runtime, replaced when they break.

use super::TierErrorKind::{Closed, TimedOut};
use crate::clock::{self, Tick};
use crate::tier::TierError;
use crate::tier::place::unpanicking;
use crate::timer;
use parking_lot::Mutex;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Handle, Id};
use tokio::sync::Mutex as AsyncMutex;

/// The connections of a tier.
///
/// A connection is driven by a task, which dies with its runtime, or stands still with it: so each runtime has its own.
///
/// After a failure to connect nobody tries again for a while, which gets longer with every failure; calls fail at once
/// then. So a store that is away costs little, and is not run down when it comes back.
pub(in super::super) struct Links<C> {
    state: Mutex<State<C>>,
    open_within: Duration,
}

struct State<C> {
    slots: Vec<Slot<C>>,
    /// How many connections there were.
    made: u64,
    failures: Failures,
    closed: bool,
}

/// The connection of a runtime.
struct Slot<C> {
    runtime: Id,
    /// Held by whoever connects.
    opening: Arc<AsyncMutex<()>>,
    link: Option<Link<C>>,
}

/// A connection.
#[derive(Clone)]
pub(in super::super) struct Link<C> {
    pub(in super::super) connection: C,
    pub(in super::super) number: Number,
    /// Whether it was made for this call, and so cannot have been broken for long.
    pub(in super::super) is_new: bool,
}

/// Which connection it is, of all that there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Number(u64);

/// How often connecting has failed since it last succeeded.
#[derive(Default)]
struct Failures {
    times: u32,
    /// Nobody tries before this moment.
    until: Tick,
    last: Option<TierError>,
}

impl<C: Clone + Send + 'static> Links<C> {
    /// Of so many runtimes the connections are kept: more are not at work at once, and the others are over.
    const RUNTIMES: usize = 8;

    pub(in super::super) fn new(open_within: Duration) -> Arc<Self> {
        let state =
            State { slots: Vec::new(), made: 0, failures: Failures::default(), closed: false };
        Arc::new(Self { state: Mutex::new(state), open_within })
    }

    /// The connection of this runtime; `open` makes one if there is none.
    ///
    /// A caller that leaves does not end the connecting, so that those who have less time than it needs get one in the end.
    pub(in super::super) async fn link<F>(
        self: &Arc<Self>,
        open: impl FnOnce() -> F,
    ) -> Result<Link<C>, TierError>
    where
        F: Future<Output = Result<C, TierError>> + Send + 'static,
    {
        let Ok(runtime) = Handle::try_current() else {
            return Err(super::no_runtime());
        };
        let opening = match self.state.lock().slot(runtime.id())? {
            Slot { link: Some(link), .. } => return Ok(link.clone()),
            slot => slot.opening.clone(),
        };
        let opened = self.opened(runtime.id(), opening, open);
        timer::within(self.open_within, opened).await.unwrap_or_else(|| Err(no_connection()))
    }

    /// Makes a connection, unless somebody else has made one meanwhile.
    async fn opened<F>(
        self: &Arc<Self>,
        runtime: Id,
        opening: Arc<AsyncMutex<()>>,
        open: impl FnOnce() -> F,
    ) -> Result<Link<C>, TierError>
    where
        F: Future<Output = Result<C, TierError>> + Send + 'static,
    {
        let opening = opening.lock_owned().await;
        {
            let mut state = self.state.lock();
            if let Some(link) = &state.slot(runtime)?.link {
                return Ok(link.clone());
            }
            state.failures.allow()?;
        }
        let links = Arc::clone(self);
        let (open_within, connecting) = (self.open_within, unpanicking(open()));
        let task = tokio::spawn(async move {
            let connection = timer::within(open_within, connecting).await;
            let connection = connection.unwrap_or_else(|| Err(no_connection()));
            let link = links.state.lock().arrived(runtime, connection);
            drop(opening);
            link
        });
        task.await.unwrap_or_else(|gone| Err(TierError::unavailable("connecting was ended", gone)))
    }

    /// Gives a connection up that is of no use any more.
    pub(in super::super) fn lose(&self, lost: Number) {
        let gone: Vec<_> = {
            let mut state = self.state.lock();
            let broken = |link: &mut Link<C>| link.number == lost;
            state.slots.iter_mut().filter_map(|slot| slot.link.take_if(broken)).collect()
        };
        drop(gone);
    }

    /// Gives all connections up, for good.
    pub(in super::super) fn close(&self) {
        let gone = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.slots)
        };
        drop(gone);
    }
}

impl<C: Clone + Send + 'static> State<C> {
    /// The place of this runtime.
    fn slot(&mut self, runtime: Id) -> Result<&mut Slot<C>, TierError> {
        if self.closed {
            return Err(TierError::new(Closed, "the tier has been closed"));
        }
        let place = self.slots.iter().position(|slot| slot.runtime == runtime);
        let place = place.unwrap_or_else(|| {
            if self.slots.len() == Links::<C>::RUNTIMES {
                self.slots.remove(0);
            }
            self.slots.push(Slot { runtime, opening: Arc::default(), link: None });
            self.slots.len() - 1
        });
        Ok(&mut self.slots[place])
    }

    /// Keeps a connection, or remembers why there is none.
    fn arrived(
        &mut self,
        runtime: Id,
        connection: Result<C, TierError>,
    ) -> Result<Link<C>, TierError> {
        let connection = connection.inspect_err(|error| self.failures.add(error))?;
        self.failures = Failures::default();
        self.made += 1;
        let link = Link { connection, number: Number(self.made), is_new: false };
        self.slot(runtime)?.link = Some(link.clone());
        Ok(Link { is_new: true, ..link })
    }
}

impl Failures {
    /// The pause after the first failure. It doubles with each, up to the longest.
    const FIRST: Duration = Duration::from_millis(20);
    const LONGEST: Duration = Duration::from_secs(1);

    fn add(&mut self, error: &TierError) {
        let pause = Self::FIRST.saturating_mul(1 << self.times.min(10)).min(Self::LONGEST);
        // Between half of it and all of it, so that those who were cut off together do not come back together.
        let pause = pause / 2 + pause.mul_f64(fraction() / 2.0);
        self.times += 1;
        self.until = clock::after(clock::now(), clock::nanos(pause));
        self.last = Some(error.repeated("; will be tried again soon"));
    }

    /// The last failure once more, if it was a moment ago.
    fn allow(&self) -> Result<(), TierError> {
        match &self.last {
            Some(error) if clock::is_ahead(self.until) => Err(error.repeated("")),
            _ => Ok(()),
        }
    }
}

fn no_connection() -> TierError {
    TierError::new(TimedOut, "no connection in time")
}

/// A random number from 0 to 1.
fn fraction() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(0);
    f64::from(bits) / f64::from(u32::MAX)
}
