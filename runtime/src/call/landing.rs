//! How a load ends, whoever has polled its body last.

use super::memoized::Memoized;
use super::poll::{Step, Watch};
use super::shape::Shape;
use super::trip::Load;
use super::{Call, Served};
use crate::cache::{Arrival, Cargo, Inner, Key, Value};
use crate::clock::{self, Tick};
use crate::load::{
    After, Brought, Landed, Left, Lower, Origin, Outcome, Packed, Panic, TierFailure,
};
use crate::metrics::Event;
use crate::ttl::Term;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Trip<'c, M, L> = super::trip::Trip<'c, <M as Memoized>::Key, <M as Memoized>::Value, L>;

impl<M: Memoized> Call<M> {
    /// Ends a load with what our own body returned, or with what was found before it ran.
    pub(super) fn brought(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        brought: Brought<M::Value, M::Output>,
    ) -> Step<M::Output> {
        let (output, after) = match brought {
            Brought::Lower(lower) => return self.landed_from_below(trip, lower),
            Brought::TierFailed(why) => {
                let failure = self.without_tier(trip, why);
                trip.landed_empty(M::Shape::share(&failure).map(Outcome::Failed));
                return Step::Done(failure);
            }
            Brought::Output(output, after) => (output, after),
        };
        let keep = self.memo.shape().keep(&output);
        match M::Shape::split(output) {
            Ok(value) => self.landed_or_panicked(trip, value, keep, after),
            Err(failure) => {
                self.count_end(trip, after.as_ref().map(|after| after.began));
                self.landed_failure(trip, M::Shape::share(&failure).map(Outcome::Failed));
                Step::Done(failure)
            }
        }
    }

    fn landed_from_below(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        lower: Lower<M::Value>,
    ) -> Step<M::Output> {
        self.came_from(trip, Origin::Tier(lower.tier, lower.age));
        let value = lower.value.clone();
        let cargo = Cargo::from_below(lower, trip.inner.lifetime());
        self.shared_out(trip, value, Some(cargo))
    }

    /// As `landed_value`, for a caller who lets a panic on the way go on: it is counted.
    #[expect(clippy::inline_always, reason = "a load that ends at once is one function")]
    #[inline(always)]
    pub(super) fn landed_or_panicked(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        value: M::Value,
        keep: Option<Term>,
        after: Option<Box<After<M::Value>>>,
    ) -> Step<M::Output> {
        let uncounted = M::LOADS.then(|| CountsPanic(trip.inner));
        let step = self.landed_value(trip, value, keep, after);
        std::mem::forget(uncounted);
        step
    }

    #[expect(clippy::inline_always, reason = "a load that ends at once is one function")]
    #[inline(always)]
    fn landed_value(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        mut value: M::Value,
        keep: Option<Term>,
        after: Option<Box<After<M::Value>>>,
    ) -> Step<M::Output> {
        self.count_end(trip, after.as_ref().map(|after| after.began));
        let ttl = keep.map(|ttl| if ttl == Term::DEFAULT { trip.ttl(self.ttl) } else { ttl });
        let inner = trip.inner;
        if ttl.is_some() {
            inner.before_set(trip.load.ticket(), &mut value);
        }
        if planted!("publish")
            && let Some(flight) = trip.load.flight()
        {
            flight.land(Outcome::Value(value.clone()));
        }
        let cargo = match ttl {
            None => None,
            Some(ttl) => {
                let below =
                    after.and_then(|after| after.keep.keep(value.clone(), ttl, inner.lifetime()));
                let now = inner.now_for(ttl, trip.roughly_started());
                Some(Cargo { value: value.clone(), ttl, now, age: 0, below })
            }
        };
        self.shared_out(trip, value, cargo)
    }

    /// Stores what a load brought, and gives it to everybody who waits.
    #[expect(clippy::inline_always, reason = "a load that ends at once is one function")]
    #[inline(always)]
    fn shared_out(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        value: M::Value,
        cargo: Option<Cargo<M::Value>>,
    ) -> Step<M::Output> {
        let arrival = trip.inner.arrive(trip.load.ticket(), cargo, trip.load.flight().is_none());
        let Arrival { landing, settling } = arrival;
        trip.load.has_given_back();
        sync_point!("stored");
        // Nobody can join any more, so nobody who would need the value is overlooked.
        trip.end(landing, |flight| {
            if flight.has_company() { Outcome::Value(value.clone()) } else { Outcome::Abandoned }
        });
        sync_point!("landed");
        self.keep_below(M::Shape::join(value), settling)
    }

