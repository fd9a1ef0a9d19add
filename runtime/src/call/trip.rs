//! What a load was when it ended.

use super::poll::Watch;
use crate::cache::{Inner, Key, Value};
use crate::clock::Tick;
use crate::load::{Flight, Landing, Outcome, Solo, Ticket};
use crate::ttl::Term;
use std::hash::Hash;
use std::sync::Arc;

/// A load that ends, and the cache that it was for.
pub(super) struct Trip<'c, K: Hash + Eq, V> {
    pub(super) inner: &'c Inner<K, V>,
    pub(super) load: Load<'c, V>,
}

pub(super) enum Load<'c, V> {
    /// A claim: the body was ready when it was polled first.
    Solo(&'c Solo<'c>, Watch),
    Flight(Arc<Flight<V>>),
}

impl<'c, K: Key, V: Value> Trip<'c, K, V> {
    #[inline]
    pub(super) fn solo(inner: &'c Inner<K, V>, solo: &'c Solo<'c>, watch: Watch) -> Self {
        Self { inner, load: Load::Solo(solo, watch) }
    }

    pub(super) fn of(inner: &'c Inner<K, V>, flight: Arc<Flight<V>>) -> Self {
        Self { inner, load: Load::Flight(flight) }
    }

    #[inline]
    pub(super) fn ticket(&self) -> Ticket {
        match &self.load {
            Load::Solo(solo, _) => solo.ticket(),
            Load::Flight(flight) => flight.ticket(),
        }
    }

    /// The flight, if the body was not ready when it was polled first.
    #[inline]
    pub(super) fn flight(&self) -> Option<&Arc<Flight<V>>> {
        match &self.load {
            Load::Solo(..) => None,
            Load::Flight(flight) => Some(flight),
        }
    }

    /// When it began, more or less, if it ended at once.
    #[inline]
    pub(super) fn roughly_started(&self) -> Option<Tick> {
        match &self.load {
            Load::Solo(_, watch) => Some(watch.roughly_started()),
            Load::Flight(_) => None,
        }
    }

    /// The lifetime that the leader asked for, which may be who ends it.
    #[inline]
    pub(super) fn ttl(&self, own: Term) -> Term {
        self.flight().map_or(own, |flight| flight.ttl())
    }

    /// The claim is given back.
    #[inline]
    pub(super) fn has_given_back(&self) {
        if let Load::Solo(solo, _) = &self.load {
            solo.hand_over();
        }
    }

    /// Ends a load that has brought nothing to store.
    pub(super) fn landed_empty(&self, outcome: Option<Outcome<V>>) {
        let landing = self.inner.arrive(self.ticket(), None, self.flight().is_none()).landing;
        self.has_given_back();
        self.end(landing, |_| outcome.unwrap_or(Outcome::Abandoned));
    }

    /// Ends the flight, if the load has become one, for everybody aboard.
    #[expect(clippy::inline_always, reason = "as `Call::landed_value`")]
    #[inline(always)]
    pub(super) fn end(
        &self,
        landing: Option<Landing<V>>,
        outcome: impl FnOnce(&Flight<V>) -> Outcome<V>,
    ) {
        // One that was taken over may have lost its claim.
        let flight = match &landing {
            Some(Landing(flight)) => Some(flight),
            None => self.flight(),
        };
        if let Some(flight) = flight {
            flight.land(outcome(flight));
        }
    }
}
