//! One load of one key, and everybody who waits for it.

use super::below::{After, Lower, TierFailure};
use super::board::Ticket;
use super::current::Current;
use super::cycle::{Node, Waiters};
use super::engine::Cabin;
use crate::clock::{self, Tick};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::ttl::Term;
use std::any::Any;
use std::future::Future;
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
    Value(V, Option<Term>, Option<Box<After<V>>>),
    /// A value that was found below memory; the body has not run.
    Lower(Box<Lower<V>>),
    /// A failure.
    Failed(Packed, Option<SharedError>),
    /// What lies below memory could not be asked, and the function is to fail then; the body has not run.
    TierFailed(TierFailure),
}

/// A body that belongs to its flight, as the flight sees it: it does not know what the body returns, only what
/// becomes of it.
pub trait Land<V> {
    /// Polls the body. When it is ready, what came of it is in `landed`: written where it will be read, for what is moved
    /// right after it has been written stalls the processor.
    fn poll_landed(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        landed: &mut Option<Landed<V>>,
    ) -> Poll<()>;
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

/// Where a flight got what it brought, if not from a body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin {
    /// The tier of this name, which had it for so long.
    Tier(&'static str, Duration),
    /// Nowhere: a tier could not be asked, and the body did not run.
    TierFailed,
}

pub(crate) struct Flight<V> {
    ticket: Ticket,
    name: Arc<str>,
    ttl: Term,
    started: AtomicU64,
    origin: OnceLock<Origin>,
    outcome: OnceLock<Outcome<V>>,
    pub(super) cabin: Mutex<Cabin<V>>,
    waiters: Waiters,
}

/// A flight that is no longer announced anywhere, and is to end whatever happens.
pub(crate) struct Landing<V>(pub(crate) Arc<Flight<V>>);

impl<V> Drop for Landing<V> {
    fn drop(&mut self) {
        self.0.end_without_result();
    }
}

/// What came of trying to drive a shared body.
pub(crate) enum Driven<V> {
    Landed(Landed<V>),
    Panicked(Panic),
    Pending,
    /// The flight is over; see its outcome.
    Over,
    /// Nobody can bring it to its end as far as this caller is concerned.
    Stranded,
}

impl<V> Flight<V> {
    /// A flight with its leader aboard.
    pub(super) fn new(ticket: Ticket, name: &Arc<str>, ttl: Term) -> Self {
        Self {
            ticket,
            name: name.clone(),
            ttl,
            started: AtomicU64::new(clock::now()),
            origin: OnceLock::new(),
            outcome: OnceLock::new(),
            cabin: Mutex::new(Cabin::new()),
            waiters: Waiters::default(),
        }
    }

    /// The claim that it has been made for.
    pub(crate) fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// The lifetime that the leader asked for.
    pub(crate) fn ttl(&self) -> Term {
        self.ttl
    }

    /// The leader comes aboard, with a body that was not ready when he polled it first. It knows nobody but him, whose
    /// waker this is. Whether somebody else is aboard already.
    pub(crate) fn begin(&self, started: Tick, waker: &Waker) -> bool {
        self.started.store(started, Relaxed);
        self.register(0, waker);
        let mut cabin = self.cabin.lock();
        cabin.begin();
        cabin.occupied() > 1
    }

    /// Somebody has come aboard who did not start the load. Whether it needs a guardian from now on.
    pub(super) fn joined(&self) -> bool {
        let mut cabin = self.cabin.lock();
        let wakers = cabin.ends_solitude();
        let asks = cabin.asks_for_guardian();
        drop(cabin);
        wakers.into_iter().for_each(Waker::wake);
        asks
    }

    /// Whether nobody is aboard.
    pub(crate) fn is_empty(&self) -> bool {
        self.cabin.lock().occupied() == 0
    }

    /// How long it has taken until `now`.
    pub(crate) fn took(&self, now: Tick) -> Duration {
        Duration::from_nanos(now.saturating_sub(self.started.load(Relaxed)))
    }

    /// Where it got what it brings. To be told before it lands, for a leader who did not drive it himself.
    pub(crate) fn comes_from(&self, origin: Origin) {
        let _ = self.origin.set(origin);
    }

    /// Where it got what it brought; `None` for a body.
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.origin.get().copied()
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome<V>> {
        self.outcome.get()
    }

