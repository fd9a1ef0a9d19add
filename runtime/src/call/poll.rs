//! How a call runs: a hit at once, otherwise along the stages of a load.

use super::memoized::{Ask, Home, Launch, Memoized, Reply};
use super::shape::Shape;
use super::spare;
use super::stage::{Keeping, Stage};
use super::trip::{AtOnce, Trip};
use super::{Call, MEMORY, Served, Wish};
use crate::cache::{Boarding, Cache, Found, Inner};
use crate::clock::{self, Tick};
use crate::load::{
    Chain, Driven, Flight, Landed, Left, Lookup, Outcome, Seat, Settling, SharedBody, Solo, Wanted,
};
use crate::metrics::Event;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// What came of one step.
pub(super) enum Step<T> {
    Done(T),
    Again,
    Wait,
}

/// What the short way came to.
enum Glance<'h, M: Memoized> {
    Hit(M::Output),
    Miss(&'h Cache<M::Key, M::Value>),
    /// It is not open to this call.
    Away,
}

// The body is pinned in a box of its own; the arguments have not been polled yet and may move.
impl<M: Memoized> Unpin for Call<M> {}

impl<M: Memoized> Future for Call<M> {
    type Output = M::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<M::Output> {
        let call = self.get_mut();
        let home = *call.memo.home();
        match call.glance(&home) {
            Glance::Hit(output) => Poll::Ready(output),
            Glance::Miss(cache) => call.missed(cache, cx),
            Glance::Away => call.advance(cx),
        }
    }
}

