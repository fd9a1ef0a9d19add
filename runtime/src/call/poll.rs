//! How a call runs: a hit at once, otherwise along the stages of a load.

use super::memoized::{Ask, Launch, Memoized, Reply};
use super::shape::Shape;
use super::{Call, Served, Wish};
use crate::cache::{Found, Inner};
use crate::clock;
use crate::load::{Boarding, Driven, Flight, Landed, Left, Outcome, Seat};
use crate::metrics::Event;
use crate::ttl::Ttl;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Where a call is.
pub(super) enum Stage<M: Memoized> {
    /// Not begun, or to begin again.
    Fresh,
    /// Aboard a flight that it does not lead, or whose body belongs to everybody aboard.
    Aboard(Seat<M::Key, M::Value>),
    /// At the head of a flight, with a body of its own.
    Leading(Seat<M::Key, M::Value>, Pin<Box<M::Body>>),
    /// Past the cache.
    Alone(Pin<Box<M::Body>>),
    Over,
}

/// What came of one step.
enum Step<T> {
    Done(T),
    Again,
    Wait,
}

// The body is pinned in a box of its own; the arguments have not been polled yet and may move.
impl<M: Memoized> Unpin for Call<M> {}

impl<M: Memoized> Future for Call<M> {
    type Output = M::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<M::Output> {
        let call = self.get_mut();
        match call.hit() {
            Some(output) => Poll::Ready(output),
            None => call.advance(cx),
        }
    }
}

impl<M: Memoized> Call<M> {
    /// The short way: a lookup and nothing else.
    #[inline]
    pub(super) fn hit(&mut self) -> Option<M::Output> {
        if self.wish != Wish::Use || !matches!(self.stage, Stage::Fresh) {
            return None;
        }
        let cache = self.memo.cache();
        if cache.inner.is_special() {
            return None;
        }
        let Reply::Found(value) = self.memo.ask(Ask::find(cache)).0 else {
            return None;
        };
        cache.inner.count(Event::Hit);
        // Nothing is lost: `Fresh` holds nothing. An assignment would call the destructor of all stages.
        std::mem::forget(std::mem::replace(&mut self.stage, Stage::Over));
        Some(M::Shape::join(value))
    }

    #[cold]
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<M::Output> {
        loop {
            let step = match &mut self.stage {
                Stage::Fresh => self.begin(),
                Stage::Aboard(..) => self.ride(cx),
                Stage::Leading(..) => self.lead(cx),
                Stage::Alone(body) => match body.as_mut().poll(cx) {
                    Poll::Ready(output) => Step::Done(output),
                    Poll::Pending => Step::Wait,
                },
                Stage::Over => panic!("larder: a call was polled after it had returned"),
            };
            match step {
                Step::Done(output) => {
                    self.stage = Stage::Over;
                    return Poll::Ready(output);
                }
                Step::Again => {}
                Step::Wait => return Poll::Pending,
            }
        }
    }

    fn inner(&self) -> Arc<Inner<M::Key, M::Value>> {
        self.memo.cache().inner.clone()
    }

    /// Counts this call, the first time.
    fn count(&mut self, event: Event) {
        if !std::mem::replace(&mut self.counted, true) {
            self.memo.cache().inner.count(event);
        }
    }

    fn begin(&mut self) -> Step<M::Output> {
        let off = self.memo.cache().inner.is_off();
        match self.wish {
            Wish::Use | Wish::UseTraced if !off => self.look_up(),
            Wish::Refresh if !off => {
                self.count(Event::Refresh);
                let key = self.key();
                let inner = &self.memo.cache().inner;
                let seat = inner.flights.replace(inner.hash(&key), key, self.ttl);
                self.set_off(seat);
                Step::Again
            }
            _ => {
                self.count(Event::Bypass);
                self.served = Some(Served::Bypassed);
                self.stage = Stage::Alone(Box::pin(self.memo.body()));
                Step::Again
            }
        }
    }

