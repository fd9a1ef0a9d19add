//! Keys whose hash is made before the board is locked.
//!
//! A table calls `Hash` of keys that it holds when it grows, which is below its lock, and the `Hash` of a user's key may
//! call the cache. The board's table only ever sees numbers.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, Hasher};

/// A key with its hash.
pub(super) struct Hashed<K> {
    hash: u64,
    key: K,
}

/// The same by reference, for lookups.
pub(super) struct Sought<'k, K> {
    hash: u64,
    key: &'k K,
}

/// What both are.
pub(super) trait WithHash<K> {
    fn hash(&self) -> u64;
    fn key(&self) -> &K;
}

impl<K> Hashed<K> {
    pub(super) fn new(key: K, hash: u64) -> Self {
        Self { hash, key }
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn key(&self) -> &K {
        &self.key
    }
}

impl<'k, K> Sought<'k, K> {
    pub(super) fn new(key: &'k K, hash: u64) -> Self {
        Self { hash, key }
    }

    pub(super) fn as_dyn(&self) -> &(dyn WithHash<K> + 'k) {
        self
    }
}

impl<K> WithHash<K> for Hashed<K> {
    fn hash(&self) -> u64 {
        self.hash
    }

    fn key(&self) -> &K {
        &self.key
    }
}

impl<K> WithHash<K> for Sought<'_, K> {
    fn hash(&self) -> u64 {
        self.hash
    }

    fn key(&self) -> &K {
        self.key
    }
}

impl<'k, K: 'k> Borrow<dyn WithHash<K> + 'k> for Hashed<K> {
    fn borrow(&self) -> &(dyn WithHash<K> + 'k) {
        self
    }
}

impl<K> Hash for dyn WithHash<K> + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(WithHash::hash(self));
    }
}

impl<K: Eq> PartialEq for dyn WithHash<K> + '_ {
    fn eq(&self, other: &Self) -> bool {
        WithHash::hash(self) == WithHash::hash(other) && self.key() == other.key()
    }
}
impl<K: Eq> Eq for dyn WithHash<K> + '_ {}

impl<K> Hash for Hashed<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<K: Eq> PartialEq for Hashed<K> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.key == other.key
    }
}
impl<K: Eq> Eq for Hashed<K> {}

/// Takes the hash as it is.
#[derive(Clone, Default)]
pub(super) struct Prehashed;

#[derive(Default)]
pub(super) struct TheHash(u64);

impl BuildHasher for Prehashed {
    type Hasher = TheHash;

    fn build_hasher(&self) -> TheHash {
        TheHash::default()
    }
}

impl Hasher for TheHash {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a hash is a `u64`")
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