impl<M: Memoized> Call<M> {
    /// The short way: a lookup and nothing else.
    #[expect(clippy::inline_always, reason = "all of a hit is one function")]
    #[inline(always)]
    fn glance<'h>(&mut self, home: &'h M::Home) -> Glance<'h, M> {
        if self.wish != Wish::Use || !self.stage.is_fresh() {
            return Glance::Away;
        }
        let cache = home.cache();
        let Some(way) = cache.inner.short_way() else { return Glance::Away };
        match self.memo.ask(Ask::find(cache, way)).0 {
            Reply::Found(value) => {
                self.stage.pass();
                Glance::Hit(M::Shape::join(value))
            }
            _ => Glance::Miss(cache),
        }
    }

    /// A hit, if it is one that takes the short way.
    pub(super) fn hit(&mut self) -> Option<M::Output> {
        let home = *self.memo.home();
        match self.glance(&home) {
            Glance::Hit(output) => Some(output),
            Glance::Miss(_) | Glance::Away => None,
        }
    }

    /// The short way has looked, and found nothing.
    #[cold]
    fn missed(&mut self, cache: &Cache<M::Key, M::Value>, cx: &mut Context<'_>) -> Poll<M::Output> {
        match self.board(&cache.inner, cx) {
            Step::Done(output) => {
                self.stage.end();
                Poll::Ready(output)
            }
            Step::Again => self.advance(cx),
            Step::Wait => Poll::Pending,
        }
    }

    #[cold]
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<M::Output> {
        loop {
            let step = match &mut *self.stage {
                Stage::Fresh => self.begin(cx),
                Stage::Aboard(..) => self.ride(cx),
                Stage::Leading(..) => self.lead(cx),
                Stage::Alone(body) => match body.as_mut().poll(cx) {
                    Poll::Ready(output) => Step::Done(output),
                    Poll::Pending => Step::Wait,
                },
                Stage::Keeping(keeping) => match keeping.settling.as_mut().poll(cx) {
                    Poll::Ready(()) => Step::Done(keeping.output.take().expect("returned once")),
                    Poll::Pending => Step::Wait,
                },
                Stage::Over => panic!("larder: a call was polled after it had returned"),
            };
            match step {
                Step::Done(output) => {
                    self.stage.end();
                    return Poll::Ready(output);
                }
                Step::Again => {}
                Step::Wait => return Poll::Pending,
            }
        }
    }

    pub(super) fn inner(&self) -> &Inner<M::Key, M::Value> {
        &self.memo.home().cache().inner
    }

    /// Counts this call, the first time.
    fn count(&mut self, event: Event) {
        if !std::mem::replace(&mut self.counted, true) {
            self.inner().count(event);
        }
    }

    fn begin(&mut self, cx: &mut Context<'_>) -> Step<M::Output> {
        let off = self.inner().is_off();
        match self.wish {
            Wish::Use | Wish::UseTraced if !off => self.look_up(cx),
            Wish::Refresh | Wish::RefreshTraced if !off => {
                self.count(Event::Refresh);
                let home = *self.memo.home();
                let key = self.key();
                let lookup = self.look_below(&key, Wanted::Permission, false);
                let inner = &home.cache().inner;
                let ticket = inner.replace(key, self.ttl);
                self.set_off(&Solo::new(ticket, &**inner), inner, lookup, false, cx)
            }
            _ => {
                self.count(Event::Bypass);
                self.served = Some(Served::Bypassed);
                *self.stage = Stage::Alone(Box::pin(self.memo.body()));
                Step::Again
            }
        }
    }

    /// Finds the value, or boards.
    fn look_up(&mut self, cx: &mut Context<'_>) -> Step<M::Output> {
        let home = *self.memo.home();
        let cache = home.cache();
        // The short way has looked already, except where it does not go.
        let looked = cache.inner.short_way().is_some();
        if self.wish == Wish::UseTraced || !looked {
            let reply = self.memo.ask(Ask::find_whole(cache)).0;
            if let Reply::FoundWhole(found) = reply {
                return self.found(found);
            }
        }
        self.board(&cache.inner, cx)
    }

    /// Finds a seat in the flight that will bring the value, or sets off to load it.
    #[expect(clippy::inline_always, reason = "a miss is few functions")]
    #[inline(always)]
    fn board(&mut self, inner: &Inner<M::Key, M::Value>, cx: &mut Context<'_>) -> Step<M::Output> {
        let key = self.key();
        let below = inner.has_below().then(|| key.clone());
        sync_point!("missed");
        match inner.board(key, self.ttl) {
            Boarding::Hit(found) => self.found(found),
            Boarding::Joined(mut seat) => {
                self.count(Event::Coalesced);
                seat.settle_down();
                self.served.get_or_insert(Served::Coalesced);
                *self.stage = Stage::Aboard(seat);
                Step::Again
            }
            Boarding::Leads(ticket) => {
                let solo = Solo::new(ticket, inner);
                let miss = !std::mem::replace(&mut self.counted, true);
                let lookup = below.and_then(|key| self.look_below(&key, Wanted::Value, miss));
                self.set_off(&solo, inner, lookup, miss, cx)
            }
        }
    }

    fn look_below(&self, key: &M::Key, wanted: Wanted, miss: bool) -> Option<Lookup<M::Value>> {
        self.inner().look_below(key, wanted, miss, M::LOADS, M::Shape::STRICT)
    }

    fn found(&mut self, found: Found<M::Key, M::Value>) -> Step<M::Output> {
        self.count(Event::Hit);
        self.inner().tell_hit(&found);
        self.served.get_or_insert(Served::Hit { tier: MEMORY, age: found.age });
        Step::Done(M::Shape::join(found.value))
    }

    /// Polls the body for the first time, or the question that comes before it. Where it is ready at once, that is all.
    fn set_off(
        &mut self,
        solo: &Solo<'_>,
        inner: &Inner<M::Key, M::Value>,
        lookup: Option<Lookup<M::Value>>,
        miss: bool,
        cx: &mut Context<'_>,
    ) -> Step<M::Output> {
        // Where something is asked first, it counts what comes of that.
        let timed = lookup.is_some() || inner.count_load(miss, M::LOADS) || self.wish.is_traced();
        let watch = Watch::start(timed);
        let launch = match (self.memo.launch(), lookup) {
            (Launch::Shared(body), Some(lookup)) => {
                Launch::Shared(Box::pin(Chain::new(Some(lookup), body)))
            }
            (Launch::Shared(body), None) => Launch::Shared(body),
            (Launch::Own(body), lookup) => Launch::Own(Chain::new(lookup, body)),
        };
        let trip = Trip { inner, load: AtOnce { solo, watch } };
        match launch {
            Launch::Shared(body) => self.set_off_shared(&trip, body, cx),
            Launch::Own(body) => self.set_off_own(&trip, body, cx),
        }
    }

    /// With a body that is anybody's.
    #[expect(clippy::inline_always, reason = "a miss is few functions")]
    #[inline(always)]
    fn set_off_shared(
        &mut self,
        trip: &Trip<'_, M::Key, M::Value, AtOnce<'_>>,
        mut body: SharedBody<M::Value>,
        cx: &mut Context<'_>,
    ) -> Step<M::Output> {
        let AtOnce { solo, watch } = trip.load;
        let mut landed = None;
        match solo.poll(|| body.as_mut().poll_landed(cx, &mut landed)) {
            Poll::Ready(Ok(())) => {
                let step = match landed {
                    Some(Landed::Value(value, keep, after)) => {
                        // A panic of the user's code on the way ends the call, and the claim is withdrawn.
                        self.stage.pass();
                        self.landed_or_panicked(trip, value, keep, after)
                    }
                    Some(landed) => self.drove_home(trip, true, landed),
                    None => unreachable!("what is ready has landed"),
                };
                spare::drop_pinned(body);
                step
            }
            Poll::Ready(Err(panic)) => self.panicked(trip, panic),
            Poll::Pending => {
                let seat = trip.inner.take_to_flight(solo);
                seat.flight().share(body);
                self.boarded(seat, watch, cx, Stage::Aboard)
            }
        }
    }

    /// With a body that is this caller's.
    #[expect(clippy::inline_always, reason = "a miss is few functions")]
    #[inline(always)]
    fn set_off_own(
        &mut self,
        trip: &Trip<'_, M::Key, M::Value, AtOnce<'_>>,
        body: Chain<M::Value, M::Body>,
        cx: &mut Context<'_>,
    ) -> Step<M::Output> {
        let AtOnce { solo, watch } = trip.load;
        let mut body = spare::pin(body);
        match solo.poll(|| body.as_mut().poll(cx)) {
            Poll::Ready(Ok(brought)) => {
                let step = self.brought(trip, brought);
                spare::drop_pinned(body);
                step
            }
            Poll::Ready(Err(panic)) => self.panicked(trip, panic),
            Poll::Pending => {
                let seat = trip.inner.take_to_flight(solo);
                self.boarded(seat, watch, cx, |seat| Stage::Leading(seat, body))
            }
        }
    }

    /// The body was not ready. Somebody who came meanwhile has to be known to it.
    fn boarded(
        &mut self,
        mut seat: Seat<M::Value>,
        watch: Watch,
        cx: &mut Context<'_>,
        stage: impl FnOnce(Seat<M::Value>) -> Stage<M>,
    ) -> Step<M::Output> {
        let company = seat.flight().begin(watch.started(), cx.waker());
        seat.settle_down();
        *self.stage = stage(seat);
        if company { Step::Again } else { Step::Wait }
    }

    fn lead(&mut self, cx: &mut Context<'_>) -> Step<M::Output> {
        let Stage::Leading(seat, body) = &mut *self.stage else {
            return Step::Again;
        };
        let flight = seat.flight().clone();
        let home = *self.memo.home();
        let inner = &home.cache().inner;
        match flight.lead(body.as_mut(), cx) {
            Poll::Pending => Step::Wait,
            Poll::Ready(Ok(brought)) => {
                // Clones and hooks may panic: then the seat is given back on the way out.
                let _aboard = std::mem::replace(&mut *self.stage, Stage::Over);
                self.brought(&Trip { inner, load: flight }, brought)
            }
            Poll::Ready(Err(panic)) => {
                let aboard = std::mem::replace(&mut *self.stage, Stage::Over);
                let step = self.panicked(&Trip { inner, load: flight }, panic);
                drop(aboard);
                step
            }
        }
    }

    /// Waits for a flight, and drives its body if it is anybody's.
    fn ride(&mut self, cx: &mut Context<'_>) -> Step<M::Output> {
        let Stage::Aboard(seat) = &mut *self.stage else {
            return Step::Again;
        };
        let flight = seat.flight().clone();
        let leader = seat.number() == 0;
        let home = *self.memo.home();
        let inner = &home.cache().inner;
        match flight.drive(seat.number(), cx.waker()) {
            Driven::Pending => Step::Wait,
            Driven::Over => self.disembark(&flight, leader),
            Driven::Stranded => {
                seat.take_off();
                self.start_again()
            }
            Driven::Landed(landed) => {
                self.drove_home(&Trip { inner, load: flight }, leader, landed)
            }
            Driven::Panicked(panic) => {
                self.drove_to_panic(&Trip { inner, load: flight }, leader, panic)
            }
        }
    }

    /// Takes what a flight brought that somebody else has ended.
    fn disembark(&mut self, flight: &Arc<Flight<M::Value>>, leader: bool) -> Step<M::Output> {
        let output = match flight.outcome() {
            Some(Outcome::Value(value)) => Some(M::Shape::join(value.clone())),
            Some(Outcome::Failed(failure)) => M::Shape::revive(failure),
            _ if leader => match flight.take_left() {
                Some(Left::Failure(failure)) => M::Shape::unpack(failure),
                Some(Left::Panic(panic)) => {
                    *self.stage = Stage::Over;
                    resume_unwind(panic)
                }
                None => None,
            },
            _ => None,
        };
        match output {
            Some(output) => {
                if leader {
                    self.served.get_or_insert(Served::by_another(flight));
                }
                Step::Done(output)
            }
            None => self.start_again(),
        }
    }

    /// Returns `output` when the tiers below have what they are to have.
    #[expect(clippy::inline_always, reason = "as `Call::landed_value`")]
    #[inline(always)]
    pub(super) fn keep_below(
        &mut self,
        output: M::Output,
        settling: Option<Settling>,
    ) -> Step<M::Output> {
        let Some(settling) = settling else { return Step::Done(output) };
        *self.stage = Stage::Keeping(Box::new(Keeping { settling, output: Some(output) }));
        Step::Again
    }

    pub(super) fn start_again(&mut self) -> Step<M::Output> {
        self.served = None;
        *self.stage = Stage::Fresh;
        Step::Again
    }
}

/// When a load began. To ask for the exact time costs as much as a lookup, and most loads that end at once are only
/// counted.
#[derive(Clone, Copy)]
pub(super) enum Watch {
    Exact(Tick),
    Rough(Tick),
}

impl Watch {
    #[inline]
    fn start(exact: bool) -> Self {
        if exact { Self::Exact(clock::now()) } else { Self::Rough(clock::roughly_now()) }
    }

    /// When it began, asked after the first poll of a body that will take its time.
    fn started(self) -> Tick {
        match self {
            Self::Exact(started) => started,
            // The first poll is rarely long enough for the rough time to have moved on.
            Self::Rough(started) => clock::now() - clock::roughly_now().saturating_sub(started),
        }
    }

    /// When it began, more or less.
    pub(super) fn roughly_started(self) -> Tick {
        let (Self::Exact(started) | Self::Rough(started)) = self;
        started
    }

    /// How long it took, if that is known.
    #[inline]
    pub(super) fn took(self) -> Option<std::time::Duration> {
        match self {
            Self::Exact(started) => {
                Some(std::time::Duration::from_nanos(clock::now().saturating_sub(started)))
            }
            Self::Rough(_) => None,
        }
    }
}
