//! What the attributes generate passes every lint that the workspace has, and clippy's pedantic ones: this crate is
//! checked by `cargo clippy` like any other. The tests are in `tests`: misuse and the message it gets, and uses that are
//! hard to compile.
#![deny(warnings, clippy::pedantic)]
#![forbid(unsafe_code)]

use larder::Cache;
use larder::prelude::*;
use std::borrow::Cow;
use std::time::Duration;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row(pub u64);

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Service {
    tenant: u32,
}

/// A plain function.
#[async_lru]
pub async fn plain(n: u64) -> Row {
    Row(n)
}

/// All shapes of arguments.
///
/// # Errors
/// When the name is no number.
#[async_ttl(ttl = "60s", maxsize = 1000, skip(db), cache_err = "5s", cache_if = Result::is_ok)]
pub async fn find<'a>(
    db: &'a [Row],
    name: &str,
    (low, high): (u64, f64),
    words: Option<Vec<&str>>,
    title: Cow<'_, str>,
    mut limit: usize,
    _: char,
) -> Result<Option<Row>, std::num::ParseIntError> {
    fn item_after_generated_statements() -> u64 {
        1
    }
    limit += words.map_or(0, |words| words.len()) + title.len();
    let id = name.parse::<u64>()? + low + item_after_generated_statements();
    let row = db.iter().find(|row| row.0 == id);
    Ok(row.filter(|_| high > 0.5 && limit > 0).cloned())
}

/// Recursion.
#[async_lru(unbounded)]
pub async fn depth(n: u64) -> u64 {
    if n == 0 { 0 } else { depth(n - 1).await + 1 }
}

/// A written key.
#[async_lru(key = (tenant, name.to_lowercase()), ttl = Duration::from_secs(1), skip_none)]
pub async fn keyed(_db: &[Row], tenant: u32, name: &str) -> Option<Row> {
    (!name.is_empty()).then_some(Row(tenant.into()))
}

/// Weighed by a function.
#[async_lru(max_bytes = "64MiB", weigher = weight_of, policy = tinylfu, sizing)]
pub async fn weighed(name: &str, n: u64) -> Result<Row, String> {
    if name.is_empty() { Err(n.to_string()) } else { Ok(Row(n)) }
}

fn weight_of((name, _): &(String, u64), row: &Row) -> u64 {
    name.len() as u64 + row.0
}

/// Weighed by a function of one argument, whose key is a `String`.
#[async_lru(max_bytes = "64MiB", weigher = weight_of_text)]
pub async fn weighed_text(name: &str) -> Vec<u8> {
    name.as_bytes().to_owned()
}

fn weight_of_text(name: &str, bytes: &[u8]) -> u64 {
    (name.len() + bytes.len()) as u64
}

/// Weighed by its types.
#[async_ttl(max_bytes = 1 << 20, maxsize = 100, policy = s3fifo)]
pub async fn weighed_by_type(n: u64) -> Row {
    Row(n)
}

/// Generic, with a bound in the where clause.
#[must_use]
#[async_lru(name = "generic", version = 1)]
pub async fn generic<T>(item: T, other: &T) -> bool
where
    T: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
{
    item == *other
}

impl Service {
    /// A method.
    #[async_lru]
    pub async fn get(&self, id: u64) -> Row {
        Row(id + u64::from(self.tenant))
    }

    /// A method with a cache of its own.
    #[async_lru(cache = *cache, skip(self, cache))]
    pub async fn given(&self, cache: &Cache<u64, Row>, id: u64) -> Row {
        Row(id + u64::from(self.tenant))
    }

    /// On one thread.
    #[async_lru(local, skip(self))]
    pub async fn local(&self, id: u64) -> Row {
        Row(id)
    }

    /// A mutation.
    ///
    /// # Errors
    /// When the id is zero.
    #[invalidates(self.get(id), depth(..), Self::local(..), when = "after")]
    pub async fn update(&self, id: u64) -> Result<Row, String> {
        if id == 0 { Err("zero".to_owned()) } else { Ok(Row(id)) }
    }
}
