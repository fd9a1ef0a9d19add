//! Many keys at once, by the same code as one.

use super::{Cache, Key, Value};
use equivalent::Equivalent;
use std::hash::Hash;

impl<K: Key, V: Value> Cache<K, V> {
    /// The entries of those `keys` that there are. Counts a hit or a miss per key.
    ///
    /// ```
    /// let cache = larder::Cache::new(10);
    /// cache.set_many([(1, "one"), (2, "two")]);
    /// assert_eq!(cache.get_many([2, 3]), [(2, "two")]);
    /// assert_eq!(cache.get_many_ordered(&[2, 3]), [Some("two"), None]);
    /// assert_eq!(cache.remove_many(&[1, 2, 3]), 2);
    /// ```
    pub fn get_many(&self, keys: impl IntoIterator<Item = K>) -> Vec<(K, V)> {
        keys.into_iter()
            .filter_map(|key| {
                let value = self.get(&key)?;
                Some((key, value))
            })
            .collect()
    }

    /// The value of every key in turn, `None` where there is none. Counts a hit or a miss per key.
    pub fn get_many_ordered<'q, Q>(&self, keys: impl IntoIterator<Item = &'q Q>) -> Vec<Option<V>>
    where
        Q: Hash + Equivalent<K> + ?Sized + 'q,
    {
        keys.into_iter().map(|key| self.get(key)).collect()
    }

    /// Stores every pair with the lifetime of the cache.
    pub fn set_many(&self, entries: impl IntoIterator<Item = (K, V)>) {
        entries.into_iter().for_each(|(key, value)| self.set(key, value));
    }

    /// Removes the entries of `keys`. The number of live ones among them.
    pub fn remove_many<'q, Q>(&self, keys: impl IntoIterator<Item = &'q Q>) -> usize
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized + 'q,
    {
        keys.into_iter().filter(|key| self.remove(*key)).count()
    }
}
