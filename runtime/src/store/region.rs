//! A share of the capacity: who comes in, who goes.

use super::entry::Entry;
use super::expiry::Expiry;
use super::index::{Index, Table};
use super::policy::{Lru, Policy};
use super::recency::Epoch;
use super::{Departed, DepartedVec, Expected, Fresh, UNBOUNDED, Written};
use crate::cache::Reason;
use crate::clock::Tick;
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use hashbrown::hash_table::Entry as Slot;
use parking_lot::{Mutex, MutexGuard};
use smallvec::{SmallVec, smallvec};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering::Relaxed;

/// How many expired entries a write takes out on its way, so that their memory comes back even where
/// nothing is ever full.
const RECLAIMED_PER_WRITE: usize = 4;

#[derive(Default)]
pub(super) struct Region {
    state: CachePadded<Mutex<State>>,
}

/// What only writers see.
#[derive(Default)]
pub(super) struct State {
    capacity: usize,
    len: usize,
    policy: Lru,
    expiry: Expiry,
}

impl Region {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// A region that has been entered for a change.
pub(super) struct Visit<'s, K, V> {
    pub(super) state: MutexGuard<'s, State>,
    pub(super) index: &'s Index<K, V>,
    pub(super) epoch: &'s Epoch,
}

impl<K, V> Visit<'_, K, V> {
    pub(super) fn write(
        mut self,
        hash: u64,
        key: K,
        fresh: Fresh<V>,
        expected: Expected,
    ) -> Written<K, V>
    where
        K: Eq,
    {
        let now = fresh.now;
        let mut written = self.put(hash, key, fresh, expected);
        if written.stored {
            self.state.reclaim(self.index, now, RECLAIMED_PER_WRITE, &mut written.departed);
            self.state.make_room(self.index, now, &mut written.departed);
            self.state.tidy(self.index);
        }
        written
    }

    fn put(&mut self, hash: u64, key: K, fresh: Fresh<V>, expected: Expected) -> Written<K, V>
    where
        K: Eq,
    {
        let state = &mut *self.state;
        let mut table = self.index.lock(hash);
        match table.entry(hash, |entry| key == entry.key, |entry| entry.hash) {
            Slot::Occupied(mut slot) => {
                if !expected.allows(slot.get(), fresh.now) {
                    return Written::refused(key, fresh.value);
                }
                let mark = self.epoch.begin();
                let entry = slot.get_mut();
                entry.used.store(mark, Relaxed);
                state.expiry.schedule(entry.place(), fresh.deadline);
                let (value, reason) = entry.renew(fresh, mark);
                Written::stored(smallvec![Departed { key, value, reason }])
            }
            Slot::Vacant(slot) => {
                if !expected.allows_absence() || state.capacity == 0 {
                    return Written::refused(key, fresh.value);
                }
                let mark = self.epoch.begin();
                let entry = Entry::new(hash, key, fresh, mark);
                state.enter(&entry);
                slot.insert(entry);
                Written::stored(SmallVec::new())
            }
        }
    }

    pub(super) fn remove<Q>(
        mut self,
        hash: u64,
        key: &Q,
        expected: Expected,
    ) -> Option<Departed<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let mut table = self.index.lock(hash);
        let slot = table.find_entry(hash, |entry| key.equivalent(&entry.key)).ok()?;
        if let Expected::Version(version) = expected
            && slot.get().version != version
        {
            return None;
        }
        let entry = slot.remove().0;
        drop(table);
        self.state.len -= 1;
        self.state.tidy(self.index);
        let reason = if entry.is_live() { Reason::Removed } else { Reason::Expired };
        Some(entry.depart(reason))
    }

    pub(super) fn touch<Q>(mut self, hash: u64, key: &Q, deadline: Tick) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let mut table = self.index.lock(hash);
        let found = table.find_mut(hash, |entry| key.equivalent(&entry.key));
        let Some(entry) = found.filter(|entry| entry.is_live()) else { return false };
        entry.deadline = deadline;
        entry.used.store(self.epoch.begin(), Relaxed);
        self.state.expiry.schedule(entry.place(), deadline);
        drop(table);
        self.state.tidy(self.index);
        true
    }

    pub(super) fn purge(mut self, now: Tick) -> DepartedVec<K, V> {
        let mut departed = SmallVec::new();
        self.state.reclaim(self.index, now, usize::MAX, &mut departed);
        departed
    }

    /// Takes out the tables of `shards`, which are all that the region has.
    pub(super) fn clear(&mut self, shards: impl Iterator<Item = usize>) -> Vec<Table<K, V>> {
        let capacity = self.state.capacity;
        self.state.begin_anew(capacity);
        shards.map(|shard| self.index.take(shard)).collect()
    }

    /// Makes the region one of `capacity` entries whose entries are those of `shards`, and brings it down to that.
    pub(super) fn refound(
        &mut self,
        capacity: usize,
        shards: impl Iterator<Item = usize>,
        now: Tick,
    ) -> DepartedVec<K, V> {
        self.state.begin_anew(capacity);
        for shard in shards {
            self.index.for_each_in(shard, |entry| self.state.enter(entry));
        }
        let mut departed = SmallVec::new();
        self.state.make_room(self.index, now, &mut departed);
        departed
    }
}

