//! The loads of a region that are under way, under the region's own lock.
//!
//! A **claim** is the right to load a key and to store the result. Whoever has a miss stakes one. If the body is ready
//! when it is polled first, and nobody else has come meanwhile, that is all that a load needs. Otherwise the claim gets a
//! [`Flight`], for those who wait.
//!
//! To fence off a load is to take the right away: nobody joins it any more, and it is not stored. The claim itself stays
//! until its owner gives it back, for only he can tell those who have joined.

use super::flight::Flight;
use crate::store::{self, Expected};
use crate::ttl::Term;
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
    ttl: Term,
    standing: Standing,
    pub(crate) flight: Option<Arc<Flight<V>>>,
}

/// What a claim is worth. A word and not a byte: with a byte the padding beside it would be moved, in pieces that no store
/// buffer hands on, and that took as long as all the rest of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
enum Standing {
    Holds,
    /// It holds, and the key had no entry when it was staked. So it has none: who stores one fences the claim off first,
    /// below the same lock, and there is one claim of a key that holds.
    HoldsVacant,
    Fenced,
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
        self.standing != Standing::Fenced
    }

    /// What is known of the entry of the key.
    #[inline]
    pub(crate) fn expected(&self) -> Expected {
        if self.standing == Standing::HoldsVacant { Expected::Vacant } else { Expected::Anything }
    }

    fn fence(&mut self) {
        self.standing = Standing::Fenced;
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
    pub(crate) fn stake(&mut self, hash: u64, key: K, ttl: Term, vacant: bool) -> Ticket {
        self.staked += 1;
        let ticket = Ticket { hash, number: self.staked };
        let standing = if vacant { Standing::HoldsVacant } else { Standing::Holds };
        self.claims.insert(Claim { ticket, key, ttl, standing, flight: None });
        ticket
    }

    /// A seat in the flight of `key`, if there is a claim that holds.
    #[expect(clippy::inline_always, reason = "so that it costs little where there is no claim")]
    #[inline(always)]
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
        if let Some(claim) = claim
            && !planted!("stale")
        {
            claim.fence();
        }
    }
}

impl<K, V> Board<K, V> {
    /// Takes the right to store away from every load.
    pub(crate) fn fence_all(&mut self) {
        self.claims.each(Claim::fence);
    }

    /// Takes the right to store away from one load.
    pub(crate) fn fence_off(&mut self, ticket: Ticket) {
        if let Some(claim) = self.find(ticket) {
            claim.fence();
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
    #[expect(clippy::inline_always, reason = "so that a claim is made where it will be")]
    #[inline(always)]
    fn insert(&mut self, claim: Claim<K, V>) {
        if self.first.is_none() {
            self.first = Some(claim);
        } else {
            self.insert_other(claim);
        }
    }

    #[cold]
    #[inline(never)]
    fn insert_other(&mut self, claim: Claim<K, V>) {
        self.others.insert_unique(claim.ticket.hash, claim, |claim| claim.ticket.hash);
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
