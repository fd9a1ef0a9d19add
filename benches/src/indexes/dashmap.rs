//! `DashMap` by its shards: the key is hashed once, and the entry is read under the shard's lock.

use std::hash::BuildHasher;

use ::dashmap::{DashMap, SharedValue};

use super::Foldhash;
use super::entry::Entry;
use crate::store::{Index, Store};

#[derive(Debug, Default)]
pub(super) struct RawDashMap {
    map: DashMap<(), Entry, Foldhash>,
}

impl RawDashMap {
    fn hash(&self, key: u64) -> u64 {
        self.map.hasher().hash_one(key)
    }

    fn shard(&self, hash: u64) -> usize {
        let hash = usize::try_from(hash).expect("a hash is as wide as an address");
        self.map.determine_shard(hash)
    }
}

impl Store for RawDashMap {
    fn get(&self, key: u64) -> Option<u64> {
        let hash = self.hash(key);
        let shard = self.map.shards()[self.shard(hash)].read();
        shard.get(hash, |((), entry)| entry.get().key == key)?.1.get().read()
    }

    fn insert(&self, key: u64, value: u64) {
        let (hash, entry) = (self.hash(key), Entry::new(key, value));
        let mut shard = self.map.shards()[self.shard(hash)].write();
        if let Some(((), there)) = shard.get_mut(hash, |((), entry)| entry.get().key == key) {
            *there.get_mut() = entry;
        } else {
            let hasher = |((), entry): &((), SharedValue<Entry>)| self.hash(entry.get().key);
            shard.insert(hash, ((), SharedValue::new(entry)), hasher);
        }
    }

    fn len(&self) -> usize {
        self.map.len()
    }
}

impl Index for RawDashMap {
    fn remove(&self, key: u64) {
        let hash = self.hash(key);
        let mut shard = self.map.shards()[self.shard(hash)].write();
        shard.remove_entry(hash, |((), entry)| entry.get().key == key);
    }
}
