//! Where a key is: sharded hash tables that hold the entries themselves.

use super::entry::{Entry, Place};
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use hashbrown::HashTable;
use parking_lot::{RwLock, RwLockWriteGuard};

pub(super) type Table<K, V> = HashTable<Entry<K, V>>;
type Shard<K, V> = CachePadded<RwLock<Table<K, V>>>;

pub(super) struct Index<K, V> {
    shards: Box<[Shard<K, V>]>,
}

impl<K, V> Index<K, V> {
    /// An index of `shards` tables, a power of two.
    pub(super) fn new(shards: usize) -> Self {
        debug_assert!(shards.is_power_of_two());
        Self { shards: (0..shards).map(|_| CachePadded::new(RwLock::default())).collect() }
    }

    pub(super) fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// The tables take their buckets from the low bits and their tags from the top seven, so the
    /// shard comes from bits between.
    #[inline]
    pub(super) fn shard_number(&self, hash: u64) -> usize {
        (hash >> 40) as usize & (self.shards.len() - 1)
    }

    /// Runs `read` on the entry of `key` under the shard's shared lock.
    #[inline]
    pub(super) fn with<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        read: impl FnOnce(&Entry<K, V>) -> R,
    ) -> Option<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let table = self.shards[self.shard_number(hash)].read();
        table.find(hash, |entry| key.equivalent(&entry.key)).map(read)
    }

    /// The shard of `hash`, to be changed by the region that owns it.
    pub(super) fn lock(&self, hash: u64) -> RwLockWriteGuard<'_, Table<K, V>> {
        self.shards[self.shard_number(hash)].write()
    }

    /// Empties one shard.
    pub(super) fn take(&self, shard: usize) -> Table<K, V> {
        std::mem::take(&mut *self.shards[shard].write())
    }

    /// Runs `read` on the entry at `place`, if it is still there.
    pub(super) fn at<R>(&self, place: Place, read: impl FnOnce(&Entry<K, V>) -> R) -> Option<R> {
        let table = self.shards[self.shard_number(place.hash)].read();
        table.find(place.hash, |entry| entry.id == place.id).map(read)
    }

    /// Takes out the entry at `place`, if it is still there.
    pub(super) fn take_at(&self, place: Place) -> Option<Entry<K, V>> {
        let mut table = self.lock(place.hash);
        let found = table.find_entry(place.hash, |entry| entry.id == place.id).ok()?;
        Some(found.remove().0)
    }

    pub(super) fn for_each(&self, mut read: impl FnMut(&Entry<K, V>)) {
        for shard in 0..self.shards.len() {
            self.for_each_in(shard, &mut read);
        }
    }

    pub(super) fn for_each_in(&self, shard: usize, read: impl FnMut(&Entry<K, V>)) {
        self.shards[shard].read().iter().for_each(read);
    }
}
