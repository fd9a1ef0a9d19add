//! `cached` 4: its macros, each with the attributes its documentation shows.
//!
//! A macro's cache is a static, so every configuration is a function of its own. The stores behind
//! them, without a macro, follow at the end.

use std::cell::RefCell;

use ::cached::{Cached, LruCache, ShardedLruCache};

use crate::store::Store;

/// As many entries as come, or 10,000.
pub(crate) mod large {
    use cached::macros::{cached, concurrent_cached};

    use crate::key::load;

    #[cached]
    pub(crate) async fn unbounded(key: u64) -> u64 {
        load(key).await
    }

    #[cached(unsync_reads = true)]
    pub(crate) async fn unsync_reads(key: u64) -> u64 {
        load(key).await
    }

    #[cached(max_size = 10_000)]
    pub(crate) async fn lru(key: u64) -> u64 {
        load(key).await
    }

    #[concurrent_cached]
    pub(crate) async fn concurrent(key: u64) -> u64 {
        load(key).await
    }

    #[concurrent_cached(max_size = 10_000)]
    pub(crate) async fn concurrent_lru(key: u64) -> u64 {
        load(key).await
    }
}

/// The same with a text for a key.
pub(crate) mod texts {
    use cached::macros::{cached, concurrent_cached};

    use crate::key::load_text;

    #[cached]
    pub(crate) async fn unbounded(key: &str) -> u64 {
        load_text(key).await
    }

    #[cached(unsync_reads = true)]
    pub(crate) async fn unsync_reads(key: &str) -> u64 {
        load_text(key).await
    }

    #[cached(max_size = 10_000)]
    pub(crate) async fn lru(key: &str) -> u64 {
        load_text(key).await
    }

    #[concurrent_cached]
    pub(crate) async fn concurrent(key: &str) -> u64 {
        load_text(key).await
    }

    #[concurrent_cached(max_size = 10_000)]
    pub(crate) async fn concurrent_lru(key: &str) -> u64 {
        load_text(key).await
    }
}

/// With an hour to live.
pub(crate) mod expiring {
    use cached::macros::{cached, concurrent_cached};

    use crate::key::load;

    #[cached(ttl_secs = 3_600)]
    pub(crate) async fn unbounded(key: u64) -> u64 {
        load(key).await
    }

    #[cached(max_size = 10_000, ttl_secs = 3_600)]
    pub(crate) async fn lru(key: u64) -> u64 {
        load(key).await
    }

    #[concurrent_cached(ttl_secs = 3_600)]
    pub(crate) async fn concurrent(key: u64) -> u64 {
        load(key).await
    }

    #[concurrent_cached(max_size = 10_000, ttl_secs = 3_600)]
    pub(crate) async fn concurrent_lru(key: u64) -> u64 {
        load(key).await
    }
}

/// 128 entries.
pub(crate) mod small {
    use cached::macros::{cached, concurrent_cached};

    use crate::key::load;

    #[cached(max_size = 128)]
    pub(crate) async fn lru(key: u64) -> u64 {
        load(key).await
    }

    #[concurrent_cached(max_size = 128)]
    pub(crate) async fn concurrent_lru(key: u64) -> u64 {
        load(key).await
    }
}

/// 1,000 entries, for keys that never come back.
pub(crate) mod evicting {
    use cached::macros::{cached, concurrent_cached};

    use crate::key::load;

    #[cached(max_size = 1_000)]
    pub(crate) async fn lru(key: u64) -> u64 {
        load(key).await
    }

    #[concurrent_cached(max_size = 1_000)]
    pub(crate) async fn concurrent_lru(key: u64) -> u64 {
        load(key).await
    }
}

/// 1,000 callers at once.
pub(crate) mod stampede {
    use cached::macros::{cached, concurrent_cached};

    use crate::course::gathered_load;

    #[cached(max_size = 1_000, sync_writes = "by_key")]
    pub(crate) async fn lru_by_key(key: u64) -> u64 {
        gathered_load(key).await
    }

    #[concurrent_cached(max_size = 1_000)]
    pub(crate) async fn concurrent_lru(key: u64) -> u64 {
        gathered_load(key).await
    }
}

/// The store behind `#[cached(max_size = ..)]`: one exact order.
pub(crate) fn lru(capacity: usize) -> RefCell<LruCache<u64, u64>> {
    RefCell::new(LruCache::new(capacity))
}

/// The store behind `#[concurrent_cached(max_size = ..)]`.
pub(crate) fn sharded_lru(capacity: usize) -> ShardedLruCache<u64, u64> {
    ShardedLruCache::new(capacity)
}

impl Store for RefCell<LruCache<u64, u64>> {
    fn get(&self, key: u64) -> Option<u64> {
        self.borrow_mut().cache_get(&key).copied()
    }

    fn insert(&self, key: u64, value: u64) {
        self.borrow_mut().cache_set(key, value);
    }

    fn len(&self) -> usize {
        self.borrow().cache_size()
    }
}

impl Store for ShardedLruCache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        ShardedLruCache::get(self, &key)
    }

    fn insert(&self, key: u64, value: u64) {
        self.set(key, value);
    }

    fn len(&self) -> usize {
        ShardedLruCache::len(self)
    }
}
