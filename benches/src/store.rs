//! A cache or a map of numbers, asked as one asks it by hand.
//!
//! Replays, indexes and measurements of memory do not await anything: they look a key up, and store
//! it when it is not there. Each peer says in its own file how that is done.

use crate::course::Call;
use crate::key::{Key, load};

/// What all of them can do.
pub(crate) trait Store: 'static {
    fn get(&self, key: u64) -> Option<u64>;

    fn insert(&self, key: u64, value: u64);

    /// How many entries there are.
    fn len(&self) -> usize;

    /// Does the work that was put off for a better moment, where something is put off.
    fn settle(&self) {}
}

/// A store whose entries leave when they are told to.
pub(crate) trait Index: Store {
    fn remove(&self, key: u64);
}

/// Get, else compute and insert.
pub(crate) fn by_hand(store: impl Store + Send + Sync) -> impl Call<u64> {
    async move |key| {
        if let Some(value) = store.get(key) {
            return value;
        }
        let value = load(key).await;
        store.insert(key, value);
        value
    }
}

/// Asks for a key, stores it unless it is there, and says whether it was.
pub(crate) fn request(store: &impl Store, key: u64) -> bool {
    let found = store.get(key);
    if found.is_none() {
        store.insert(key, key.value());
    }
    found.is_some()
}
