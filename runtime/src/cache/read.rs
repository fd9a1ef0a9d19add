//! Reading: synchronous, by reference, never waiting for a load.

use super::{Cache, Key, Value};
use crate::error::Error;
use crate::metrics::Event;
use equivalent::Equivalent;
use std::hash::Hash;

impl<K: Key, V: Value> Cache<K, V> {
    /// The value of `key`, as a use of it. Counts as a hit or a miss.
    ///
    /// ```
    /// let cache: larder::Cache<String, u64> = larder::Cache::new(10);
    /// cache.set("one".to_owned(), 1);
    /// assert_eq!(cache.get("one"), Some(1));
    /// assert_eq!(cache.get("two"), None);
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let found = self.hit(key);
        if found.is_none() {
            self.inner.count(Event::Miss);
        }
        found
    }

    /// The value of `key` in memory, as a use of it. Counts a hit, if it is one.
    #[inline]
    pub(super) fn hit<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if let Some(way) = self.inner.short_way() {
            return self.inner.find(key, way);
        }
        let found = self.inner.find_whole(key)?;
        self.inner.count(Event::Hit);
        self.inner.tell_hit(&found);
        Some(found.value)
    }

    /// The value of `key`, or `default`, which is not stored.
    pub fn get_or<Q>(&self, key: &Q, default: V) -> V
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get(key).unwrap_or(default)
    }

    /// The value of `key`, or an error for the `?` operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no live entry. A stored `None` is an entry.
    pub fn try_get<Q>(&self, key: &Q) -> Result<V, Error>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get(key).ok_or(Error::NotFound)
    }

    /// The value of `key`, without leaving a trace: not a use, not counted.
    pub fn peek<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.inner.peek(key)
    }

    /// Whether there is a live entry. Leaves no trace.
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.inner.contains(key)
    }

    /// Every live entry, in no particular order.
    ///
    /// Read part by part: in a cache that is being written it is not one moment's picture.
    ///
    /// ```
    /// let cache = larder::Cache::new(10);
    /// cache.set(1, "one");
    /// assert_eq!(cache.entries(), [(1, "one")]);
    /// ```
    #[must_use]
    pub fn entries(&self) -> Vec<(K, V)> {
        self.inner.collect(|entry| (entry.key.clone(), entry.value.clone()))
    }
}
