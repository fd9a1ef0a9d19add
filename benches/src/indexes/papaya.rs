//! `papaya`: readers take no lock, and what is removed is freed later.

use super::Foldhash;
use super::entry::Entry;
use crate::store::{Index, Store};

#[derive(Debug, Default)]
pub(super) struct Papaya {
    map: ::papaya::HashMap<u64, Entry, Foldhash>,
}

impl Store for Papaya {
    fn get(&self, key: u64) -> Option<u64> {
        self.map.pin().get(&key)?.read()
    }

    fn insert(&self, key: u64, value: u64) {
        self.map.pin().insert(key, Entry::new(key, value));
    }

    fn len(&self) -> usize {
        self.map.len()
    }
}

impl Index for Papaya {
    fn remove(&self, key: u64) {
        self.map.pin().remove(&key);
    }
}
