//! What a cache cannot be faster than, and the maps a cache could be built on.
//!
//! Each map is used as a cache would be written by hand: get and clone, else compute and insert.
//! `DashMap` and `papaya` hash with the standard library's `SipHash` unless told otherwise; the
//! contestants with another hasher show how much of a difference to `DashMap` is the hasher's.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;
use tokio::sync::OnceCell;

use crate::course::{Call, gathered_load};
use crate::key::{Key, load, load_text};
use crate::store::{Index, Store};

/// A future that is ready: what the loop and the await cost.
pub(crate) fn ready<K: Key>() -> impl Call<K> {
    async |key: K| key.value()
}

pub(crate) fn dashmap<S: Hasher>() -> impl Call<u64> {
    let map = DashMap::<u64, u64, S>::default();
    async move |key| {
        if let Some(value) = map.get(&key) {
            return *value;
        }
        let value = load(key).await;
        map.insert(key, value);
        value
    }
}

pub(crate) fn dashmap_texts<S: Hasher>() -> impl Call<&'static str> {
    let map = DashMap::<String, u64, S>::default();
    async move |key| {
        if let Some(value) = map.get(key) {
            return *value;
        }
        let value = load_text(key).await;
        map.insert(key.to_owned(), value);
        value
    }
}

pub(crate) fn papaya<S: Hasher>() -> impl Call<u64> {
    let map = papaya::HashMap::<u64, u64, S>::default();
    async move |key| {
        if let Some(value) = map.pin().get(&key) {
            return *value;
        }
        let value = load(key).await;
        map.pin().insert(key, value);
        value
    }
}

pub(crate) fn papaya_texts<S: Hasher>() -> impl Call<&'static str> {
    let map = papaya::HashMap::<String, u64, S>::default();
    async move |key| {
        if let Some(value) = map.pin().get(key) {
            return *value;
        }
        let value = load_text(key).await;
        map.pin().insert(key.to_owned(), value);
        value
    }
}

/// A bounded cache by hand: a map, and a queue that says which key is the oldest.
pub(crate) fn dashmap_fifo(capacity: usize) -> impl Call<u64> {
    let (map, ages) = (DashMap::new(), Mutex::new(VecDeque::with_capacity(capacity)));
    async move |key| {
        if let Some(value) = map.get(&key) {
            return *value;
        }
        let value = load(key).await;
        map.insert(key, value);
        if let Some(oldest) = replaced(&ages, key, capacity) {
            map.remove(&oldest);
        }
        value
    }
}

fn replaced(ages: &Mutex<VecDeque<u64>>, key: u64, capacity: usize) -> Option<u64> {
    let mut ages = ages.lock().unwrap_or_else(PoisonError::into_inner);
    let oldest = if ages.len() < capacity { None } else { ages.pop_front() };
    ages.push_back(key);
    oldest
}

/// Single flight by hand: a map of cells, each computed once.
pub(crate) fn once_cells() -> impl Call<u64> {
    let map = DashMap::<u64, Arc<OnceCell<u64>>>::new();
    async move |key| {
        let cell = Arc::clone(&map.entry(key).or_default());
        *cell.get_or_init(|| gathered_load(key)).await
    }
}

/// A hasher that a map in a static can have.
pub(crate) trait Hasher: BuildHasher + Clone + Default + Send + Sync + 'static {}

impl<S: BuildHasher + Clone + Default + Send + Sync + 'static> Hasher for S {}

impl<S: Hasher> Store for DashMap<u64, u64, S> {
    fn get(&self, key: u64) -> Option<u64> {
        DashMap::get(self, &key).map(|value| *value)
    }

    fn insert(&self, key: u64, value: u64) {
        DashMap::insert(self, key, value);
    }

    fn len(&self) -> usize {
        DashMap::len(self)
    }
}

impl<S: Hasher> Index for DashMap<u64, u64, S> {
    fn remove(&self, key: u64) {
        DashMap::remove(self, &key);
    }
}

impl<S: Hasher> Store for papaya::HashMap<u64, u64, S> {
    fn get(&self, key: u64) -> Option<u64> {
        self.pin().get(&key).copied()
    }

    fn insert(&self, key: u64, value: u64) {
        self.pin().insert(key, value);
    }

    fn len(&self) -> usize {
        papaya::HashMap::len(self)
    }
}

impl<S: Hasher> Index for papaya::HashMap<u64, u64, S> {
    fn remove(&self, key: u64) {
        self.pin().remove(&key);
    }
}
