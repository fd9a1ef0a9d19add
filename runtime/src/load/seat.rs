//! A passenger's place aboard a flight.

use super::board::Flights;
use super::cycle::{self, Edge};
use super::flight::Flight;
use std::hash::Hash;
use std::sync::Arc;
use std::task::Waker;

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
    pub(super) fn new(flight: Arc<Flight<K, V>>, board: Arc<Flights<K, V>>, number: usize) -> Self {
        let mut seat = Self { flight, board, number, edge: None };
        if number == 0 {
            seat.edge = cycle::current().map(|by| Edge::to_new(seat.flight.clone(), by));
        }
        seat
    }

    /// Says that the caller is going to wait for a flight that was under way.
    ///
    /// # Panics
    /// When the flight waits for the very load that the caller is a part of.
    pub(crate) fn settle_down(&mut self) {
        self.edge = cycle::current().map(|by| Edge::to_running(self.flight.clone(), by));
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
        self.board.abandon(&self.flight);
    }

    /// Lets others begin a load of their own beside the flight.
    pub(crate) fn take_off(&self) {
        self.board.take_off(&self.flight);
    }
}

impl<K: Hash + Eq, V> Drop for Seat<K, V> {
    fn drop(&mut self) {
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
        } else if last && self.board.take_off_if_empty(&self.flight) {
            // In a statement of its own: the body is dropped outside the lock.
            let body = self.flight.cabin.lock().scrap();
            drop(body);
        }
    }
}
