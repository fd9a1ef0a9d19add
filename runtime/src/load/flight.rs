//! One load of one key, and everybody who waits for it.

use super::board::Flights;
use super::cycle::{self, Edge, Node, Waiters, within};
use crate::clock::{self, Tick};
use crate::ttl::Ttl;
use parking_lot::Mutex;
use std::any::Any;
use std::future::Future;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// An error that every waiter may have a copy of, without its type.
pub type SharedError = Arc<dyn Any + Send + Sync>;

/// What a panicking body threw.
pub(crate) type Panic = Box<dyn Any + Send>;

/// A failure on its way to the caller who asked for the load, without its type.
pub type Packed = Box<dyn Any + Send>;

/// What came of a shared body: a value and how long to keep it, or a failure with a copy for everybody if there can
/// be one.
pub enum Landed<V> {
    /// A value; `None` for one that is not to be stored.
    Value(V, Option<Ttl>),
    /// A failure.
    Failed(Packed, Option<SharedError>),
}

/// A body that belongs to its flight, as the flight sees it: it does not know what the body returns, only what
/// becomes of it.
pub trait Land<V> {
    /// Polls the body.
    fn poll_landed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<V>>;
}

/// A boxed one.
pub type SharedBody<V> = Pin<Box<dyn Land<V> + Send>>;

/// What another caller's driving brought that only the leader can have.
pub(crate) enum Left {
    Failure(Packed),
    Panic(Panic),
}

/// How a flight ended, for those who waited.
pub(crate) enum Outcome<V> {
    Value(V),
    Failed(SharedError),
    /// Nothing to share: the leader left or panicked, or its error has no copies. Start again.
    Abandoned,
}

pub(crate) struct Flight<K, V> {
    pub(super) key: K,
    name: Arc<str>,
    ttl: Ttl,
    started: Tick,
    outcome: OnceLock<Outcome<V>>,
    state: Mutex<State<V>>,
    waiters: Waiters,
}

struct State<V> {
    /// The wakers of those aboard, by the number of their seat.
    seats: Vec<Option<Waker>>,
    occupied: usize,
    /// Whether the caller who started the load is still here.
    leader_aboard: bool,
    left: Option<Left>,
    engine: Engine<V>,
}

/// Who polls the body.
enum Engine<V> {
    /// The caller in seat 0, whose own it is. `woken` is when it was told to and has not yet.
    Leader { woken: Option<Tick> },
    /// Whoever is aboard and polled. `body` is away while somebody polls it; `woken` says that it wants to be.
    Shared {
        body: Option<SharedBody<V>>,
        woken: bool,
    },
}

/// What came of trying to drive a shared body.
pub(crate) enum Driven<V> {
    Landed(Landed<V>),
    Panicked(Panic),
    Pending,
    /// The flight is over; see its outcome.
    Over,
}

impl<K, V> Flight<K, V> {
    /// A flight with its leader in seat 0.
    pub(super) fn new(key: K, name: Arc<str>, ttl: Ttl) -> Self {
        Self {
            key,
            name,
            ttl,
            started: clock::now(),
            outcome: OnceLock::new(),
            state: Mutex::new(State {
                seats: vec![None],
                occupied: 1,
                leader_aboard: true,
                left: None,
                engine: Engine::Leader { woken: None },
            }),
            waiters: Waiters::default(),
        }
    }

    pub(crate) fn key(&self) -> &K {
        &self.key
    }

    /// The lifetime that the leader asked for.
    pub(crate) fn ttl(&self) -> Ttl {
        self.ttl
    }

