//! The flights of a cache that a new caller may still join.

use super::flight::{Flight, Outcome};
use super::guardian::look_after;
use super::hashed::{Hashed, Prehashed, Sought};
use super::seat::Seat;
use crate::ttl::Ttl;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::hash::Hash;
use std::sync::Arc;

pub(crate) struct Flights<K: Hash + Eq, V> {
    board: DashMap<Hashed<K>, Arc<Flight<K, V>>, Prehashed>,
    name: Arc<str>,
}

/// What a caller with a cold key finds.
pub(crate) enum Boarding<K: Hash + Eq, V, H> {
    /// The value came while the caller was on its way.
    Hit(H),
    /// A load is under way.
    Joined(Seat<K, V>),
    /// Nobody else: the caller leads.
    Leads(Seat<K, V>),
}

impl<K, V> Flights<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    pub(crate) fn new(name: Arc<str>) -> Self {
        Self { board: DashMap::with_hasher(Prehashed), name }
    }

    /// Joins the flight of `key` or starts one. `recheck` looks into the store once more, under the lock
    /// below which results are stored.
    pub(crate) fn board<H>(
        self: &Arc<Self>,
        hash: u64,
        key: K,
        ttl: Ttl,
        recheck: impl FnOnce(u64, &K) -> Option<H>,
    ) -> Boarding<K, V, H> {
        let hashed = Hashed::new(key, hash);
        let (flight, number) = match self.board.entry(hashed) {
            Entry::Occupied(entry) => {
                let flight = entry.get().clone();
                let number = flight.cabin.lock().take_seat();
                (flight, number)
            }
            Entry::Vacant(entry) => {
                let hashed = entry.key();
                if let Some(hit) = recheck(hashed.hash(), hashed.key()) {
                    drop(entry.into_key());
                    return Boarding::Hit(hit);
                }
                let flight = self.new_flight(hash, hashed.key().clone(), ttl);
                entry.insert(flight.clone());
                (flight, 0)
            }
        };
        if number == 0 {
            return Boarding::Leads(Seat::new(flight, self.clone(), 0));
        }
        if flight.cabin.lock().asks_for_guardian() {
            look_after(&flight, self);
        }
        Boarding::Joined(Seat::new(flight, self.clone(), number))
    }

    /// Starts a flight of its own, in the place of one that is under way.
    pub(crate) fn replace(self: &Arc<Self>, hash: u64, key: K, ttl: Ttl) -> Seat<K, V> {
        let flight = self.new_flight(hash, key.clone(), ttl);
        let fenced = self.board.insert(Hashed::new(key, hash), flight.clone());
        drop(fenced);
        Seat::new(flight, self.clone(), 0)
    }

    fn new_flight(&self, hash: u64, key: K, ttl: Ttl) -> Arc<Flight<K, V>> {
        Arc::new(Flight::new(hash, key, self.name.clone(), ttl))
    }

    /// Takes `flight` off the board, running `store` first, below the lock. Does neither when the flight has
    /// been fenced off.
    pub(crate) fn arrive<R>(
        &self,
        flight: &Arc<Flight<K, V>>,
        store: impl FnOnce() -> R,
    ) -> Option<R> {
        let mut stored = None;
        let sought = Sought::new(&flight.key, flight.hash());
        let left = self.board.remove_if(sought.as_dyn(), |_, on_board| {
            let same = Arc::ptr_eq(on_board, flight);
            if same {
                stored = Some(store());
            }
            same
        });
        drop(left);
        stored
    }

    /// Fences off the load of `key`, if there is one.
    pub(crate) fn fence(&self, hash: u64, key: &K) {
        drop(self.board.remove(Sought::new(key, hash).as_dyn()));
    }

    /// Runs `write` before another load of `key` can begin, and fences off the one under way if `write` says so.
    pub(crate) fn fence_and<R>(&self, hash: u64, key: K, write: impl FnOnce() -> (bool, R)) -> R {
        match self.board.entry(Hashed::new(key, hash)) {
            Entry::Occupied(entry) => {
                let (fences, written) = write();
                if fences {
                    drop(entry.remove_entry());
                }
                written
            }
            Entry::Vacant(entry) => {
                let (_, written) = write();
                // Out of the lock with the key first: its destructor is not ours.
                drop(entry.into_key());
                written
            }
        }
    }

    /// Fences off every load that has begun.
    pub(crate) fn fence_all(&self) {
        let aboard: Vec<_> = self.board.iter().map(|flight| flight.value().clone()).collect();
        for flight in &aboard {
            self.take_off(flight);
        }
    }
}

impl<K: Hash + Eq, V> Flights<K, V> {
    /// Ends `flight` without a result; those aboard start again, with one of them in the lead.
    pub(super) fn abandon(&self, flight: &Arc<Flight<K, V>>) {
        self.take_off(flight);
        flight.land(Outcome::Abandoned);
    }

    pub(super) fn take_off(&self, flight: &Arc<Flight<K, V>>) {
        let sought = Sought::new(&flight.key, flight.hash());
        drop(self.board.remove_if(sought.as_dyn(), |_, on_board| Arc::ptr_eq(on_board, flight)));
    }

    /// Takes `flight` off the board unless somebody has joined. Whether nobody has.
    pub(super) fn take_off_if_empty(&self, flight: &Arc<Flight<K, V>>) -> bool {
        let sought = Sought::new(&flight.key, flight.hash());
        drop(self.board.remove_if(sought.as_dyn(), |_, on_board| {
            Arc::ptr_eq(on_board, flight) && flight.cabin.lock().occupied() == 0
        }));
        flight.cabin.lock().occupied() == 0
    }
}
