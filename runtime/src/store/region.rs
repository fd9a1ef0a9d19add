//! A share of the capacity: who comes in, who goes.

use super::entry::Entry;
use super::expiry::Expiry;
use super::index::Index;
use super::policy::{Lru, Policy};
use super::recency::{Epoch, Use};
use super::{Departed, DepartedVec, Expected, Fresh, UNBOUNDED, Written};
use crate::cache::Reason;
use crate::clock::Tick;
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use hashbrown::hash_table::Entry as Slot;
use parking_lot::Mutex;
use smallvec::{SmallVec, smallvec};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many expired entries a write takes out on its way, so that their memory comes back even where
/// nothing is ever full.
const RECLAIMED_PER_WRITE: usize = 4;

pub(super) struct Region {
    state: CachePadded<Mutex<State>>,
    capacity: AtomicUsize,
    epoch: CachePadded<Epoch>,
}

#[derive(Default)]
struct State {
    policy: Lru,
    expiry: Expiry,
    len: usize,
    next: u64,
    /// Whether the policy knows the entries: an unbounded region needs none.
    ordered: bool,
}

impl Region {
    pub(super) fn new() -> Self {
        Self {
            state: CachePadded::default(),
            capacity: AtomicUsize::new(0),
            epoch: CachePadded::default(),
        }
    }

    pub(super) fn set_capacity(&self, capacity: usize) {
        self.capacity.store(capacity, Relaxed);
        if capacity != UNBOUNDED && self.len() == 0 {
            self.state.lock().ordered = true;
        }
    }

    /// Whether anything can be stored here at all.
    pub(super) fn has_room(&self) -> bool {
        self.capacity.load(Relaxed) != 0
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().len
    }

    /// Marks a use; without a bound as well, there may be one later.
    #[inline]
    pub(super) fn mark<K, V>(&self, entry: &Entry<K, V>, by: Use) {
        self.epoch.mark(&entry.used, by);
    }

    pub(super) fn write<K: Eq, V>(
        &self,
        index: &Index<K, V>,
        hash: u64,
        key: K,
        fresh: Fresh<V>,
        expected: Expected,
    ) -> Written<K, V> {
        let now = fresh.now;
        let mut state = self.state.lock();
        let mut written = self.put(&mut state, index, hash, key, fresh, expected);
        if written.stored {
            state.reclaim(index, now, RECLAIMED_PER_WRITE, &mut written.departed);
            self.make_room(&mut state, index, now, &mut written.departed);
            state.tidy(index);
        }
        written
    }

    fn put<K: Eq, V>(
        &self,
        state: &mut State,
        index: &Index<K, V>,
        hash: u64,
        key: K,
        fresh: Fresh<V>,
        expected: Expected,
    ) -> Written<K, V> {
        let mut table = index.lock(hash);
        match table.entry(hash, |entry| key == entry.key, |entry| entry.hash) {
            Slot::Occupied(mut slot) => {
                if !expected.allows(slot.get(), fresh.now) {
                    return Written::refused(key, fresh.value);
                }
                let version = state.number();
                let entry = slot.get_mut();
                entry.used.store(self.epoch.begin(), Relaxed);
                state.expiry.schedule(entry.place(), fresh.deadline);
                let (value, reason) = entry.renew(fresh, version);
                Written::stored(smallvec![Departed { key, value, reason }])
            }
            Slot::Vacant(slot) => {
                if !expected.allows_absence() || self.capacity.load(Relaxed) == 0 {
                    return Written::refused(key, fresh.value);
                }
                let entry = Entry::new(hash, key, fresh, state.number(), self.epoch.begin());
                state.enter(&entry);
                slot.insert(entry);
                Written::stored(SmallVec::new())
            }
        }
    }

    fn make_room<K, V>(
        &self,
        state: &mut State,
        index: &Index<K, V>,
        now: Tick,
        departed: &mut DepartedVec<K, V>,
    ) {
        let capacity = self.capacity.load(Relaxed);
        while state.len > capacity {
            state.reclaim(index, now, state.len - capacity, departed);
            if state.len <= capacity {
                return;
            }
            let Some(place) = state.policy.victim(|place| index.at(place, Entry::last_use)) else {
                return;
            };
            departed.extend(state.take(index, place, Reason::Size));
        }
    }

    pub(super) fn remove<K, V, Q>(
        &self,
        index: &Index<K, V>,
        hash: u64,
        key: &Q,
        expected: Expected,
    ) -> Option<Departed<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let mut state = self.state.lock();
        let mut table = index.lock(hash);
        let slot = table.find_entry(hash, |entry| key.equivalent(&entry.key)).ok()?;
        if let Expected::Version(version) = expected
            && slot.get().version != version
        {
            return None;
        }
        let entry = slot.remove().0;
        drop(table);
        state.len -= 1;
        state.tidy(index);
        let reason = if entry.is_live() { Reason::Removed } else { Reason::Expired };
        Some(entry.depart(reason))
    }

    pub(super) fn touch<K, V, Q>(
        &self,
        index: &Index<K, V>,
        hash: u64,
        key: &Q,
        deadline: Tick,
    ) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let mut state = self.state.lock();
        let mut table = index.lock(hash);
        let Some(entry) = table.find_mut(hash, |entry| key.equivalent(&entry.key)) else {
            return false;
        };
        if !entry.is_live() {
            return false;
        }
        entry.deadline = deadline;
        entry.used.store(self.epoch.begin(), Relaxed);
        state.expiry.schedule(entry.place(), deadline);
        drop(table);
        state.tidy(index);
        true
    }

    pub(super) fn clear<K, V>(
        &self,
        index: &Index<K, V>,
        shards: impl Iterator<Item = usize>,
    ) -> DepartedVec<K, V> {
        let mut state = self.state.lock();
        state.policy.clear();
        state.expiry.clear();
        state.len = 0;
        let tables: Vec<_> = shards.map(|shard| index.take(shard)).collect();
        drop(state);
        tables.into_iter().flatten().map(|entry| entry.depart(Reason::Cleared)).collect()
    }

    pub(super) fn purge<K, V>(&self, index: &Index<K, V>, now: Tick) -> DepartedVec<K, V> {
        let mut departed = SmallVec::new();
        self.state.lock().reclaim(index, now, usize::MAX, &mut departed);
        departed
    }

    /// Brings the region down to its capacity, after it has changed.
    pub(super) fn shrink<K, V>(
        &self,
        index: &Index<K, V>,
        shards: impl Iterator<Item = usize>,
        now: Tick,
    ) -> DepartedVec<K, V> {
        let mut state = self.state.lock();
        let bounded = self.capacity.load(Relaxed) != UNBOUNDED;
        if bounded && !state.ordered {
            for shard in shards {
                index.for_each_in(shard, |entry| {
                    state.policy.admit(entry.place(), entry.last_use());
                });
            }
        } else if !bounded {
            state.policy.clear();
        }
        state.ordered = bounded;
        let mut departed = SmallVec::new();
        self.make_room(&mut state, index, now, &mut departed);
        departed
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn enter<K, V>(&mut self, entry: &Entry<K, V>) {
        self.len += 1;
        self.expiry.schedule(entry.place(), entry.deadline);
        if self.ordered {
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
