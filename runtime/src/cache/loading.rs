//! What loads ask of their cache.

use super::change::{enter, go};
use super::{Found, Inner, Key, Value};
use crate::clock::{self, Tick};
use crate::load::{
    Airport, Change, Claims, Flight, Landing, Looked, Lookup, Lower, Node, Seat, Settling, Solo,
    Ticket, Wanted,
};
use crate::metrics::Event;
use crate::store::{Expected, Fresh, Presence, Written};
use crate::ttl::{Lifetime, Term};
use std::sync::Arc;

/// What a caller with a cold key finds.
pub(crate) enum Boarding<K, V> {
    /// The value came while the caller was on its way.
    Hit(Found<K, V>),
    /// A load is under way.
    Joined(Seat<V>),
    /// Nobody else: the caller leads, and makes a [`Solo`] of this claim.
    Leads(Ticket),
}

/// What came of the end of a load.
pub(crate) struct Arrival<V> {
    /// The flight that others have made of it.
    pub(crate) landing: Option<Landing<V>>,
    /// Waits for the tiers below.
    pub(crate) settling: Option<Settling>,
}

impl<V> Arrival<V> {
    const NOWHERE: Self = Self { landing: None, settling: None };
}

/// What a load brought.
pub(crate) struct Cargo<V> {
    pub(crate) value: V,
    pub(crate) ttl: Term,
    pub(crate) now: Tick,
    /// How old it is in nanoseconds, if it comes from below.
    pub(crate) age: u64,
    /// Keeps it below memory.
    pub(crate) below: Option<Box<dyn Change>>,
}

impl<V> Cargo<V> {
    /// What was found below memory. It lives for what is left of its lifetime, and not for longer than the cache's.
    pub(crate) fn from_below(lower: Lower<V>, lifetime: Lifetime) -> Self {
        let Lower { value, left, age, promotion, .. } = lower;
        let ttl = lifetime.at_most(left).into();
        let now = clock::now();
        Self { value, ttl, now, age: clock::nanos(age), below: promotion }
    }
}

impl<K: Key, V: Value> Inner<K, V> {
    /// Finds the value of `key`, or joins its load, or stakes a claim on it.
    #[expect(clippy::inline_always, reason = "a ticket that is returned through memory is late")]
    #[inline(always)]
    pub(crate) fn board(&self, key: K, ttl: Term) -> Boarding<K, V> {
        let hash = self.hash(&key);
        loop {
            let mut visit = self.store.visit(hash);
            let presence = visit.presence(hash, &key);
            if planted!("recheck") || presence != Presence::Live {
                if let Some((flight, number)) = visit.board().join(hash, &key, &self.name) {
                    drop(visit);
                    return Boarding::Joined(Seat::of_guest(flight, self.handle(), number));
                }
                let vacant = presence == Presence::Nothing;
                let ticket = visit.board().stake(hash, key, ttl, vacant);
                drop(visit);
                return Boarding::Leads(ticket);
            }
            drop(visit);
            // Outside the lock: a clone is the caller's code. Meanwhile it may have left again.
            if let Some(found) = self.find_whole_at(hash, &key) {
                return Boarding::Hit(found);
            }
        }
    }

    /// Stakes a claim on `key`, of which the caller makes a [`Solo`], taking the right to store from a load that is under
    /// way.
    pub(crate) fn replace(&self, key: K, ttl: Term) -> Ticket {
        let hash = self.hash(&key);
        let mut visit = self.store.visit(hash);
        visit.board().fence(hash, &key);
        visit.board().stake(hash, key, ttl, false)
    }

    /// The flight that a claim becomes, with its leader aboard.
    pub(crate) fn take_to_flight(&self, solo: &Solo<'_>) -> Seat<V> {
        let ticket = solo.ticket();
        let flight = self.store.visit(ticket.hash).board().flight(ticket, &self.name);
        solo.hand_over();
        Seat::of_leader(flight.expect("a claim stays until it is given back"), self.handle())
    }

    /// Stores what a load brought, unless it was fenced off, and gives its claim back. Where the caller is `alone`, and
    /// does not know of a flight, one that others have made is to end next, whatever the hooks do. Who does know of it
    /// ends it himself, for he may have something to leave for its leader first.
    pub(crate) fn arrive(
        &self,
        ticket: Ticket,
        cargo: Option<Cargo<V>>,
        alone: bool,
    ) -> Arrival<V> {
        let Some(Cargo { value, ttl, now, age, mut below }) = cargo else {
            return Arrival { landing: self.give_back(ticket), settling: None };
        };
        let deadline = ttl.deadline(now, self.lifetime());
        let weight = match &self.weigher {
            None => self.plain_weight(),
            Some(weigher) => self.claimed_key(ticket).map_or(0, |key| weigher(&key, &value)),
        };
        // Before the lock: a clone is the caller's code.
        let copy = self.hooks.hears_inserts().then(|| value.clone());
        let mut departures = self.departures();
        // Ends after the lock, whatever happens below it.
        let landing;

        let mut visit = self.store.visit(ticket.hash);
        let Some(mut claim) = visit.board().give_back(ticket) else { return Arrival::NOWHERE };
        landing = claim.flight.take().filter(|_| alone).map(Landing);
        let mut stored = false;
        let mut heard = None;
        let mut refused = None;
        enter(&mut below, claim.holds());
        match deadline {
            _ if !claim.holds() => refused = Some((claim.key, value)),
            None => {
                visit.remove(ticket.hash, &claim.key, Expected::Anything, &mut departures);
                refused = Some((claim.key, value));
            }
            Some(deadline) => {
                sync_point!("storing");
                heard = copy.map(|copy| (claim.key.clone(), copy));
                let born = now.saturating_sub(age);
                let fresh = Fresh { value, now, born, deadline, weight };
                let expected = claim.expected();
                let written = visit.write(ticket.hash, claim.key, fresh, expected, &mut departures);
                stored = written == Written::Stored;
            }
        }
        drop(visit);

        drop(refused);
        let settling = go(below);
        if let Some(deadline) = deadline.filter(|_| stored) {
            self.sweeper.expect(self, deadline);
        }
        if stored {
            self.sample_load();
        }
        self.tell_inserted(stored, heard);
        self.settle(departures);
        Arrival { landing, settling }
    }

