//! Methods that a trait provides, types with lifetimes, instantiations that are not `'static`.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::hash::Hash;

use larder::prelude::*;

trait Provided: Sync {
    #[async_lru(skip(self))]
    async fn next(&self, n: u32) -> u32 {
        n + 1
    }

    #[async_lru(skip(self))]
    async fn generic<T: Clone + Send + Sync + Hash + Eq + 'static>(&self, n: T) -> Option<T> {
        let found = Some(&n)?;
        Some(found.clone())
    }
}

struct Plain;

impl Provided for Plain {}

struct Connection<'a>(&'a str);

#[async_lru(skip(connection))]
async fn find(connection: Connection<'_>, id: usize) -> usize {
    connection.0.len() + id
}

struct Shelf<T>(T);

impl<T: Send + Sync> Shelf<T> {
    #[async_lru(skip(self))]
    async fn not_static(&self, x: u32) -> u32 {
        let _ = &self.0;
        x
    }

    #[async_lru]
    async fn size(x: usize) -> usize {
        size_of::<T>() + x
    }
}

impl<'a> Shelf<&'a str> {
    #[async_lru(skip(self))]
    async fn length(&self, x: &str) -> usize {
        x.len() + self.0.len()
    }

    #[async_lru(skip(other))]
    async fn other_length(other: &'a str) -> usize {
        other.len()
    }
}

mod inner {
    use larder::prelude::*;

    #[async_lru]
    pub(in crate::inner) async fn restricted(x: u32) -> u32 {
        x
    }

    pub async fn misses() -> u64 {
        restricted(1).await;
        restricted.get_metrics().misses
    }
}

#[tokio::main]
async fn main() {
    assert_eq!(Plain.next(1).await, 2);
    assert_eq!(Plain.generic("x".to_owned()).await, Some("x".to_owned()));
    assert_eq!(find(Connection("abc"), 1).await, 4);
    assert_eq!(Shelf("x").not_static(1).await, 1);
    assert_eq!(Shelf::<u64>::size(1).await + Shelf::<u8>::size(1).await, 11);
    assert_eq!(Shelf::<u64>::size.get_metrics().misses, 1);
    let text = "xyz".to_owned();
    assert_eq!(Shelf(text.as_str()).length("a").await, 4);
    assert_eq!(Shelf::other_length(text.as_str()).await, 3);
    assert_eq!(inner::misses().await, 1);
}