impl State {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Forgets every entry.
    fn begin_anew(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.len = 0;
        self.policy.clear();
        self.expiry.clear();
    }

    fn enter<K, V>(&mut self, entry: &Entry<K, V>) {
        self.len += 1;
        self.expiry.schedule(entry.place(), entry.deadline);
        // Without a bound nobody is ever chosen.
        if self.capacity != UNBOUNDED {
            self.policy.admit(entry.place(), entry.last_use());
        }
    }

    fn take<K, V>(
        &mut self,
        index: &Index<K, V>,
        place: super::entry::Place,
        reason: Reason,
    ) -> Option<Departed<K, V>> {
        let entry = index.take_at(place)?;
        self.len -= 1;
        Some(entry.depart(reason))
    }

    /// Brings the region down to its capacity, expired entries first.
    fn make_room<K, V>(
        &mut self,
        index: &Index<K, V>,
        now: Tick,
        departed: &mut DepartedVec<K, V>,
    ) {
        while self.len > self.capacity {
            self.reclaim(index, now, self.len - self.capacity, departed);
            if self.len <= self.capacity {
                return;
            }
            let Some(place) = self.policy.victim(|place| index.at(place, Entry::last_use)) else {
                return;
            };
            departed.extend(self.take(index, place, Reason::Size));
        }
    }

    /// Takes out at most `most` expired entries.
    fn reclaim<K, V>(
        &mut self,
        index: &Index<K, V>,
        now: Tick,
        most: usize,
        departed: &mut DepartedVec<K, V>,
    ) {
        let _ = (0..most).try_for_each(|_| {
            match self.expiry.due(now, |place| index.at(place, |entry| entry.deadline)) {
                Some(place) => {
                    departed.extend(self.take(index, place, Reason::Expired));
                    ControlFlow::Continue(())
                }
                None => ControlFlow::Break(()),
            }
        });
    }

    fn tidy<K, V>(&mut self, index: &Index<K, V>) {
        self.policy.tidy(self.len, |place| index.at(place, Entry::last_use));
        self.expiry.tidy(self.len, |place| index.at(place, |entry| entry.deadline));
    }
}

impl Expected {
    fn allows<K, V>(self, entry: &Entry<K, V>, now: Tick) -> bool {
        match self {
            Expected::Anything => true,
            Expected::Absent => !entry.is_live_at(now),
            Expected::Version(version) => entry.version == version,
        }
    }

    fn allows_absence(self) -> bool {
        !matches!(self, Expected::Version(_))
    }
}
