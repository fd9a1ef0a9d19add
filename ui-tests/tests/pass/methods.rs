//! Methods, associated functions, generic impls, traits; `Self` anywhere in the signature.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::hash::Hash;
use std::sync::Arc;

use larder::prelude::*;
use larder::Cache;

trait Repo {
    type Item;
    async fn find(&self, a: &str, b: &str) -> usize;
    async fn one(&self, a: &str) -> Self::Item;
    fn desugared(&self, a: &str) -> impl Future<Output = usize> + Send;
    async fn provided(&self, n: u32) -> u32 {
        n + 1
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Shelf<T>(T);

impl<T: Clone + Send + Sync + Hash + Eq + 'static> Repo for Shelf<T> {
    type Item = T;

    #[async_lru]
    async fn find(&self, a: &str, b: &str) -> usize {
        let _ = &self.0;
        a.len() + b.len()
    }

    #[async_ttl(skip(self))]
    async fn one(&self, a: &str) -> Self::Item {
        let _ = a;
        self.0.clone()
    }

    #[async_lru]
    async fn desugared(&self, a: &str) -> usize {
        a.len()
    }

    #[async_lru]
    async fn provided(&self, n: u32) -> u32 {
        n + 2
    }
}

impl<T: Clone + Send + Sync + Hash + Eq + 'static> Shelf<T> {
    #[async_lru]
    async fn make(item: T) -> Self {
        Self(item)
    }

    #[async_lru]
    async fn checked(item: &Self) -> Result<Self, ()> {
        Ok(item.clone())
    }

    #[async_lru]
    async fn nothing_of(id: u64) -> Option<T> {
        let _ = id;
        None
    }

    #[async_lru]
    async fn deep(&self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.deep(n - 1).await + 1 }
    }

    #[async_lru(skip(self))]
    async fn consumed(self, n: u64) -> u64 {
        let _item = self.0;
        n
    }

    #[async_lru(skip_args = 1)]
    async fn shared(self: Arc<Self>, n: u64) -> u64 {
        n
    }

    #[async_lru(key = n)]
    async fn shared_by_key(self: Arc<Self>, n: u64) -> u64 {
        n
    }

    #[async_lru(cache = *cache, key = ("double", n))]
    async fn double(cache: &Cache<(&'static str, u64), u64>, n: u64) -> u64 {
        2 * n
    }

    #[async_lru(cache = *cache, key = ("half", n))]
    async fn half(cache: &Cache<(&'static str, u64), u64>, n: u64) -> u64 {
        n / 2
    }

    #[async_lru]
    async fn typed(self: &Self, n: u64) -> u64 {
        n
    }

    #[async_lru(skip(self))]
    async fn counted(&mut self, n: u64) -> u64 {
        n
    }

    #[async_lru]
    async fn named_lifetime<'a>(&'a self, other: &'a str) -> usize {
        other.len()
    }
}

struct Service {
    cache: Cache<u32, u32>,
    tenant: u32,
    name: String,
}

impl Service {
    #[async_lru(cache = self.cache, skip(self))]
    async fn given(&self, id: u32) -> u32 {
        id + self.tenant
    }

    #[async_lru(cache = self.borrowed_cache(), skip(self))]
    async fn given_by_method(&self, id: u32) -> u32 {
        id + self.tenant
    }

    #[async_lru(cache = cache, skip(self, cache))]
    async fn given_as_argument(&self, cache: &Cache<u32, u32>, id: u32) -> u32 {
        let _ = cache;
        id + self.tenant
    }

    #[async_lru(cache = shards[*id as usize], skip(self, shards))]
    async fn given_by_argument(&self, shards: &[Cache<u32, u32>], id: u32) -> u32 {
        let _ = shards.len();
        id + self.tenant
    }

    fn borrowed_cache(&self) -> &Cache<u32, u32> {
        &self.cache
    }

    #[async_lru(key = (self.tenant, self.name.clone(), id))]
    async fn keyed(&self, id: u32) -> u32 {
        id + self.tenant
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main]
async fn main() {
    let shelf = Shelf(1_u8);
    assert_eq!(is_send(shelf.find("a", "bb")).await, 3);
    assert_eq!(shelf.one("a").await, 1);
    assert_eq!(shelf.desugared("a").await, 1);
    assert_eq!(shelf.provided(1).await, 3);
    assert_eq!(<Shelf<u8> as Repo>::one.get_metrics().misses, 1);
    assert_eq!(Shelf::make(1_u8).await, shelf);
    assert_eq!(Shelf::checked(&shelf).await, Ok(Shelf(1)));
    assert_eq!(Shelf::<u8>::nothing_of(1).await, None);
    assert_eq!(shelf.deep(3).await, 3);
    assert_eq!(Shelf::<u8>::deep.get_metrics().misses, 4);
    assert_eq!(shelf.clone().consumed(1).await, 1);
    assert_eq!(Arc::new(shelf.clone()).shared_by_key(1).await, 1);
    let both = Cache::builder().build();
    assert_eq!(Shelf::<u8>::double(&both, 4).await + Shelf::<u8>::half(&both, 4).await, 10);
    assert_eq!(both.len(), 2);
    assert_eq!(Arc::new(shelf.clone()).shared(1).await, 1);
    assert_eq!(shelf.typed(1).await, 1);
    assert_eq!(shelf.clone().counted(1).await, 1);
    assert_eq!(shelf.named_lifetime("a").await, 1);

    let cache = Cache::builder().maxsize(10).build();
    let service = Service { cache, tenant: 1, name: "x".to_owned() };
    assert_eq!(service.given(1).await, 2);
    assert_eq!(service.given_by_method(1).await, 2);
    assert_eq!(service.cache.len(), 1);
    assert_eq!(service.keyed(1).await, 2);
    assert_eq!(service.given_as_argument(&service.cache, 2).await, 3);
    assert_eq!(service.given_by_argument(&[Cache::builder().build(), service.cache.clone()], 1).await, 2);
    assert_eq!(service.cache.len(), 2);
}