    /// Finds the value, or a seat in a flight that will bring it.
    fn look_up(&mut self) -> Step<M::Output> {
        let cache = self.memo.cache();
        // The short way has looked already, except where it does not go.
        if self.wish == Wish::UseTraced || cache.inner.is_special() {
            let reply = self.memo.ask(Ask::find_whole(cache)).0;
            if let Reply::FoundWhole(found) = reply {
                return self.found(found);
            }
        }
        let key = self.key();
        sync_point!("missed");
        let inner = self.inner();
        match inner
            .flights
            .board(inner.hash(&key), key, self.ttl, |hash, key| inner.find_whole_at(hash, key))
        {
            Boarding::Hit(found) => self.found(found),
            Boarding::Joined(mut seat) => {
                self.count(Event::Coalesced);
                seat.settle_down();
                self.served.get_or_insert(Served::Coalesced);
                self.stage = Stage::Aboard(seat);
                Step::Again
            }
            Boarding::Leads(seat) => {
                self.count(Event::Miss);
                self.set_off(seat);
                Step::Again
            }
        }
    }

    fn found(&mut self, found: Found<M::Key, M::Value>) -> Step<M::Output> {
        self.count(Event::Hit);
        self.memo.cache().inner.tell_hit(&found);
        self.served.get_or_insert(Served::Hit { age: found.age });
        Step::Done(M::Shape::join(found.value))
    }

    /// Starts the body for the flight that `seat` leads.
    fn set_off(&mut self, seat: Seat<M::Key, M::Value>) {
        self.memo.cache().inner.count(Event::Load);
        self.stage = match self.memo.launch() {
            Launch::Shared(body) => {
                seat.flight().share(body);
                Stage::Aboard(seat)
            }
            Launch::Own(body) => Stage::Leading(seat, Box::pin(body)),
        };
    }

    fn lead(&mut self, cx: &mut Context<'_>) -> Step<M::Output> {
        let Stage::Leading(seat, body) = &mut self.stage else {
            return Step::Again;
        };
        let flight = seat.flight().clone();
        match flight.lead(body.as_mut(), cx) {
            Poll::Pending => Step::Wait,
            Poll::Ready(Ok(output)) => {
                // Clones and hooks may panic: then the seat is given back on the way out.
                let _aboard = std::mem::replace(&mut self.stage, Stage::Over);
                self.landed(&flight, output)
            }
            Poll::Ready(Err(panic)) => {
                let recorder = &self.memo.cache().inner.recorder;
                recorder.count_load(flight.took(clock::now()));
                recorder.count(Event::LoadError);
                seat.abandon();
                self.stage = Stage::Over;
                resume_unwind(panic)
            }
        }
    }

    /// Ends a flight with what our own body returned.
    fn landed(
        &mut self,
        flight: &Arc<Flight<M::Key, M::Value>>,
        output: M::Output,
    ) -> Step<M::Output> {
        let keep = self.memo.shape().keep(&output);
        match M::Shape::split(output) {
            Ok(value) => self.landed_value(flight, value, keep),
            Err(failure) => {
                self.landed_failure(flight, M::Shape::share(&failure).map(Outcome::Failed));
                Step::Done(failure)
            }
        }
    }

    fn landed_value(
        &mut self,
        flight: &Arc<Flight<M::Key, M::Value>>,
        mut value: M::Value,
        keep: Option<Ttl>,
    ) -> Step<M::Output> {
        let inner = self.inner();
        let now = clock::now();
        let took = flight.took(now);
        inner.recorder.count_load(took);
        let ttl = keep.map(|ttl| if ttl == Ttl::Default { flight.ttl() } else { ttl });
        if ttl.is_some() {
            inner.hooks.before_set(flight.key(), &mut value);
        }
        inner.arrive(flight, ttl.map(|ttl| (value.clone(), ttl)), now);
        sync_point!("stored");
        // Nobody can join any more, so nobody who would need the value is overlooked.
        let outcome =
            if flight.has_company() { Outcome::Value(value.clone()) } else { Outcome::Abandoned };
        flight.land(outcome);
        sync_point!("landed");
        self.served.get_or_insert(Served::Loaded { took });
        Step::Done(M::Shape::join(value))
    }

    fn landed_failure(
        &mut self,
        flight: &Arc<Flight<M::Key, M::Value>>,
        outcome: Option<Outcome<M::Value>>,
    ) {
        let inner = self.inner();
        let now = clock::now();
        let took = flight.took(now);
        inner.recorder.count_load(took);
        inner.count(Event::LoadError);
        inner.arrive(flight, None, now);
        flight.land(outcome.unwrap_or(Outcome::Abandoned));
        self.served.get_or_insert(Served::Loaded { took });
    }

