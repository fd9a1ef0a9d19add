//! A place aboard a flight.

use super::airport::Airport;
use super::current::current;
use super::cycle::Edge;
use super::flight::Flight;
use super::guardian::look_after;
use std::sync::Arc;
use std::task::Waker;

/// A place aboard. Dropping it is leaving: the last to leave ends the load, and a leader who leaves
/// lets the others start again.
pub(crate) struct Seat<V> {
    flight: Arc<Flight<V>>,
    airport: Arc<dyn Airport<V>>,
    number: usize,
    /// That the caller's own load waits for this one.
    edge: Option<Edge>,
}

impl<V: Send + Sync + 'static> Seat<V> {
    /// The leader's.
    pub(crate) fn of_leader(flight: Arc<Flight<V>>, airport: Arc<dyn Airport<V>>) -> Self {
        Self { flight, airport, number: 0, edge: None }
    }

    /// The seat `number`, taken before, in a flight that somebody else has started.
    pub(crate) fn of_guest(
        flight: Arc<Flight<V>>,
        airport: Arc<dyn Airport<V>>,
        number: usize,
    ) -> Self {
        if flight.joined() {
            look_after(&flight, &airport);
        }
        Self { flight, airport, number, edge: None }
    }

    /// Says that the caller is going to wait for the flight.
    ///
    /// # Panics
    /// When the flight waits for the very load that the caller is a part of.
    pub(crate) fn settle_down(&mut self) {
        self.edge = current().map(|by| Edge::enter(self.flight.clone(), by));
    }
}

impl<V> Seat<V> {
    pub(crate) fn flight(&self) -> &Arc<Flight<V>> {
        &self.flight
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Ends the flight without a result; those aboard start again, with one of them in the lead.
    pub(crate) fn abandon(&self) {
        self.airport.withdraw(self.flight.ticket());
        self.flight.end_without_result();
    }

    /// Lets others begin a load of their own beside the flight.
    pub(crate) fn take_off(&self) {
        self.airport.take_off(&self.flight);
    }
}

impl<V> Drop for Seat<V> {
    fn drop(&mut self) {
        if planted!("seat") {
            return;
        }
        let mut cabin = self.flight.cabin.lock();
        let (own, others) = cabin.leave(self.number);
        let leaderless = self.number == 0 && cabin.is_led();
        let last = cabin.occupied() == 0;
        drop(cabin);
        drop(own);
        // Also when the flight is over: whoever ended it may not have found these wakers any more.
        others.into_iter().for_each(Waker::wake);
        if self.flight.outcome().is_some() {
            return;
        }
        if leaderless {
            self.abandon();
        } else if last && self.airport.scrap_if_empty(&self.flight) {
            // In a statement of its own: the body is dropped outside the lock.
            let body = self.flight.cabin.lock().scrap();
            drop(body);
        }
    }
}
