//! The loads of a region that are under way, under the region's own lock.
//!
//! A **claim** is the right to load a key and to store the result. Whoever has a miss stakes one. If the body is ready
//! when it is polled first, and nobody else has come meanwhile, that is all that a load needs. Otherwise the claim gets a
//! [`Flight`], for those who wait.
//!
//! To fence off a load is to take the right away: nobody joins it any more, and it is not stored. The claim itself stays
//! until its owner gives it back, for only he can tell those who have joined.

use super::flight::Flight;
use crate::store;
use crate::ttl::Ttl;
use hashbrown::HashTable;
use std::sync::Arc;

pub(crate) struct Board<K, V> {
    claims: Claims<K, V>,
    staked: u64,
}

/// One claim stands beside the table, as most do that are given back at once.
struct Claims<K, V> {
    first: Option<Claim<K, V>>,
    others: HashTable<Claim<K, V>>,
}

/// Names a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) hash: u64,
    number: u64,
}

/// A claim that was given back.
pub(crate) struct Claim<K, V> {
    ticket: Ticket,
    pub(crate) key: K,
    /// The lifetime that the caller asked for.
    ttl: Ttl,
    fenced: bool,
    /// Whether the key had no entry when the claim was staked. While it holds, nobody else stores one: who does so fences it
    /// off first, below the same lock, and there is one claim of a key that holds.
    pub(crate) vacant: bool,
    pub(crate) flight: Option<Arc<Flight<V>>>,
}

impl<K, V> Default for Board<K, V> {
    fn default() -> Self {
        Self { claims: Claims::default(), staked: 0 }
    }
}

impl<K, V> Claim<K, V> {
    /// Whether the result may be stored.
    #[inline]
    pub(crate) fn holds(&self) -> bool {
        !self.fenced
    }
}

impl<K, V> store::Board for Board<K, V> {
    fn divide(boards: Vec<Self>, region: impl Fn(u64) -> usize) -> Vec<Self> {
        // A ticket that somebody still has must not be that of a new claim, wherever its hash belongs.
        let staked = boards.iter().map(|board| board.staked).max().unwrap_or(0);
        let empty = |_: &Self| Self { claims: Claims::default(), staked };
        let mut divided: Vec<_> = boards.iter().map(empty).collect();
        for claim in boards.into_iter().flat_map(|board| board.claims.into_all()) {
            divided[region(claim.ticket.hash)].claims.insert(claim);
        }
        divided
    }
}

impl<K: Eq, V> Board<K, V> {
    /// Stakes a claim. There is no other one of this key that holds.
    #[inline]
    pub(crate) fn stake(&mut self, hash: u64, key: K, ttl: Ttl, vacant: bool) -> Ticket {
        self.staked += 1;
        let ticket = Ticket { hash, number: self.staked };
        let claim = Claim { ticket, key, ttl, fenced: false, vacant, flight: None };
        self.claims.insert(claim);
        ticket
    }

    /// A seat in the flight of `key`, if there is a claim that holds.
    #[inline]
    pub(crate) fn join(
        &mut self,
        hash: u64,
        key: &K,
        name: &Arc<str>,
    ) -> Option<(Arc<Flight<V>>, usize)> {
        let claim = self.claims.find(hash, |claim| claim.holds() && claim.key == *key)?;
        let flight = claim.flight(name);
        let seat = flight.cabin.lock().take_seat();
        Some((flight, seat))
    }

    /// Takes the right to store away from the load of `key`, if there is one.
    pub(crate) fn fence(&mut self, hash: u64, key: &K) {
        let claim = self.claims.find(hash, |claim| claim.holds() && claim.key == *key);
        if let Some(claim) = claim {
            claim.fenced = !planted!("stale");
        }
    }
}

impl<K, V> Board<K, V> {
    /// Takes the right to store away from every load.
    pub(crate) fn fence_all(&mut self) {
        self.claims.each(|claim| claim.fenced = true);
    }

    /// Takes the right to store away from one load.
    pub(crate) fn fence_off(&mut self, ticket: Ticket) {
        if let Some(claim) = self.find(ticket) {
            claim.fenced = true;
        }
    }

    /// Gives a claim back.
    #[inline]
    pub(crate) fn give_back(&mut self, ticket: Ticket) -> Option<Claim<K, V>> {
        self.claims.remove(ticket)
    }

    /// The flight of a claim, which gets one now if it has none.
    pub(crate) fn flight(&mut self, ticket: Ticket, name: &Arc<str>) -> Option<Arc<Flight<V>>> {
        Some(self.find(ticket)?.flight(name))
    }

    /// The key of a claim that holds.
    pub(crate) fn key(&mut self, ticket: Ticket) -> Option<&K> {
        self.find(ticket).filter(|claim| claim.holds()).map(|claim| &claim.key)
    }

    fn find(&mut self, ticket: Ticket) -> Option<&mut Claim<K, V>> {
        self.claims.find(ticket.hash, |claim| claim.ticket == ticket)
    }
}

impl<K, V> Default for Claims<K, V> {
    fn default() -> Self {
        Self { first: None, others: HashTable::new() }
    }
}

impl<K, V> Claims<K, V> {
    #[inline]
    fn insert(&mut self, claim: Claim<K, V>) {
        if self.first.is_none() {
            self.first = Some(claim);
        } else {
            self.others.insert_unique(claim.ticket.hash, claim, |claim| claim.ticket.hash);
        }
    }

    /// The one with this hash that `is_it`.
    #[inline]
    fn find(
        &mut self,
        hash: u64,
        is_it: impl Fn(&Claim<K, V>) -> bool,
    ) -> Option<&mut Claim<K, V>> {
        let is_it = |claim: &Claim<K, V>| claim.ticket.hash == hash && is_it(claim);
        if let Some(first) = self.first.as_mut().filter(|first| is_it(first)) {
            return Some(first);
        }
        if self.others.is_empty() { None } else { self.others.find_mut(hash, is_it) }
    }

    #[inline]
    fn remove(&mut self, ticket: Ticket) -> Option<Claim<K, V>> {
        let first = self.first.take_if(|first| first.ticket == ticket);
        if first.is_some() || self.others.is_empty() {
            return first;
        }
        let found = self.others.find_entry(ticket.hash, |claim| claim.ticket == ticket);
        Some(found.ok()?.remove().0)
    }

    fn each(&mut self, change: impl FnMut(&mut Claim<K, V>)) {
        self.first.iter_mut().chain(&mut self.others).for_each(change);
    }

    fn into_all(self) -> impl Iterator<Item = Claim<K, V>> {
        self.first.into_iter().chain(self.others)
    }
}

impl<K, V> Claim<K, V> {
    fn flight(&mut self, name: &Arc<str>) -> Arc<Flight<V>> {
        let flight =
            self.flight.get_or_insert_with(|| Arc::new(Flight::new(self.ticket, name, self.ttl)));
        flight.clone()
    }
}
