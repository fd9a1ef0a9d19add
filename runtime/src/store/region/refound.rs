//! How the entries of all regions are divided anew, and how a bound changes.

use super::{Bound, Visit};
use crate::cache::Reason;
use crate::clock::Tick;
use crate::store::departures::Departures;
use crate::store::entry::Entry;
use crate::store::policy::{AnyPolicy, Climber};
use std::sync::Arc;

/// An entry on its way to another region.
pub(in crate::store) struct Drained<K, V> {
    pub(in crate::store) fingerprint: u32,
    pub(in crate::store) entry: Entry<K, V>,
    weight: u64,
}

impl<K: Eq + Clone, V: Clone, B> Visit<'_, K, V, B> {
    /// Takes all entries out, to be [founded](Self::found) anew. Readers who find nothing wait until the region is
    /// [open](Self::open) again.
    pub(in crate::store) fn drain(
        &mut self,
        departures: &mut Departures<K, V>,
    ) -> Vec<Drained<K, V>> {
        let entries = self.table.drain(|key, value| departures.throw_away(key, value));
        let drained = entries.into_iter().map(|(place, fingerprint, entry)| {
            let weight = self.weight(place);
            Drained { fingerprint, entry, weight }
        });
        drained.collect()
    }

    /// Takes in entries that were drained, the first of them used longest ago: those that have not expired, and of them
    /// the last, as many as there may be.
    pub(in crate::store) fn refill(
        &mut self,
        drained: Vec<Drained<K, V>>,
        now: Tick,
        departures: &mut Departures<K, V>,
    ) {
        let (live, expired): (Vec<_>, Vec<_>) =
            drained.into_iter().partition(|drained| drained.entry.is_live_at(now));
        for drained in expired {
            self.turn_away(drained.entry, Reason::Expired, departures);
        }
        let excess = live.len().saturating_sub(self.table.state().bound.entries);
        for (number, drained) in live.into_iter().enumerate() {
            if number < excess {
                self.turn_away(drained.entry, Reason::Size, departures);
            } else {
                self.put_back(drained, now);
            }
        }
    }

    pub(super) fn turn_away(
        &mut self,
        entry: Entry<K, V>,
        reason: Reason,
        departures: &mut Departures<K, V>,
    ) {
        departures.note(&entry, reason);
        self.table.parts().0.tally.left[reason as usize] += 1;
        departures.throw_away(entry.key, entry.value);
    }

    pub(super) fn put_back(&mut self, drained: Drained<K, V>, now: Tick) {
        let Drained { fingerprint, entry, weight } = drained;
        let deadline = entry.deadline();
        // With its mark as it was, uses and times alike: regions are filled one by one, and a time of today would tell nothing
        // about the order between them.
        let place = self.table.insert(fingerprint, entry, self.wish());
        self.admit(place, weight, deadline, now);
    }

    /// Brings the region down to its bound and lets readers in again, after [`drain`](Self::drain).
    pub(in crate::store) fn open(&mut self, now: Tick, departures: &mut Departures<K, V>) {
        self.make_room(now, departures);
        self.release(departures);
        self.table.settle();
    }

    /// Sets what the region may hold, and forgets what it held.
    pub(in crate::store) fn found(&mut self, bound: Bound, climber: &Arc<Climber>) {
        let state = self.table.parts().0;
        state.bound = bound;
        state.climber = climber.clone();
        self.begin_anew();
    }

    /// Sets what the region may hold, and brings it down to that.
    pub(in crate::store) fn resize(
        &mut self,
        bound: Bound,
        now: Tick,
        departures: &mut Departures<K, V>,
    ) {
        let state = self.table.parts().0;
        state.bound = bound;
        state.policy.resize(bound.capacity());
        self.make_room(now, departures);
        self.release(departures);
    }

    pub(super) fn begin_anew(&mut self) {
        let state = self.table.parts().0;
        state.weight = 0;
        state.weights = Vec::new();
        state.expiry.clear();
        state.policy = AnyPolicy::new(state.kind, state.bound.capacity(), &state.climber);
    }
}
