//! Bounds by weight, policies and sizing advice, wherever the attribute stands.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use larder::Policy;
use larder::prelude::*;

const LIMIT: u64 = 1 << 20;

fn limit() -> u64 {
    LIMIT
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Page(u64);

mod weights {
    use super::Page;

    pub(super) fn of_page(_: &u32, page: &Page) -> u64 {
        page.0
    }

    pub(super) fn of_two((_, title): &(u32, String), page: &Page) -> u64 {
        title.len() as u64 + page.0
    }

    pub(super) fn of_none((): &(), page: &Page) -> u64 {
        page.0
    }

    pub(super) fn of_text(name: &str, bytes: &[u8]) -> u64 {
        (name.len() + bytes.len()) as u64
    }

    pub(super) fn of_bytes(_: &u32, bytes: &[u8]) -> u64 {
        bytes.len() as u64
    }

    pub(super) fn of_name(name: &str, _: &u32) -> u64 {
        name.len() as u64
    }

    pub(super) fn of_any<K, V>(_: &K, _: &V) -> u64 {
        (size_of::<K>() + size_of::<V>()) as u64
    }
}

#[async_lru(max_bytes = "64MiB", weigher = weights::of_page)]
async fn one(x: u32) -> Page {
    Page(x.into())
}

#[async_ttl(max_bytes = LIMIT / 2, maxsize = 10, weigher = weights::of_two, policy = tinylfu)]
async fn two(x: u32, title: &str) -> Result<Page, String> {
    if title.is_empty() { Err("no title".to_owned()) } else { Ok(Page(x.into())) }
}

#[async_lru(max_bytes = limit(), weigher = self::weights::of_none)]
async fn none() -> Page {
    Page(1)
}

#[async_lru(max_bytes = "1MB", weigher = weights::of_text)]
async fn behind_both(name: &str) -> Result<Vec<u8>, String> {
    Ok(name.as_bytes().to_owned())
}

#[async_lru(max_bytes = "1MB", weigher = weights::of_bytes)]
async fn behind_value(x: u32) -> Arc<[u8]> {
    Arc::new([x as u8])
}

#[async_lru(max_bytes = "1MB", weigher = weights::of_name)]
async fn behind_key(name: String) -> u32 {
    name.len() as u32
}

#[async_lru(max_bytes = "1MB", weigher = weights::of_page)]
async fn behind_an_arc(x: u32) -> Arc<Page> {
    Arc::new(Page(x.into()))
}

#[async_lru(max_bytes = 1_000, weigher = weights::of_any::<u32, u32>)]
async fn turbofish(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = 64u64, policy = s3fifo, sizing, ttl = 5)]
async fn by_type(x: f64, words: &[&str], at: Option<&Path>, title: Cow<'_, str>) -> Arc<Vec<u8>> {
    let length = words.len() + title.len() + at.map_or(0, |at| at.as_os_str().len());
    Arc::new(vec![x as u8; length])
}

#[async_lru(max_bytes = "1 kb", key = (x, name.to_lowercase()))]
async fn custom_key(x: u32, name: &str) -> String {
    format!("{x}{name}")
}

#[async_lru(max_bytes = "1.5GB", policy = fifo, skip(other))]
async fn generic<T, U: Sync>(item: T, other: &U) -> T
where
    T: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
{
    let _ = other;
    item
}

#[async_lru(max_bytes = "1MB", weigher = weights::of_page, skip(other))]
async fn generic_beside_the_entry<U: Sync>(x: u32, other: &U) -> Page {
    let _ = other;
    Page(x.into())
}

#[async_lru(max_bytes = "1MB", policy = sieve)]
async fn recursive(n: u64) -> u64 {
    if n == 0 { 0 } else { recursive(n - 1).await + 1 }
}

#[async_lru(max_bytes = "1MB", local, policy = lfu)]
async fn local(n: u64) -> u64 {
    n
}

#[async_lru(maxsize = 0, policy = lru, sizing)]
async fn nothing(x: u32) -> u32 {
    x
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Shelf<T>(T);

impl<T: std::hash::Hash + Eq + Clone + Send + Sync + 'static> Shelf<T> {
    fn weight_of(shelf: &Shelf<u8>, _: &Shelf<u8>) -> u64 {
        shelf.0.into()
    }

    #[async_lru(max_bytes = "1KiB")]
    async fn me(&self) -> Self {
        self.clone()
    }
}

impl Shelf<u8> {
    #[async_lru(max_bytes = "1KiB", weigher = Shelf::<u8>::weight_of)]
    async fn weighed(&self) -> Self {
        self.clone()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(one(1).await.0 + none().await.0 + turbofish(1).await as u64, 3);
    assert_eq!(behind_both("a").await.map(|bytes| bytes.len()), Ok(1));
    assert_eq!(behind_value(1).await.len() + behind_an_arc(1).await.0 as usize, 2);
    assert_eq!(behind_key("abc".to_owned()).await, 3);
    assert_eq!(two(1, "a").await.map(|page| page.0), Ok(1));
    assert_eq!(by_type(1.0, &["a"], Some(Path::new("b")), Cow::Borrowed("c")).await.len(), 3);
    assert_eq!(custom_key(1, "A").await, "1A");
    assert_eq!(generic("a".to_owned(), &1).await, "a");
    assert_eq!(generic_beside_the_entry(2, &"x").await.0, 2);
    assert_eq!(recursive(10).await + local(1).await + u64::from(nothing(1).await), 12);
    assert_eq!(Shelf(3).me().await.0 + Shelf(4).weighed().await.0, 7);

    let known = larder::functions();
    let find = |name: &str| known.iter().find(|function| function.name().ends_with(name)).unwrap();
    let bounds = |name| (find(name).maxsize(), find(name).max_bytes(), find(name).policy());
    assert_eq!(bounds("::one"), (None, Some(64 << 20), Policy::Lru));
    assert_eq!(bounds("::two"), (Some(10), Some(LIMIT / 2), Policy::TinyLfu));
    assert_eq!(bounds("::custom_key"), (None, Some(1000), Policy::Lru));
    assert_eq!(bounds("::generic"), (None, Some(1_500_000_000), Policy::Fifo));
    assert_eq!(bounds("::nothing"), (Some(0), None, Policy::Lru));
}
