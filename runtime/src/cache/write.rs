//! Writing: synchronous. Every write fences off a load of the same key that is under way: what it
//! brings goes to those who already wait, and is not stored over the newer value.

use super::{Cache, Key, Value};
use crate::store::Expected;
use crate::ttl::{Term, Ttl};
use equivalent::Equivalent;
use std::hash::Hash;

impl<K: Key, V: Value> Cache<K, V> {
    /// Stores `value` with the lifetime of the cache.
    pub fn set(&self, key: K, value: V) {
        self.set_with(key, value, Ttl::Default);
    }

    /// Stores `value` with a lifetime of its own. A lifetime of zero removes the entry.
    pub fn set_with(&self, key: K, value: V, ttl: impl Into<Ttl>) {
        self.inner.set(key, value, Term::from(ttl.into()), Expected::Anything);
    }

    /// The value of `key`; `value`, stored now, if there is none.
    pub fn get_or_insert(&self, key: K, value: V) -> V {
        self.get_or_insert_with(key, || value)
    }

    /// The value of `key`; what `make` returns, stored now, if there is none.
    ///
    /// Two threads may run `make` at once; they agree on the value that was stored first. When `make` is slow use
    /// [`get_with`](Cache::get_with), which runs one at a time.
    ///
    /// ```
    /// let cache = larder::Cache::new(10);
    /// assert_eq!(cache.get_or_insert_with(1, || "first"), "first");
    /// assert_eq!(cache.get_or_insert_with(1, || "second"), "first");
    /// ```
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> V {
        if let Some(found) = self.get(&key) {
            return found;
        }
        let value = make();
        if self.inner.set(key.clone(), value.clone(), Term::DEFAULT, Expected::Absent).so {
            return value;
        }
        // Somebody was faster. Or nothing can be stored at all.
        self.peek(&key).unwrap_or(value)
    }

    /// Removes the entry of `key`. Whether there was a live one.
    ///
    /// A load that is under way has to be found by an owned key, so a removal makes one of a borrowed one.
    pub fn remove<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        self.inner.remove(&key.to_owned(), Expected::Anything).so
    }

    /// Removes the live entries that `condition` picks. Their number.
    ///
    /// `condition` runs outside every lock, on copies; an entry that is overwritten meanwhile stays.
    ///
    /// ```
    /// let cache = larder::Cache::new(10);
    /// (0..10).for_each(|n| cache.set(n, n));
    /// assert_eq!(cache.remove_if(|_, value| value % 2 == 0), 5);
    /// assert_eq!(cache.len(), 5);
    /// ```
    pub fn remove_if(&self, mut condition: impl FnMut(&K, &V) -> bool) -> usize {
        let entries =
            self.inner.collect(|entry| (entry.key.clone(), entry.value.clone(), entry.version));
        entries
            .into_iter()
            .filter(|(key, value, version)| {
                condition(key, value) && self.inner.remove(key, Expected::Version(*version)).so
            })
            .count()
    }

    /// Gives the live entry of `key` a new lifetime, from now on. Whether there was one. A lifetime of zero
    /// removes it.
    ///
    /// ```
    /// # use larder::{Cache, Ttl};
    /// let cache = Cache::new(10);
    /// cache.set(1, "one");
    /// assert!(cache.touch(&1, Ttl::Never));
    /// assert!(!cache.touch(&2, Ttl::Never));
    /// ```
    pub fn touch<Q>(&self, key: &Q, ttl: impl Into<Ttl>) -> bool
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        self.inner.touch(key, Term::from(ttl.into())).so
    }

    /// The value of `key`, its lifetime renewed. Counts as a hit or a miss.
    pub fn touch_get<Q>(&self, key: &Q, ttl: impl Into<Ttl>) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
    {
        let found = self.get(key);
        if found.is_some() {
            self.touch(key, ttl);
        }
        found
    }

    /// Changes the value of `key` as one step: `change` gets the live value, if there is one, and returns the new one;
    /// `None` removes. Returns what the entry is then.
    ///
    /// `change` runs outside every lock. When somebody else writes in the meantime it runs again, on the newer
    /// value, so it should do nothing but compute. The lifetime of the cache applies.
    ///
    /// ```
    /// let cache = larder::Cache::new(10);
    /// cache.update("visits", |old: Option<u64>| Some(old.unwrap_or(0) + 1));
    /// cache.update("visits", |old| Some(old.unwrap_or(0) + 1));
    /// assert_eq!(cache.get("visits"), Some(2));
    /// ```
    pub fn update(&self, key: K, mut change: impl FnMut(Option<V>) -> Option<V>) -> Option<V> {
        loop {
            let (old, expected) = match self.inner.peek_version(&key) {
                Some((old, version)) => (Some(old), Expected::Version(version)),
                None => (None, Expected::Absent),
            };
            let Some(new) = change(old) else {
                if expected == Expected::Absent || self.inner.remove(&key, expected).so {
                    return None;
                }
                continue;
            };
            if self.inner.set(key.clone(), new.clone(), Term::DEFAULT, expected).so {
                return Some(new);
            }
        }
    }

    /// Removes every entry. Loads that are under way are not stored.
    pub fn clear(&self) {
        drop(self.inner.clear());
    }
}
