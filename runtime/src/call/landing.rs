//! How a load ends, whoever has polled its body last.

use super::memoized::Memoized;
use super::poll::{Step, Watch};
use super::shape::Shape;
use super::{Call, Served};
use crate::clock::{self, Tick};
use crate::load::{Flight, Landed, Landing, Left, Outcome, Packed, Panic, Solo, Ticket};
use crate::metrics::Event;
use crate::ttl::Ttl;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// What a load was when it ended.
pub(super) enum Trip<V> {
    /// A claim: the body was ready when it was polled first.
    Solo(Solo, Watch),
    Flight(Arc<Flight<V>>),
}

impl<V> Trip<V> {
    fn ticket(&self) -> Ticket {
        match self {
            Self::Solo(solo, _) => solo.ticket(),
            Self::Flight(flight) => flight.ticket(),
        }
    }

    /// When it began, more or less, if it ended at once.
    fn roughly_started(&self) -> Option<Tick> {
        match self {
            Self::Solo(_, watch) => Some(watch.roughly_started()),
            Self::Flight(_) => None,
        }
    }

    fn is_solo(&self) -> bool {
        matches!(self, Self::Solo(..))
    }

    fn has_given_back(&self) {
        if let Self::Solo(solo, _) = self {
            solo.hand_over();
        }
    }
}

impl<M: Memoized> Call<M> {
    /// Ends a load with what our own body returned.
    pub(super) fn landed(&mut self, trip: &Trip<M::Value>, output: M::Output) -> Step<M::Output> {
        let keep = self.memo.shape().keep(&output);
        match M::Shape::split(output) {
            Ok(value) => self.landed_value(trip, value, keep),
            Err(failure) => {
                self.count_end(trip);
                self.landed_failure(trip, M::Shape::share(&failure).map(Outcome::Failed));
                Step::Done(failure)
            }
        }
    }

    fn landed_value(
        &mut self,
        trip: &Trip<M::Value>,
        mut value: M::Value,
        keep: Option<Ttl>,
    ) -> Step<M::Output> {
        self.count_end(trip);
        let ttl = keep.map(|ttl| if ttl == Ttl::Default { self.ttl_of(trip) } else { ttl });
        let inner = self.inner();
        if ttl.is_some() {
            inner.before_set(trip.ticket(), &mut value);
        }
        if planted!("publish")
            && let Trip::Flight(flight) = trip
        {
            flight.land(Outcome::Value(value.clone()));
        }
        let now = ttl.map_or(0, |ttl| inner.now_for(ttl, trip.roughly_started()));
        let landed = ttl.map(|ttl| (value.clone(), ttl));
        let landing = inner.arrive(trip.ticket(), landed, now, trip.is_solo());
        trip.has_given_back();
        sync_point!("stored");
        // Nobody can join any more, so nobody who would need the value is overlooked.
        end(trip, landing, |flight| {
            if flight.has_company() { Outcome::Value(value.clone()) } else { Outcome::Abandoned }
        });
        sync_point!("landed");
        Step::Done(M::Shape::join(value))
    }

    fn landed_failure(&mut self, trip: &Trip<M::Value>, outcome: Option<Outcome<M::Value>>) {
        let inner = self.inner();
        inner.count(Event::LoadError);
        let landing = inner.arrive(trip.ticket(), None, 0, trip.is_solo());
        trip.has_given_back();
        end(trip, landing, |_| outcome.unwrap_or(Outcome::Abandoned));
    }

    /// The lifetime that the leader asked for.
    fn ttl_of(&self, trip: &Trip<M::Value>) -> Ttl {
        match trip {
            Trip::Solo(..) => self.ttl,
            Trip::Flight(flight) => flight.ttl(),
        }
    }