    /// Whether anybody but one is aboard. Exact once the flight has left the board.
    pub(crate) fn has_company(&self) -> bool {
        self.cabin.lock().occupied() > 1
    }

    /// Hands the body over to whoever is polled.
    pub(crate) fn share(&self, body: SharedBody<V>) {
        self.cabin.lock().share(body);
    }

    /// Leaves `left` for the leader, or gives it back when there is none any more.
    pub(crate) fn leave_for_leader(&self, left: Left) -> Result<(), Left> {
        self.cabin.lock().leave_for_leader(left)
    }

    /// What was left for the leader.
    pub(crate) fn take_left(&self) -> Option<Left> {
        self.cabin.lock().take_left()
    }

    /// Whether only the leader can poll the body.
    pub(super) fn is_led(&self) -> bool {
        self.cabin.lock().is_led()
    }

    /// Whether the body wanted to be polled at the last call of this already, and has not been since.
    pub(super) fn is_stalled(&self) -> bool {
        self.cabin.lock().is_stalled()
    }

    /// Sends those away who cannot drive, and wakes those who can.
    pub(super) fn strand(&self) {
        let wakers = self.cabin.lock().strand();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Clones and drops wakers outside the lock: they may be anything.
    fn register(&self, seat: usize, waker: &Waker) {
        if !self.cabin.lock().knows(seat, waker) {
            let waker = waker.clone();
            let known = self.cabin.lock().register(seat, waker);
            drop(known);
        }
    }

    fn wake_everybody(&self) {
        let wakers = self.cabin.lock().take_wakers();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Ends the flight, and nobody gets anything: those aboard start again, with one of them in the lead.
    pub(crate) fn end_without_result(&self) {
        self.land(Outcome::Abandoned);
    }

    /// Ends the flight for everybody aboard. Only the first end counts.
    pub(crate) fn land(&self, outcome: Outcome<V>) {
        let _ = self.outcome.set(outcome);
        self.wake_everybody();
    }
}

impl<V: Send + Sync + 'static> Flight<V> {
    /// Polls the leader's own body.
    pub(crate) fn lead<F: Future>(
        self: &Arc<Self>,
        body: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Panic>> {
        self.register(0, cx.waker());
        self.cabin.lock().leader_polls();
        let polled = self.poll(|cx| body.poll(cx));
        self.cabin.lock().leader_polled();
        polled
    }

    /// Polls the shared body if it wants to be polled and nobody else is at it.
    pub(crate) fn drive(self: &Arc<Self>, seat: usize, waker: &Waker) -> Driven<V> {
        self.register(seat, waker);
        let mut cabin = self.cabin.lock();
        let Some(mut body) = cabin.take_wheel(seat) else {
            let stranded = cabin.is_stranded(seat);
            drop(cabin);
            // Looked at after registering: who ends the flight sets the outcome first, then wakes.
            return match self.outcome.get() {
                Some(_) => Driven::Over,
                None if stranded => Driven::Stranded,
                None => Driven::Pending,
            };
        };
        drop(cabin);
        let mut landed = None;
        match self.poll(|cx| body.as_mut().poll_landed(cx, &mut landed)) {
            Poll::Ready(Ok(())) => Driven::Landed(landed.expect("what is ready has landed")),
            Poll::Ready(Err(panic)) => Driven::Panicked(panic),
            Poll::Pending => {
                let wakers = self.cabin.lock().return_wheel(body);
                wakers.into_iter().for_each(Waker::wake);
                Driven::Pending
            }
        }
    }

    fn poll<R>(
        self: &Arc<Self>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<Result<R, Panic>> {
        let waker = Waker::from(self.clone());
        let mut cx = Context::from_waker(&waker);
        let node: Arc<dyn Node> = self.clone();
        let current = Current::Flight(&node);
        // A body that panicked is dropped, never polled again.
        match catch_unwind(AssertUnwindSafe(|| current.within(|| poll(&mut cx)))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

/// A flight is what its body wakes; it knows whom to wake in turn.
impl<V: Send + Sync + 'static> Wake for Flight<V> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = self.cabin.lock().wake();
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl<V: Send + Sync> Node for Flight<V> {
    fn name(&self) -> &str {
        &self.name
    }

    fn waiters(&self) -> &Waiters {
        &self.waiters
    }
}
