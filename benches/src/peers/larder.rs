//! larder: its macros, and the `Cache` handle that they are built on.

use std::time::Duration;

use ::larder::Cache;
pub(crate) use ::larder::Policy;

use crate::course::Call;
use crate::key::load;
use crate::store::Store;

/// As many entries as come, or 10,000.
pub(crate) mod large {
    use ::larder::prelude::*;

    use crate::key::{load, load_text};

    #[async_lru(unbounded)]
    pub(crate) async fn unbounded(key: u64) -> u64 {
        load(key).await
    }

    #[async_lru(maxsize = 10_000)]
    pub(crate) async fn lru(key: u64) -> u64 {
        load(key).await
    }

    #[async_lru(maxsize = 10_000, sizing)]
    pub(crate) async fn sized(key: u64) -> u64 {
        load(key).await
    }

    #[async_ttl(ttl = "1h", maxsize = 10_000)]
    pub(crate) async fn expiring(key: u64) -> u64 {
        load(key).await
    }

    #[async_lru(maxsize = 10_000)]
    pub(crate) async fn texts(key: &str) -> u64 {
        load_text(key).await
    }
}

/// 128 entries, the default.
pub(crate) mod small {
    use ::larder::prelude::*;

    use crate::key::load;

    #[async_lru]
    pub(crate) async fn lru(key: u64) -> u64 {
        load(key).await
    }
}

/// 1,000 entries, for keys that never come back.
pub(crate) mod evicting {
    use ::larder::prelude::*;

    use crate::key::load;

    #[async_lru(maxsize = 1_000)]
    pub(crate) async fn lru(key: u64) -> u64 {
        load(key).await
    }

    #[async_ttl(ttl = "1h", maxsize = 1_000)]
    pub(crate) async fn expiring(key: u64) -> u64 {
        load(key).await
    }
}

/// Room for twice as many entries as are asked for, so that all of them stay.
pub(crate) mod scaled {
    use ::larder::prelude::*;

    use crate::key::load;

    #[async_lru(maxsize = 2_000)]
    pub(crate) async fn small(key: u64) -> u64 {
        load(key).await
    }

    #[async_lru(maxsize = 200_000)]
    pub(crate) async fn medium(key: u64) -> u64 {
        load(key).await
    }

    #[async_lru(maxsize = 20_000_000)]
    pub(crate) async fn large(key: u64) -> u64 {
        load(key).await
    }
}

/// 1,000 callers at once.
pub(crate) mod stampede {
    use ::larder::prelude::*;

    use crate::course::gathered_load;

    #[async_lru(maxsize = 1_000)]
    pub(crate) async fn lru(key: u64) -> u64 {
        gathered_load(key).await
    }
}

pub(crate) fn numbers(capacity: usize) -> impl Call<u64> {
    let cache = Cache::new(capacity);
    async move |key| cache.get_with(key, load(key)).await
}

pub(crate) fn expiring(capacity: usize, ttl: Duration) -> impl Call<u64> {
    let cache = Cache::builder().maxsize(capacity).ttl(ttl).build();
    async move |key| cache.get_with(key, load(key)).await
}

pub(crate) fn store(capacity: usize, policy: Policy) -> Cache<u64, u64> {
    Cache::builder().maxsize(capacity).policy(policy).build()
}

/// One order over the whole cache instead of one for each region.
pub(crate) fn one_region(capacity: usize, policy: Policy) -> Cache<u64, u64> {
    Cache::builder().maxsize(capacity).policy(policy).concurrency(1).build()
}

impl Store for Cache<u64, u64> {
    fn get(&self, key: u64) -> Option<u64> {
        Cache::get(self, &key)
    }

    fn insert(&self, key: u64, value: u64) {
        self.set(key, value);
    }

    fn len(&self) -> usize {
        Cache::len(self)
    }
}

/// The same, asked without counting as a use.
pub(crate) struct Peeked(pub(crate) Cache<u64, u64>);

impl Store for Peeked {
    fn get(&self, key: u64) -> Option<u64> {
        self.0.peek(&key)
    }

    fn insert(&self, key: u64, value: u64) {
        self.0.set(key, value);
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