    fn count_end(&mut self, trip: &Trip<M::Value>) {
        let recorder = &self.inner().recorder;
        let took = match trip {
            Trip::Solo(_, watch) => {
                let took = watch.took();
                recorder.count_ready(took);
                took
            }
            Trip::Flight(flight) => {
                let took = flight.took(clock::now());
                recorder.count_end(took);
                Some(took)
            }
        };
        if let Some(took) = took {
            self.served.get_or_insert(Served::Loaded { took });
        }
    }

    /// Shares out what a body brought. That runs code of the user's, a clone, a hook, a destructor; when it panics, then
    /// the load has panicked, and nobody is left waiting.
    pub(super) fn drove_home(
        &mut self,
        trip: &Trip<M::Value>,
        leader: bool,
        landed: Landed<M::Value>,
    ) -> Step<M::Output> {
        let step = catch_unwind(AssertUnwindSafe(|| match landed {
            Landed::Value(value, keep) => self.landed_value(trip, value, keep),
            Landed::Failed(failure, shared) => {
                self.drove_to_failure(trip, leader, failure, shared.map(Outcome::Failed))
            }
        }));
        // Its end has been counted.
        step.unwrap_or_else(|panic| self.share_panic(trip, leader, panic))
    }

    /// A failure belongs to everybody when it can be copied, else to the leader if he is still there.
    fn drove_to_failure(
        &mut self,
        trip: &Trip<M::Value>,
        leader: bool,
        failure: Packed,
        shared: Option<Outcome<M::Value>>,
    ) -> Step<M::Output> {
        let mut mine = Some(failure);
        if let Trip::Flight(flight) = trip
            && !leader
            && shared.is_none()
        {
            let left = mine.take().map(Left::Failure);
            if let Some(Err(Left::Failure(failure))) = left.map(|l| flight.leave_for_leader(l)) {
                mine = Some(failure);
            }
        }
        self.count_end(trip);
        self.landed_failure(trip, shared);
        match mine.and_then(M::Shape::unpack) {
            Some(output) => Step::Done(output),
            None => self.start_again(),
        }
    }

    /// Shares out the panic of a body.
    pub(super) fn drove_to_panic(
        &mut self,
        trip: &Trip<M::Value>,
        leader: bool,
        panic: Panic,
    ) -> Step<M::Output> {
        self.count_end(trip);
        self.share_panic(trip, leader, panic)
    }

    /// A panic belongs to the leader if he is still there, else to whoever was at the wheel.
    fn share_panic(
        &mut self,
        trip: &Trip<M::Value>,
        leader: bool,
        panic: Panic,
    ) -> Step<M::Output> {
        let mut mine = Some(panic);
        if let Trip::Flight(flight) = trip
            && !leader
        {
            let left = mine.take().map(Left::Panic);
            if let Some(Err(Left::Panic(panic))) = left.map(|l| flight.leave_for_leader(l)) {
                mine = Some(panic);
            }
        }
        if let Some(panic) = mine {
            return self.goes_on(trip, panic);
        }
        self.landed_failure(trip, None);
        self.start_again()
    }

    /// Ends a load with a panic of its body, which goes on here.
    pub(super) fn panicked(&mut self, trip: &Trip<M::Value>, panic: Panic) -> Step<M::Output> {
        self.count_end(trip);
        self.goes_on(trip, panic)
    }

    fn goes_on(&mut self, trip: &Trip<M::Value>, panic: Panic) -> Step<M::Output> {
        self.landed_failure(trip, None);
        self.stage = super::poll::Stage::Over;
        resume_unwind(panic)
    }
}

/// Ends the flight of a load, if it has become one, for everybody aboard.
fn end<V>(
    trip: &Trip<V>,
    landing: Option<Landing<V>>,
    outcome: impl FnOnce(&Flight<V>) -> Outcome<V>,
) {
    // One that was taken over may have lost its claim.
    let flight = match (trip, &landing) {
        (_, Some(Landing(flight))) | (Trip::Flight(flight), None) => flight,
        (Trip::Solo(..), None) => return,
    };
    flight.land(outcome(flight));
}
