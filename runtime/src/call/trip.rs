//! What a load was when it ended.

use super::poll::Watch;
use crate::cache::{Inner, Key, Value};
use crate::clock::Tick;
use crate::load::{Flight, Landing, Outcome, Solo, Ticket};
use crate::ttl::Term;
use std::hash::Hash;
use std::sync::Arc;

/// A load that ends, and the cache that it was for.
pub(super) struct Trip<'c, K: Hash + Eq, V, L> {
    pub(super) inner: &'c Inner<K, V>,
    pub(super) load: L,
}

/// A load, of which it is known when a function is compiled whether it has become a flight.
pub(super) trait Load<V> {
    fn ticket(&self) -> Ticket;

    /// The flight, if the body was not ready when it was polled first.
    fn flight(&self) -> Option<&Arc<Flight<V>>>;

    /// When it began, if it ended at once.
    fn watch(&self) -> Option<Watch>;

    /// The claim is given back.
    fn has_given_back(&self);
}

/// A claim: the body was ready when it was polled first.
#[derive(Clone, Copy)]
pub(super) struct AtOnce<'c> {
    pub(super) solo: &'c Solo<'c>,
    pub(super) watch: Watch,
}

impl<V> Load<V> for AtOnce<'_> {
    #[inline]
    fn ticket(&self) -> Ticket {
        self.solo.ticket()
    }

    #[inline]
    fn flight(&self) -> Option<&Arc<Flight<V>>> {
        None
    }

    #[inline]
    fn watch(&self) -> Option<Watch> {
        Some(self.watch)
    }

    #[inline]
    fn has_given_back(&self) {
        self.solo.hand_over();
    }
}

impl<V> Load<V> for Arc<Flight<V>> {
    fn ticket(&self) -> Ticket {
        Flight::ticket(self)
    }

    fn flight(&self) -> Option<&Arc<Flight<V>>> {
        Some(self)
    }

    fn watch(&self) -> Option<Watch> {
        None
    }

    fn has_given_back(&self) {}
}

impl<K: Key, V: Value, L: Load<V>> Trip<'_, K, V, L> {
    /// When it began, more or less, if it ended at once.
    #[inline]
    pub(super) fn roughly_started(&self) -> Option<Tick> {
        self.load.watch().map(Watch::roughly_started)
    }

    /// The lifetime that the leader asked for, which may be who ends it.
    #[inline]
    pub(super) fn ttl(&self, own: Term) -> Term {
        self.load.flight().map_or(own, |flight| flight.ttl())
    }

    /// Ends a load that has brought nothing to store.
    pub(super) fn landed_empty(&self, outcome: Option<Outcome<V>>) {
        let alone = self.load.flight().is_none();
        let landing = self.inner.arrive(self.load.ticket(), None, alone).landing;
        self.load.has_given_back();
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
            None => self.load.flight(),
        };
        if let Some(flight) = flight {
            flight.land(outcome(flight));
        }
    }
}
