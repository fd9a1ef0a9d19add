//! Tables of `hashbrown`, each under a lock of `parking_lot`: four for every core.

use std::hash::BuildHasher;
use std::thread;

use crossbeam_utils::CachePadded;
use hashbrown::HashTable;
use parking_lot::RwLock;

use super::Foldhash;
use super::entry::Entry;
use crate::store::{Index, Store};

/// The high bits that a table compares before it looks at an entry; shards are told apart by others.
const TAG: u32 = 7;

type Shard = RwLock<HashTable<Entry>>;

#[derive(Debug)]
pub(super) struct Sharded {
    hasher: Foldhash,
    shards: Box<[CachePadded<Shard>]>,
}

impl Default for Sharded {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let shards = (0..(4 * cores).next_power_of_two()).map(|_| CachePadded::default());
        Self { hasher: Foldhash::default(), shards: shards.collect() }
    }
}

impl Sharded {
    fn hash(&self, key: u64) -> u64 {
        self.hasher.hash_one(key)
    }

    fn shard(&self, hash: u64) -> &Shard {
        let number = (hash << TAG) >> (u64::BITS - self.shards.len().trailing_zeros());
        &self.shards[usize::try_from(number).expect("there are few shards")]
    }
}

impl Store for Sharded {
    fn get(&self, key: u64) -> Option<u64> {
        let hash = self.hash(key);
        self.shard(hash).read().find(hash, |entry| entry.key == key)?.read()
    }

    fn insert(&self, key: u64, value: u64) {
        let (hash, entry) = (self.hash(key), Entry::new(key, value));
        let mut shard = self.shard(hash).write();
        match shard.find_mut(hash, |entry| entry.key == key) {
            Some(there) => *there = entry,
            None => drop(shard.insert_unique(hash, entry, |entry| self.hash(entry.key))),
        }
    }

    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }
}

impl Index for Sharded {
    fn remove(&self, key: u64) {
        let hash = self.hash(key);
        if let Ok(found) = self.shard(hash).write().find_entry(hash, |entry| entry.key == key) {
            found.remove();
        }
    }
}