    /// Waits for a flight, and drives its body if it is anybody's.
    fn ride(&mut self, cx: &mut Context<'_>) -> Step<M::Output> {
        let Stage::Aboard(seat) = &mut self.stage else {
            return Step::Again;
        };
        let flight = seat.flight().clone();
        let leader = seat.number() == 0;
        match flight.drive(seat.number(), cx.waker()) {
            Driven::Pending => Step::Wait,
            Driven::Over => self.disembark(&flight, leader),
            Driven::Stranded => {
                seat.take_off();
                self.start_again()
            }
            Driven::Landed(landed) => self.drove_home(&flight, leader, landed),
            Driven::Panicked(panic) => self.drove_to_panic(&flight, leader, panic),
        }
    }

    /// Shares out what a body brought. That runs code of the user's, a clone, a hook, a destructor; when it panics, then
    /// the load has panicked, and nobody is left waiting.
    fn drove_home(
        &mut self,
        flight: &Arc<Flight<M::Key, M::Value>>,
        leader: bool,
        landed: Landed<M::Value>,
    ) -> Step<M::Output> {
        let step = catch_unwind(AssertUnwindSafe(|| match landed {
            Landed::Value(value, keep) => self.landed_value(flight, value, keep),
            Landed::Failed(failure, shared) => {
                self.drove_to_failure(flight, leader, failure, shared.map(Outcome::Failed))
            }
        }));
        step.unwrap_or_else(|panic| self.drove_to_panic(flight, leader, panic))
    }

    /// A failure belongs to everybody when it can be copied, else to the leader if he is still there.
    fn drove_to_failure(
        &mut self,
        flight: &Arc<Flight<M::Key, M::Value>>,
        leader: bool,
        failure: crate::load::Packed,
        shared: Option<Outcome<M::Value>>,
    ) -> Step<M::Output> {
        let mut mine = Some(failure);
        if !leader && shared.is_none() {
            let left = mine.take().map(Left::Failure);
            if let Some(Err(Left::Failure(failure))) = left.map(|l| flight.leave_for_leader(l)) {
                mine = Some(failure);
            }
        }
        self.landed_failure(flight, shared);
        match mine.and_then(M::Shape::unpack) {
            Some(output) => Step::Done(output),
            None => self.start_again(),
        }
    }

    /// A panic belongs to the leader if he is still there, else to whoever was at the wheel.
    fn drove_to_panic(
        &mut self,
        flight: &Arc<Flight<M::Key, M::Value>>,
        leader: bool,
        panic: Box<dyn std::any::Any + Send>,
    ) -> Step<M::Output> {
        let mut left = Left::Panic(panic);
        if !leader {
            match flight.leave_for_leader(left) {
                Ok(()) => {
                    self.landed_failure(flight, None);
                    return self.start_again();
                }
                Err(returned) => left = returned,
            }
        }
        self.landed_failure(flight, None);
        self.stage = Stage::Over;
        match left {
            Left::Panic(panic) => resume_unwind(panic),
            Left::Failure(_) => self.start_again(),
        }
    }

    /// Takes what a flight brought that somebody else has ended.
    fn disembark(
        &mut self,
        flight: &Arc<Flight<M::Key, M::Value>>,
        leader: bool,
    ) -> Step<M::Output> {
        let output = match flight.outcome() {
            Some(Outcome::Value(value)) => Some(M::Shape::join(value.clone())),
            Some(Outcome::Failed(failure)) => M::Shape::revive(failure),
            _ if leader => match flight.take_left() {
                Some(Left::Failure(failure)) => M::Shape::unpack(failure),
                Some(Left::Panic(panic)) => {
                    self.stage = Stage::Over;
                    resume_unwind(panic)
                }
                None => None,
            },
            _ => None,
        };
        match output {
            Some(output) => {
                if leader {
                    self.served.get_or_insert(Served::Loaded { took: flight.took(clock::now()) });
                }
                Step::Done(output)
            }
            None => self.start_again(),
        }
    }

    fn start_again(&mut self) -> Step<M::Output> {
        self.served = None;
        self.stage = Stage::Fresh;
        Step::Again
    }
}
