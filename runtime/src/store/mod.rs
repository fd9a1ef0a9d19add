//! The in-memory keyed store.
//!
//! Two structures, locked apart from each other. The **index** answers "where is this key": hash tables
//! under reader-writer locks, of which a hit takes one shared lock and nothing else. The **regions** answer
//! "who goes next": each watches over a part of the capacity, and only writers enter them. A hit leaves
//! a mark on its entry; a region reads the marks when it looks for a victim.
//!
//! A store of up to [`EXACT`] entries has one region, and so an exact order of eviction. A larger one
//! has several, each exact over its own share of the keys.
//!
//! Lock order: a region, then a shard of the index. No caller's code runs below either but `Eq` of the key
//! and `Clone` of the value; what leaves the store is handed out and dropped by the caller.

mod entry;
mod expiry;
mod index;
mod policy;
mod recency;
mod region;

pub(crate) use entry::Entry;
pub(crate) use recency::Use;

use crate::cache::Reason;
use crate::clock::Tick;
use equivalent::Equivalent;
use index::Index;
use region::Region;
use smallvec::SmallVec;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Up to this many entries the order of eviction is exact over the whole store.
pub(crate) const EXACT: usize = 1024;

/// The capacity of a store without a bound.
pub(crate) const UNBOUNDED: usize = usize::MAX;

/// An entry that has left the store, on its way to the hooks and to its destructor.
pub(crate) struct Departed<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
    pub(crate) reason: Reason,
}

/// Entries that have left together. A write at the bound makes one leave.
pub(crate) type DepartedVec<K, V> = SmallVec<[Departed<K, V>; 1]>;

/// What a write did.
pub(crate) struct Written<K, V> {
    pub(crate) stored: bool,
    /// The key and the value that were not stored, to be dropped outside every lock.
    #[expect(dead_code, reason = "held to be dropped")]
    refused: Option<(K, V)>,
    pub(crate) departed: DepartedVec<K, V>,
}

impl<K, V> Written<K, V> {
    fn stored(departed: DepartedVec<K, V>) -> Self {
        Self { stored: true, refused: None, departed }
    }

    fn refused(key: K, value: V) -> Self {
        Self { stored: false, refused: Some((key, value)), departed: SmallVec::new() }
    }
}

/// Which version of an entry a conditional write expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Anything,
    Absent,
    Version(u64),
}

/// A value to be stored, with its times.
pub(crate) struct Fresh<V> {
    pub(crate) value: V,
    pub(crate) now: Tick,
    pub(crate) deadline: Tick,
}

pub(crate) struct Store<K, V> {
    index: Index<K, V>,
    regions: Box<[Region]>,
    capacity: AtomicUsize,
}

impl<K: Hash + Eq, V> Store<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let regions = if capacity <= EXACT { 1 } else { crate::parallelism().next_power_of_two() };
        let shards = regions.max(4 * crate::parallelism().next_power_of_two());
        let store = Self {
            index: Index::new(shards),
            regions: (0..regions).map(|_| Region::new()).collect(),
            capacity: AtomicUsize::new(capacity),
        };
        store.share_out(capacity);
        store
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity.load(Relaxed)
    }

    /// Whether an entry with this hash can be stored at all. A bound that is lower than the number of regions
    /// leaves some of them without room.
    pub(crate) fn has_room(&self, hash: u64) -> bool {
        self.region(hash).has_room()
    }

    fn share_out(&self, capacity: usize) {
        let count = self.regions.len();
        for (number, region) in self.regions.iter().enumerate() {
            region.set_capacity(match capacity {
                UNBOUNDED => UNBOUNDED,
                bounded => bounded / count + usize::from(number < bounded % count),
            });
        }
    }

    fn region(&self, hash: u64) -> &Region {
        // A power of two that divides the number of shards, so a shard belongs to one region.
        &self.regions[self.index.shard_number(hash) & (self.regions.len() - 1)]
    }

    /// Reads the live entry of `key` as a use of it. Takes one shared lock.
    #[inline]
    pub(crate) fn read<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        by: Use,
        read: impl FnOnce(&Entry<K, V>) -> R,
    ) -> Option<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.index.with(hash, key, |entry| {
            entry.is_live().then(|| {
                self.region(hash).mark(entry, by);
                read(entry)
            })
        })?
    }

    /// Reads the live entry of `key` without leaving a trace.
    pub(crate) fn peek<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        read: impl FnOnce(&Entry<K, V>) -> R,
    ) -> Option<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.index.with(hash, key, |entry| entry.is_live().then(|| read(entry)))?
    }

    /// Stores a value if the entry is as `expected`, then makes room.
    pub(crate) fn write(
        &self,
        hash: u64,
        key: K,
        fresh: Fresh<V>,
        expected: Expected,
    ) -> Written<K, V> {
        self.region(hash).write(&self.index, hash, key, fresh, expected)
    }

    /// Takes out the entry of `key`, expired or not, if it is as `expected`.
    pub(crate) fn remove<Q>(&self, hash: u64, key: &Q, expected: Expected) -> Option<Departed<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.region(hash).remove(&self.index, hash, key, expected)
    }

    /// Gives the live entry of `key` a new deadline.
    pub(crate) fn touch<Q>(&self, hash: u64, key: &Q, deadline: Tick) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.region(hash).touch(&self.index, hash, key, deadline)
    }

    /// Takes everything out.
    pub(crate) fn clear(&self) -> DepartedVec<K, V> {
        let count = self.regions.len();
        let shards = |number| (number..self.index.shard_count()).step_by(count);
        let regions = self.regions.iter().enumerate();
        regions.flat_map(|(number, region)| region.clear(&self.index, shards(number))).collect()
    }

    /// Takes out what has expired by `now`.
    pub(crate) fn purge(&self, now: Tick) -> DepartedVec<K, V> {
        self.regions.iter().flat_map(|region| region.purge(&self.index, now)).collect()
    }

    /// The number of entries, after a [`purge`](Self::purge) the number of live ones.
    pub(crate) fn len(&self) -> usize {
        self.regions.iter().map(Region::len).sum()
    }

    /// Sets the bound and makes what is too much leave at once.
    pub(crate) fn resize(&self, capacity: usize, now: Tick) -> DepartedVec<K, V> {
        self.capacity.store(capacity, Relaxed);
        self.share_out(capacity);
        let count = self.regions.len();
        let shards = |number| (number..self.index.shard_count()).step_by(count);
        let regions = self.regions.iter().enumerate();
        regions
            .flat_map(|(number, region)| region.shrink(&self.index, shards(number), now))
            .collect()
    }

    /// What `read` makes of every live entry, shard by shard: not one moment's picture of a store in use.
    pub(crate) fn collect<R>(&self, mut read: impl FnMut(&Entry<K, V>) -> R) -> Vec<R> {
        let mut found = Vec::new();
        self.index.for_each(|entry| {
            if entry.is_live() {
                found.push(read(entry));
            }
        });
        found
    }
}