    /// The output of a call whose body does not run, because a tier could not be asked.
    fn without_tier(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        why: TierFailure,
    ) -> M::Output {
        self.came_from(trip, Origin::TierFailed);
        self.memo.shape().without_tier(why)
    }

    /// Says how this call was served, and lets the flight say so to its leader, who may be another one.
    fn came_from(&mut self, trip: &Trip<'_, M, impl Load<M::Value>>, origin: Origin) {
        if let Some(flight) = trip.load.flight() {
            flight.comes_from(origin);
        }
        self.served.get_or_insert(origin.into());
    }

    fn landed_failure(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        outcome: Option<Outcome<M::Value>>,
    ) {
        self.count_failure();
        trip.landed_empty(outcome);
    }

    fn count_failure(&self) {
        if M::LOADS {
            self.inner().count(Event::LoadError);
        }
    }

    /// Counts the end of a body, which began at that moment if something was asked before it.
    #[expect(clippy::inline_always, reason = "a load that ends at once is one function")]
    #[inline(always)]
    fn count_end(&mut self, trip: &Trip<'_, M, impl Load<M::Value>>, began: Option<Tick>) {
        if !M::LOADS {
            return;
        }
        let recorder = &trip.inner.recorder;
        let took = match (began, trip.load.flight()) {
            (Some(began), _) => {
                let took = clock::since(began);
                recorder.count_end(took);
                Some(took)
            }
            (None, Some(flight)) => {
                let took = flight.took(clock::now());
                recorder.count_end(took);
                Some(took)
            }
            (None, None) => {
                let took = trip.load.watch().and_then(Watch::took);
                recorder.count_ready(took);
                took
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
        trip: &Trip<'_, M, impl Load<M::Value>>,
        leader: bool,
        landed: Landed<M::Value>,
    ) -> Step<M::Output> {
        let step = catch_unwind(AssertUnwindSafe(|| match landed {
            Landed::Value(value, keep, after) => self.landed_value(trip, value, keep, after),
            Landed::Lower(lower) => self.landed_from_below(trip, *lower),
            Landed::Failed(failure, shared) => {
                self.count_end(trip, None);
                self.count_failure();
                self.drove_to_failure(trip, leader, failure, shared.map(Outcome::Failed))
            }
            Landed::TierFailed(why) => {
                let failure = self.without_tier(trip, why);
                let shared = M::Shape::share(&failure).map(Outcome::Failed);
                self.drove_to_failure(trip, leader, M::Shape::pack(failure), shared)
            }
        }));
        // Its end has been counted.
        step.unwrap_or_else(|panic| self.share_panic(trip, leader, panic))
    }

    /// A failure belongs to everybody when it can be copied, else to the leader if he is still there.
    fn drove_to_failure(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        leader: bool,
        failure: Packed,
        shared: Option<Outcome<M::Value>>,
    ) -> Step<M::Output> {
        let mut mine = Some(failure);
        if let Some(flight) = trip.load.flight()
            && !leader
            && shared.is_none()
        {
            let left = mine.take().map(Left::Failure);
            if let Some(Err(Left::Failure(failure))) = left.map(|l| flight.leave_for_leader(l)) {
                mine = Some(failure);
            }
        }
        trip.landed_empty(shared);
        match mine.and_then(M::Shape::unpack) {
            Some(output) => Step::Done(output),
            None => self.start_again(),
        }
    }

    /// Shares out the panic of a body.
    pub(super) fn drove_to_panic(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        leader: bool,
        panic: Panic,
    ) -> Step<M::Output> {
        self.count_end(trip, None);
        self.share_panic(trip, leader, panic)
    }

    /// A panic belongs to the leader if he is still there, else to whoever was at the wheel.
    fn share_panic(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        leader: bool,
        panic: Panic,
    ) -> Step<M::Output> {
        let mut mine = Some(panic);
        if let Some(flight) = trip.load.flight()
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
    pub(super) fn panicked(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        panic: Panic,
    ) -> Step<M::Output> {
        self.count_end(trip, None);
        self.goes_on(trip, panic)
    }

    fn goes_on(
        &mut self,
        trip: &Trip<'_, M, impl Load<M::Value>>,
        panic: Panic,
    ) -> Step<M::Output> {
        self.landed_failure(trip, None);
        *self.stage = super::stage::Stage::Over;
        resume_unwind(panic)
    }
}

/// Counts a load whose end is left by a panic.
struct CountsPanic<'c, K: Key, V: Value>(&'c Inner<K, V>);

impl<K: Key, V: Value> Drop for CountsPanic<'_, K, V> {
    fn drop(&mut self) {
        self.0.count(Event::LoadError);
    }
}
