//! How a region is changed: writes, removals, new deadlines.

use super::{Visit, count_use};
use crate::cache::Reason;
use crate::clock::{self, Tick};
use crate::store::departures::Departures;
use crate::store::entry::Entry;
use crate::store::list::Place;
use crate::store::policy::Marks;
use crate::store::{Expected, Fresh, Presence, Written, fingerprint};
use equivalent::Equivalent;

/// How many expired entries a write takes out on its way, so that their memory comes back even where
/// nothing is ever full.
const RECLAIMED_PER_WRITE: usize = 4;

impl<K: Eq + Clone, V: Clone, B> Visit<'_, K, V, B> {
    /// What else the lock of the region guards.
    #[inline]
    pub(crate) fn board(&mut self) -> &mut B {
        &mut self.table.parts().0.board
    }

    /// Whether the entry of `key` is as `expected`.
    pub(crate) fn allows(&self, hash: u64, key: &K, expected: Expected, now: Tick) -> bool {
        if expected == Expected::Anything {
            return true;
        }
        expected.allows(self.located(hash, key).map(|(_, entry)| entry), now)
    }

    /// The entry of `key`, expired or not, and its place.
    #[inline]
    fn located<Q>(&self, hash: u64, key: &Q) -> Option<(Place, &Entry<K, V>)>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let place = self.table.find(fingerprint(hash), |entry| key.equivalent(&entry.key))?;
        Some((place, self.table.entry(place)?))
    }

    /// Stores a value if the entry is as `expected`, then makes room.
    pub(crate) fn write(
        &mut self,
        hash: u64,
        key: K,
        fresh: Fresh<V>,
        expected: Expected,
        departures: &mut Departures<K, V>,
    ) -> Written {
        let now = fresh.now;
        let written = self.put(hash, key, fresh, expected, departures);
        if written == Written::Stored {
            self.reclaim(now, RECLAIMED_PER_WRITE, departures);
            self.make_room(now, departures);
        }
        self.release_some(departures);
        written
    }

    #[inline]
    fn put(
        &mut self,
        hash: u64,
        key: K,
        fresh: Fresh<V>,
        expected: Expected,
        departures: &mut Departures<K, V>,
    ) -> Written {
        let located = match expected {
            Expected::Vacant => None,
            _ => self.located(hash, &key),
        };
        // Not where the caller's own `Eq` is asked: it may say anything.
        #[cfg(test)]
        assert!(located.is_some() || self.located(hash, &key).is_none(), "a key comes twice");
        let old = located.map(|(place, _)| place);
        if !expected.allows(located.map(|(_, entry)| entry), fresh.now) {
            departures.throw_away(key, fresh.value);
            return Written::Unexpected;
        }
        let bound = self.table.state().bound;
        let fits = bound.weight.is_none_or(|most| fresh.weight <= most);
        if !fits || bound.entries == 0 {
            if !fits {
                self.table.parts().0.tally.rejected += 1;
                // What is there is older than what was to be stored.
                if let Some(old) = old {
                    self.depart(old, fresh.now, Reason::Replaced, departures);
                }
            }
            departures.throw_away(key, fresh.value);
            return Written::Refused;
        }
        match old {
            Some(old) => self.overwrite(old, fingerprint(hash), key, fresh, departures),
            None => self.insert(fingerprint(hash), key, fresh),
        }
        Written::Stored
    }

    #[inline]
    fn insert(&mut self, fingerprint: u32, key: K, fresh: Fresh<V>) {
        let (now, deadline, weight) = (fresh.now, fresh.deadline, fresh.weight);
        let entry = self.entry(key, fresh, None);
        let place = self.table.insert(fingerprint, entry, self.wish());
        self.admit(place, weight, deadline, now);
    }

    fn overwrite(
        &mut self,
        old: Place,
        fingerprint: u32,
        key: K,
        fresh: Fresh<V>,
        departures: &mut Departures<K, V>,
    ) {
        let (now, deadline, weight) = (fresh.now, fresh.deadline, fresh.weight);
        self.note(old, now, Reason::Replaced, departures);
        let entry = self.entry(key, fresh, Some(old));
        let place = self.table.replace(old, fingerprint, entry, self.wish());
        self.weigh(place, weight);
        let (policy, residents) = self.residents();
        policy.replace(old, place, &residents);
        self.table.parts().0.expiry.cancel(old);
        self.unweigh(old);
        self.schedule(place, deadline, now);
    }

    /// An entry, in the place of an `old` one of its key if there is one.
    #[inline]
    fn entry(&mut self, key: K, fresh: Fresh<V>, old: Option<Place>) -> Entry<K, V> {
        let writers = self.table.state().bound.writers;
        let (number, mark) = match self.marks {
            // The mark tells the order, and the number only has to be another one every time.
            Marks::Time => {
                let state = self.table.parts().0;
                state.written = state.written.wrapping_add(1);
                (state.written, self.epoch.begin(writers))
            }
            // The number tells the order of entries with equal marks, should they come to another region.
            Marks::None | Marks::Count(_) => {
                let old = old.and_then(|old| self.table.entry(old));
                (self.epoch.next(writers), old.map_or(0, Entry::mark))
            }
        };
        Entry::new(number, key, fresh, mark)
    }

    /// Takes out the entry of `key`, expired or not, if it is as `expected`.
    pub(crate) fn remove<Q>(
        &mut self,
        hash: u64,
        key: &Q,
        expected: Expected,
        departures: &mut Departures<K, V>,
    ) where
        Q: Equivalent<K> + ?Sized,
    {
        if let Some((place, entry)) = self.located(hash, key)
            && expected.matches(entry)
        {
            self.depart(place, clock::now(), Reason::Removed, departures);
        }
        self.release(departures);
    }

    /// Gives the live entry of `key` a new deadline.
    pub(crate) fn touch<Q>(&mut self, hash: u64, key: &Q, deadline: Tick) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let located = self.located(hash, key);
        let Some((place, entry)) = located.filter(|(_, entry)| entry.is_live()) else {
            return false;
        };
        entry.set_deadline(deadline);
        match self.marks {
            Marks::None => {}
            Marks::Count(most) => count_use(entry, most),
            Marks::Time => entry.set_mark(self.epoch.begin(self.table.state().bound.writers)),
        }
        self.schedule(place, deadline, clock::now());
        true
    }

    /// What is known of `key`.
    #[expect(clippy::inline_always, reason = "as `Visit::take`")]
    #[inline(always)]
    pub(crate) fn presence(&self, hash: u64, key: &K) -> Presence {
        match self.located(hash, key) {
            None => Presence::Nothing,
            Some((_, entry)) if entry.is_live() => Presence::Live,
            Some(_) => Presence::Expired,
        }
    }

    /// Takes out what has expired by `now`, at most so many. Whether there may be more.
    pub(in crate::store) fn purge(
        &mut self,
        now: Tick,
        most: usize,
        departures: &mut Departures<K, V>,
    ) -> bool {
        let taken = self.reclaim(now, most, departures);
        self.release(departures);
        taken == most
    }

    /// Takes everything out.
    pub(in crate::store) fn clear(&mut self, departures: &mut Departures<K, V>) {
        for place in self.table.places() {
            self.note(place, 0, Reason::Cleared, departures);
        }
        self.table.remove_all();
        self.begin_anew();
        self.release(departures);
    }
}

impl Expected {
    /// Whether a write may take the place of `entry`, or come where there is none.
    fn allows<K, V>(self, entry: Option<&Entry<K, V>>, now: Tick) -> bool {
        match (self, entry) {
            (Expected::Absent, Some(entry)) => !entry.is_live_at(now),
            (_, Some(entry)) => self.matches(entry),
            (Expected::Version(_), None) => false,
            (Expected::Anything | Expected::Vacant | Expected::Absent, None) => true,
        }
    }

    /// Whether `entry` is what is expected.
    fn matches<K, V>(self, entry: &Entry<K, V>) -> bool {
        match self {
            Expected::Anything => true,
            Expected::Absent | Expected::Vacant => false,
            Expected::Version(version) => entry.version == version,
        }
    }
}
