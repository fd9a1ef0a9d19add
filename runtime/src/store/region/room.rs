//! How room is made, and what is known of places.

use super::Bound;
use super::State;
use super::Visit;
use super::residents::{Here, weight_of};
use crate::cache::Reason;
use crate::clock::Tick;
use crate::store::departures::Departures;
use crate::store::entry::Entry;
use crate::store::list::Place;
use crate::store::policy::{AnyPolicy, Residents};
use crate::store::table::Wish;
use crate::store::tally::Census;

impl<K: Eq + Clone, V: Clone, B> Visit<'_, K, V, B> {
    /// Brings the region down to its bound, expired entries first.
    #[inline]
    pub(super) fn make_room(&mut self, now: Tick, departures: &mut Departures<K, V>) {
        while self.is_over() {
            if self.reclaim(now, 1, departures) == 1 {
                continue;
            }
            let (policy, residents) = self.residents();
            let Some(place) = policy.victim(&residents) else { return };
            self.take(place, now, Reason::Size, departures);
        }
    }

    /// Takes out at most `most` expired entries. How many it were.
    #[inline]
    pub(super) fn reclaim(
        &mut self,
        now: Tick,
        most: usize,
        departures: &mut Departures<K, V>,
    ) -> usize {
        if self.table.state().expiry.is_idle() {
            return 0;
        }
        self.reclaim_due(now, most, departures)
    }

    fn reclaim_due(&mut self, now: Tick, most: usize, departures: &mut Departures<K, V>) -> usize {
        for taken in 0..most {
            let (state, entries) = self.table.parts();
            let deadline = |place| entries.entry(place).map(Entry::deadline);
            let Some(place) = state.expiry.due(now, deadline) else { return taken };
            self.depart(place, now, Reason::Expired, departures);
        }
        most
    }

    /// Takes out an entry that the policy has not chosen.
    pub(super) fn depart(
        &mut self,
        place: Place,
        now: Tick,
        reason: Reason,
        departures: &mut Departures<K, V>,
    ) {
        let (policy, residents) = self.residents();
        policy.forget(place, &residents);
        departures.forget(residents.fingerprint(place));
        self.take(place, now, reason, departures);
    }

    #[expect(clippy::inline_always, reason = "a write is one function")]
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        place: Place,
        now: Tick,
        reason: Reason,
        departures: &mut Departures<K, V>,
    ) {
        let entry = self.table.remove(place);
        let reason = left(entry, now, reason, departures);
        let state = self.table.parts().0;
        state.tally.left[reason as usize] += 1;
        state.expiry.cancel(place);
        self.unweigh(place);
    }

    /// Writes down that the entry at `place` leaves.
    #[inline]
    pub(super) fn note(
        &mut self,
        place: Place,
        now: Tick,
        reason: Reason,
        departures: &mut Departures<K, V>,
    ) {
        let entry = self.table.entry(place).expect("an entry that is there");
        let reason = left(entry, now, reason, departures);
        self.table.parts().0.tally.left[reason as usize] += 1;
    }

    /// Hands out a part of what has left, to be dropped: enough that little is ever left.
    #[inline]
    pub(super) fn release_some(&mut self, departures: &mut Departures<K, V>) {
        self.table.release(false, |key, value| departures.throw_away(key, value));
    }

    /// Hands out all that has left and that nobody reads, to be dropped, and gives memory back that nothing is in.
    pub(super) fn release(&mut self, departures: &mut Departures<K, V>) {
        self.table.release(true, |key, value| departures.throw_away(key, value));
        if self.table.shrink() {
            let state = self.table.parts().0;
            state.weights = Vec::new();
            state.expiry.clear();
            state.policy.vacate();
        }
    }

    #[inline]
    pub(in crate::store) fn len(&self) -> usize {
        self.table.len()
    }

    pub(in crate::store) fn census(&self) -> Census {
        let State { bound, weight, tally, .. } = self.table.state();
        let entries = self.table.len();
        let weight = match bound.weight {
            Some(_) => u64::try_from(*weight).unwrap_or(u64::MAX),
            None => entries as u64,
        };
        Census { entries, weight, tally: *tally }
    }

    pub(in crate::store) fn next_expiry(&self) -> Option<Tick> {
        self.table.state().expiry.next()
    }

    // ---- what is known of places ----

    #[inline]
    pub(super) fn is_over(&self) -> bool {
        let State { bound, weight, .. } = self.table.state();
        self.table.len() > bound.entries || bound.weight.is_some_and(|most| *weight > most.into())
    }

    /// When the table has to grow, and to what.
    #[inline]
    pub(super) fn wish(&self) -> Wish {
        let Bound { entries, spacing, .. } = self.table.state().bound;
        Wish { entries, spacing }
    }

    /// Makes an entry that has come in known to everything but the table.
    #[expect(clippy::inline_always, reason = "a write is one function")]
    #[inline(always)]
    pub(super) fn admit(&mut self, place: Place, weight: u64, deadline: Tick, now: Tick) {
        self.weigh(place, weight);
        let (policy, residents) = self.residents();
        policy.admit(place, &residents);
        self.schedule(place, deadline, now);
    }

    #[inline]
    pub(super) fn schedule(&mut self, place: Place, deadline: Tick, now: Tick) {
        self.table.parts().0.expiry.schedule(place, deadline, now);
    }

    #[inline]
    pub(super) fn weigh(&mut self, place: Place, weight: u64) {
        let state = self.table.parts().0;
        if state.bound.weight.is_some() {
            let index = place.0 as usize;
            if state.weights.len() <= index {
                state.weights.resize(index + 1, 0);
            }
            state.weights[index] = weight;
            state.weight += u128::from(weight);
        }
    }

    #[inline]
    pub(super) fn unweigh(&mut self, place: Place) {
        let weight = self.weight(place);
        let state = self.table.parts().0;
        if state.bound.weight.is_some() {
            state.weight -= u128::from(weight);
        }
    }

    #[inline]
    pub(super) fn weight(&self, place: Place) -> u64 {
        weight_of(&self.table.state().weights, place)
    }

    /// The policy, and what it may ask.
    #[inline]
    pub(super) fn residents(&mut self) -> (&mut AnyPolicy, Here<'_, K, V>) {
        let (State { policy, weights, bound, .. }, entries) = self.table.parts();
        (policy, Here { entries, weights, epoch: self.epoch, writers: bound.writers })
    }
}

/// Writes down that `entry` leaves. Why it does.
#[inline]
fn left<K: Clone, V: Clone>(
    entry: &Entry<K, V>,
    now: Tick,
    reason: Reason,
    departures: &mut Departures<K, V>,
) -> Reason {
    let reason = entry.reason(now, reason);
    departures.note(entry, reason);
    reason
}
