//! The in-memory keyed store.
//!
//! Two structures, locked apart from each other. The **index** answers "where is this key": hash tables
//! under reader-writer locks, of which a hit takes one shared lock and nothing else. The **regions** answer
//! "who goes next": each watches over a part of the capacity, and only writers enter them. A hit leaves
//! a mark on its entry; a region reads the marks when it looks for a victim.
//!
//! A store of up to [`EXACT`] entries has one region, and so an exact order of eviction. A larger one
//! has several, each exact over its own share of the keys. When the bound is changed they are founded anew.
//!
//! Lock order: regions in their order, then a shard of the index. No caller's code runs below either but `Eq` of the key
//! and `Clone` of key and value; what leaves the store is handed out and dropped by the caller.

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
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use index::Index;
use recency::Epoch;
use region::{Region, Visit};
use smallvec::SmallVec;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Up to this many entries the order of eviction is exact over the whole store.
pub(crate) const EXACT: usize = 1024;

/// More would cost a small store more memory than a large one gains.
const MOST_REGIONS: usize = 16;

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
    /// A power of two of them, of which the first `active` divide the entries among them.
    regions: Box<[Region]>,
    /// A power of two. Changes only while every region is locked.
    active: AtomicUsize,
    capacity: AtomicUsize,
    epoch: CachePadded<Epoch>,
}

impl<K: Hash + Eq, V> Store<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let cores = crate::parallelism().next_power_of_two().min(MOST_REGIONS);
        let store = Self {
            index: Index::new(4 * cores),
            regions: (0..cores).map(|_| Region::default()).collect(),
            active: AtomicUsize::new(1),
            capacity: AtomicUsize::new(0),
            epoch: CachePadded::default(),
        };
        store.resize(capacity, 0);
        store
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity.load(Relaxed)
    }

    /// The region of `hash`. A power of two that divides the number of shards, so a shard belongs to one region.
    fn region(&self, hash: u64) -> &Region {
        let active = self.active.load(Relaxed);
        &self.regions[self.index.shard_number(hash) & (active - 1)]
    }

    /// Enters the region of `hash` for a change.
    fn enter(&self, hash: u64) -> Visit<'_, K, V> {
        loop {
            let region = self.region(hash);
            let visit = self.visit(region);
            // It may have been divided anew while we stood at the door.
            if std::ptr::eq(region, self.region(hash)) {
                return visit;
            }
        }
    }

    fn visit<'s>(&'s self, region: &'s Region) -> Visit<'s, K, V> {
        Visit { state: region.lock(), index: &self.index, epoch: &self.epoch }
    }

    /// The shards of region `number` among `active` ones. None for a region that is not active.
    fn shards(&self, number: usize, active: usize) -> impl Iterator<Item = usize> + use<K, V> {
        let end = if number < active { self.index.shard_count() } else { 0 };
        (number..end).step_by(active)
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
                self.epoch.mark(&entry.used, by);
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
        self.enter(hash).write(hash, key, fresh, expected)
    }

    /// Takes out the entry of `key`, expired or not, if it is as `expected`.
    pub(crate) fn remove<Q>(&self, hash: u64, key: &Q, expected: Expected) -> Option<Departed<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.enter(hash).remove(hash, key, expected)
    }

    /// Gives the live entry of `key` a new deadline.
    pub(crate) fn touch<Q>(&self, hash: u64, key: &Q, deadline: Tick) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.enter(hash).touch(hash, key, deadline)
    }

    /// Takes everything out.
    pub(crate) fn clear(&self) -> DepartedVec<K, V> {
        // All at once: a region that is divided anew between two others being cleared would be left out.
        let visits: Vec<_> = self.regions.iter().map(|region| self.visit(region)).collect();
        let active = self.active.load(Relaxed);
        let tables: Vec<_> = visits
            .into_iter()
            .enumerate()
            .map(|(number, mut visit)| visit.clear(self.shards(number, active)))
            .collect();
        let entries = tables.into_iter().flatten().flatten();
        entries.map(|entry| entry.depart(Reason::Cleared)).collect()
    }

    /// Takes out what has expired by `now`.
    pub(crate) fn purge(&self, now: Tick) -> DepartedVec<K, V> {
        self.regions.iter().flat_map(|region| self.visit(region).purge(now)).collect()
    }

    /// The number of entries, after a [`purge`](Self::purge) the number of live ones.
    pub(crate) fn len(&self) -> usize {
        self.regions.iter().map(|region| region.lock().len()).sum()
    }

    /// Sets the bound and makes what is too much leave at once. Few entries are put in exact order, many are divided
    /// among all regions.
    pub(crate) fn resize(&self, capacity: usize, now: Tick) -> DepartedVec<K, V> {
        let mut visits: Vec<_> = self.regions.iter().map(|region| self.visit(region)).collect();
        let active = if capacity <= EXACT { 1 } else { self.regions.len() };
        self.capacity.store(capacity, Relaxed);
        self.active.store(active, Relaxed);
        let shares = (0..visits.len()).map(|number| match capacity {
            UNBOUNDED => UNBOUNDED,
            _ if number >= active => 0,
            bounded => bounded / active + usize::from(number < bounded % active),
        });
        let regions = visits.iter_mut().zip(shares).enumerate();
        let departed = regions.flat_map(|(number, (visit, share))| {
            visit.refound(share, self.shards(number, active), now)
        });
        departed.collect()
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