    pub(crate) fn took(&self) -> Duration {
        Duration::from_nanos(clock::now().saturating_sub(self.started))
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome<V>> {
        self.outcome.get()
    }

    /// Whether anybody but one is aboard. Exact once the flight has left the board.
    pub(crate) fn has_company(&self) -> bool {
        self.state.lock().occupied > 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().occupied == 0
    }

    /// Takes a seat; its number. The caller holds the board's lock.
    pub(super) fn board(&self) -> usize {
        let mut state = self.state.lock();
        state.occupied += 1;
        state.seats.push(None);
        state.seats.len() - 1
    }

    /// Hands the body over to whoever is polled.
    pub(crate) fn share(&self, body: SharedBody<V>) {
        self.state.lock().engine = Engine::Shared {
            body: Some(body),
            woken: true,
        };
    }

    /// Ends the flight for everybody aboard. Only the first end counts.
    pub(crate) fn land(&self, outcome: Outcome<V>) {
        let _ = self.outcome.set(outcome);
        let wakers = self.state.lock().all_wakers();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Leaves `left` for the leader, or gives it back when there is none any more.
    pub(crate) fn leave_for_leader(&self, left: Left) -> Result<(), Left> {
        let mut state = self.state.lock();
        if state.leader_aboard {
            state.left = Some(left);
            Ok(())
        } else {
            Err(left)
        }
    }

    /// What was left for the leader.
    pub(crate) fn take_left(&self) -> Option<Left> {
        self.state.lock().left.take()
    }

    /// Whether the leader was told at least `patience` ago that its body can go on, and has not polled it.
    pub(crate) fn is_stalled(&self, patience: Duration) -> bool {
        match self.state.lock().engine {
            Engine::Leader { woken: Some(woken) } => {
                clock::now().saturating_sub(woken) >= clock::nanos(patience)
            }
            _ => false,
        }
    }

    /// Whether its leader alone can poll the body.
    pub(crate) fn is_led(&self) -> bool {
        matches!(self.state.lock().engine, Engine::Leader { .. })
    }
}

impl<K, V> Flight<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Polls the leader's own body.
    pub(crate) fn lead<F: Future>(
        self: &Arc<Self>,
        body: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Panic>> {
        {
            let mut state = self.state.lock();
            state.register(0, cx.waker());
            state.engine = Engine::Leader { woken: None };
        }
        self.poll(|cx| body.poll(cx))
    }

    /// Polls the shared body if it wants to be polled and nobody else is at it.
    pub(crate) fn drive(self: &Arc<Self>, seat: usize, waker: &Waker) -> Driven<V> {
        let Some(mut body) = self.take_the_wheel(seat, waker) else {
            // Looked at after registering: who ends the flight sets the outcome first, then wakes.
            return if self.outcome.get().is_some() {
                Driven::Over
            } else {
                Driven::Pending
            };
        };
        match self.poll(|cx| body.as_mut().poll_landed(cx)) {
            Poll::Ready(Ok(landed)) => Driven::Landed(landed),
            Poll::Ready(Err(panic)) => Driven::Panicked(panic),
            Poll::Pending => {
                self.return_the_wheel(body);
                Driven::Pending
            }
        }
    }

    fn take_the_wheel(&self, seat: usize, waker: &Waker) -> Option<SharedBody<V>> {
        let mut state = self.state.lock();
        state.register(seat, waker);
        match &mut state.engine {
            Engine::Shared {
                body,
                woken: woken @ true,
            } if body.is_some() => {
                *woken = false;
                body.take()
            }
            _ => None,
        }
    }

    fn return_the_wheel(&self, returned: SharedBody<V>) {
        let mut state = self.state.lock();
        let mut wakers = Vec::new();
        if let Engine::Shared { body, woken } = &mut state.engine {
            *body = Some(returned);
            // Somebody who was woken meanwhile found the body away and went back to sleep.
            if *woken {
                wakers = state.all_wakers();
            }
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn poll<R>(
        self: &Arc<Self>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<Result<R, Panic>> {
        let waker = Waker::from(self.clone());
        let mut cx = Context::from_waker(&waker);
        // A body that panicked is dropped, never polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| within(self.clone(), || poll(&mut cx))));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

impl<V> State<V> {
    fn register(&mut self, seat: usize, waker: &Waker) {
        match &mut self.seats[seat] {
            Some(known) if known.will_wake(waker) => {}
            place => *place = Some(waker.clone()),
        }
    }

    fn all_wakers(&mut self) -> Vec<Waker> {
        self.seats.iter_mut().filter_map(Option::take).collect()
    }
}

/// A flight is what its body wakes. A shared body is anybody's to poll, so everybody is woken: one of them may be
/// held somewhere and never polled again.
impl<K, V> Wake for Flight<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let wakers = match &mut state.engine {
            Engine::Leader { woken } => {
                woken.get_or_insert_with(clock::now);
                state.seats[0].take().into_iter().collect()
            }
            Engine::Shared { woken, .. } => {
                *woken = true;
                state.all_wakers()
            }
        };
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl<K: Send + Sync, V: Send + Sync> Node for Flight<K, V> {
    fn name(&self) -> &str {
        &self.name
    }

    fn waiters(&self) -> &Waiters {
        &self.waiters
    }
}

/// A place aboard. Dropping it is leaving: the last to leave ends the load, and a leader who leaves
/// lets the others start again.
pub(crate) struct Seat<K: Hash + Eq, V> {
    flight: Arc<Flight<K, V>>,
    board: Arc<Flights<K, V>>,
    number: usize,
    /// That the caller's own load waits for this one.
    edge: Option<Edge>,
}

impl<K, V> Seat<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// The seat `number`, taken before.
    ///
    /// # Panics
    /// When the flight waits for the very load that the caller is a part of. The seat is given back.
    pub(super) fn new(flight: Arc<Flight<K, V>>, board: Arc<Flights<K, V>>, number: usize) -> Self {
        let mut seat = Self {
            flight,
            board,
            number,
            edge: None,
        };
        seat.edge = cycle::current().map(|by| Edge::new(seat.flight.clone(), by));
        seat
    }
}

impl<K: Hash + Eq, V> Seat<K, V> {
    pub(crate) fn flight(&self) -> &Arc<Flight<K, V>> {
        &self.flight
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Ends the flight without a result; those aboard start again, with one of them in the lead.
    pub(crate) fn abandon(&self) {
        self.board.take_off(&self.flight);
        self.flight.land(Outcome::Abandoned);
    }
}

impl<K: Hash + Eq, V> Drop for Seat<K, V> {
    fn drop(&mut self) {
        let mut state = self.flight.state.lock();
        state.seats[self.number] = None;
        state.occupied -= 1;
        state.leader_aboard &= self.number != 0;
        let last = state.occupied == 0;
        let leaderless = self.number == 0 && matches!(state.engine, Engine::Leader { .. });
        let over = self.flight.outcome.get().is_some();
        // Who leaves may have been the one that was woken to drive.
        let wakers = match &state.engine {
            Engine::Shared { woken: true, .. } if !over => state.all_wakers(),
            _ => Vec::new(),
        };
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        if over {
            return;
        }
        if leaderless {
            self.abandon();
        } else if last && self.board.take_off_if_empty(&self.flight) {
            let body = match &mut self.flight.state.lock().engine {
                Engine::Shared { body, .. } => body.take(),
                Engine::Leader { .. } => None,
            };
            drop(body);
        }
    }
}