    /// Whether there is anything below memory to be asked.
    pub(crate) fn has_below(&self) -> bool {
        self.below.as_ref().is_some_and(|below| below.exists())
    }

    /// Asks below memory for `key`. Counts a hit, or a miss if it is to be counted, and the load that follows. Where
    /// somebody below cannot be asked, a `strict` one has none.
    pub(crate) fn look_below(
        &self,
        key: &K,
        wanted: Wanted,
        miss: bool,
        loads: bool,
        strict: bool,
    ) -> Option<Lookup<V>> {
        let lookup = self.below.as_ref()?.look_up(key, wanted, strict)?;
        let mut asked = Asked { inner: self.handle(), uncounted: miss };
        Some(Box::pin(async move {
            let looked = lookup.await;
            match &looked {
                Looked::Found(_) => asked.found(),
                Looked::Missed(_) => {
                    asked.inner.count_load(std::mem::take(&mut asked.uncounted), loads);
                }
                Looked::Failed(_) => {}
            }
            looked
        }))
    }

    /// Lets the hooks change a value that a load is about to store.
    pub(crate) fn before_set(&self, ticket: Ticket, value: &mut V) {
        if self.hooks.change_values()
            && let Some(key) = self.claimed_key(ticket)
        {
            self.hooks.before_set(&key, value);
        }
    }

    /// Counts a miss, if it is one, and the start of a load, if there is one. Whether its time is to be taken.
    pub(crate) fn count_load(&self, miss: bool, loads: bool) -> bool {
        if loads {
            return self.recorder.count_load(miss);
        }
        if miss {
            self.recorder.count(Event::Miss);
        }
        false
    }

    /// Asks below memory for many keys at once. Counts nothing.
    #[cfg(feature = "tier")]
    pub(crate) fn look_below_many(&self, keys: &[K]) -> Option<crate::load::LookupMany<V>> {
        if keys.is_empty() { None } else { self.below.as_ref()?.look_up_many(keys) }
    }

    fn claimed_key(&self, ticket: Ticket) -> Option<K> {
        self.store.visit(ticket.hash).board().key(ticket).cloned()
    }

    /// Gives a claim back, of which nothing is stored.
    fn give_back(&self, ticket: Ticket) -> Option<Landing<V>> {
        self.sample_failure(ticket.hash);
        let claim = self.store.visit(ticket.hash).board().give_back(ticket);
        claim?.flight.map(Landing)
    }

    /// The present time, for an entry with this lifetime. Exact where entries have deadlines; roughly, as of late, where
    /// nothing but their age depends on it.
    #[inline]
    pub(crate) fn now_for(&self, ttl: Term, of_late: Option<Tick>) -> Tick {
        let timeless = match ttl {
            Term::DEFAULT => self.lifetime() == Lifetime::FOREVER,
            ttl => ttl == Term::NEVER,
        };
        let timeless = timeless && !self.sweeper.has_seen_deadlines();
        if !timeless {
            return clock::now();
        }
        of_late.unwrap_or_else(clock::roughly_now)
    }
}

/// A call that has asked below memory. If it leaves before there is an answer, or fails for lack of one, it was a miss.
struct Asked<K: Key, V: Value> {
    inner: Arc<Inner<K, V>>,
    uncounted: bool,
}

impl<K: Key, V: Value> Asked<K, V> {
    fn found(&mut self) {
        if std::mem::take(&mut self.uncounted) {
            self.inner.count(Event::Hit);
        }
    }
}

impl<K: Key, V: Value> Drop for Asked<K, V> {
    fn drop(&mut self) {
        if self.uncounted {
            self.inner.count(Event::Miss);
        }
    }
}

impl<K: Key, V: Value> Claims for Inner<K, V> {
    fn node(&self, ticket: Ticket) -> Option<Arc<dyn Node>> {
        let flight = self.store.visit(ticket.hash).board().flight(ticket, &self.name);
        flight.map(|flight| flight as Arc<dyn Node>)
    }

    fn withdraw(&self, ticket: Ticket) {
        drop(self.give_back(ticket));
    }
}

impl<K: Key, V: Value> Airport<V> for Inner<K, V> {
    fn take_off(&self, flight: &Flight<V>) {
        let ticket = flight.ticket();
        self.store.visit(ticket.hash).board().fence_off(ticket);
    }

    fn scrap_if_empty(&self, flight: &Flight<V>) -> bool {
        let ticket = flight.ticket();
        let mut visit = self.store.visit(ticket.hash);
        // Joining takes the same lock.
        let empty = flight.is_empty();
        let claim = if empty { visit.board().give_back(ticket) } else { None };
        drop(visit);
        drop(claim);
        empty
    }
}
