//! Callbacks. They run outside every lock, so they may call the cache.

use super::{Cache, Key, Reason, Value};
use parking_lot::RwLock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

type Hook<F> = RwLock<Vec<Arc<F>>>;

type OnEvict<K, V> = dyn Fn(&K, &V, Reason) + Send + Sync;
type BeforeSet<K, V> = dyn Fn(&K, &mut V) + Send + Sync;
type Observe<K, V> = dyn Fn(&K, &V) + Send + Sync;

pub(crate) struct Hooks<K, V> {
    on_evict: Hook<OnEvict<K, V>>,
    before_set: Hook<BeforeSet<K, V>>,
    on_insert: Hook<Observe<K, V>>,
    after_get: Hook<Observe<K, V>>,
    hears_departures: AtomicBool,
    changes_values: AtomicBool,
    hears_inserts: AtomicBool,
}

impl<K, V> Default for Hooks<K, V> {
    fn default() -> Self {
        Self {
            on_evict: RwLock::default(),
            before_set: RwLock::default(),
            on_insert: RwLock::default(),
            after_get: RwLock::default(),
            hears_departures: AtomicBool::new(false),
            changes_values: AtomicBool::new(false),
            hears_inserts: AtomicBool::new(false),
        }
    }
}

/// Calls what is registered, without holding the registration lock meanwhile.
fn each<F: ?Sized>(hook: &Hook<F>, mut call: impl FnMut(&F)) {
    let registered = hook.read().clone();
    for registered in &registered {
        call(registered);
    }
}

impl<K, V> Hooks<K, V> {
    pub(super) fn evicted(&self, key: &K, value: &V, reason: Reason) {
        each(&self.on_evict, |hook| hook(key, value, reason));
    }

    /// Whether a value may be changed before it is stored.
    pub(super) fn change_values(&self) -> bool {
        self.changes_values.load(Relaxed)
    }

    /// Lets the hooks change a value that is about to be stored.
    pub(crate) fn before_set(&self, key: &K, value: &mut V) {
        if self.change_values() {
            each(&self.before_set, |hook| hook(key, value));
        }
    }

    pub(super) fn inserted(&self, key: &K, value: &V) {
        each(&self.on_insert, |hook| hook(key, value));
    }

    pub(super) fn got(&self, key: &K, value: &V) {
        each(&self.after_get, |hook| hook(key, value));
    }

    pub(super) fn hears_inserts(&self) -> bool {
        self.hears_inserts.load(Relaxed)
    }

    pub(super) fn watches_evictions(&self) -> bool {
        self.hears_departures.load(Relaxed)
    }
}

impl<K: Key, V: Value> Cache<K, V> {
    /// Calls `hook` with every entry that leaves, and why.
    ///
    /// Hooks run on the thread that made the entry leave, after the change and outside every lock: a
    /// hook may call this cache. Those of one kind run in the order of their registration and stay
    /// for as long as the cache lives.
    pub fn on_evict(&self, hook: impl Fn(&K, &V, Reason) + Send + Sync + 'static) {
        self.inner.hooks.on_evict.write().push(Arc::new(hook));
        self.inner.hooks.hears_departures.store(true, Relaxed);
    }

    /// Calls `hook` before a value is stored, whoever stores it; the hook may change the value. Whoever waits for the load
    /// of the value gets the changed one.
    ///
    /// ```
    /// # use larder::Cache;
    /// let cache = Cache::new(10);
    /// cache.before_set(|_: &u64, name: &mut String| name.make_ascii_lowercase());
    /// cache.set(1, "ADA".to_owned());
    /// assert_eq!(cache.get(&1).as_deref(), Some("ada"));
    /// ```
    pub fn before_set(&self, hook: impl Fn(&K, &mut V) + Send + Sync + 'static) {
        self.inner.hooks.before_set.write().push(Arc::new(hook));
        self.inner.hooks.changes_values.store(true, Relaxed);
    }

    /// Calls `hook` after a value was stored, whoever stored it.
    pub fn on_insert(&self, hook: impl Fn(&K, &V) + Send + Sync + 'static) {
        self.inner.hooks.on_insert.write().push(Arc::new(hook));
        self.inner.hooks.hears_inserts.store(true, Relaxed);
    }

    /// Calls `hook` after every hit, with the entry. A cache with such a hook has slower hits: the key is cloned
    /// for it.
    pub fn after_get(&self, hook: impl Fn(&K, &V) + Send + Sync + 'static) {
        self.inner.hooks.after_get.write().push(Arc::new(hook));
        self.inner.watch_hits();
    }
}
