//! A crate of edition 2021 that knows larder under another name.
//!
//! The return type of an attribute's function captures all lifetimes, as edition 2024 has it, because its tokens come
//! from a crate of that edition; what a body drops when stays as edition 2021 has it.
#![deny(warnings)]
#![forbid(unsafe_code)]

use pantry::prelude::*;
use std::sync::Mutex;

/// The crate as others may re-export it.
pub mod reexport {
    pub use pantry as deep;
}

/// Two references and no named lifetime.
#[async_lru(crate = pantry)]
pub async fn longest(a: &str, b: &str) -> usize {
    a.len().max(b.len())
}

/// A named lifetime beside elided ones.
#[async_ttl(skip(db), crate = reexport::deep)]
pub async fn find<'a>(db: &'a [u64], id: u64, _name: &str) -> Result<u64, String> {
    db.get(usize::try_from(id).map_err(|error| error.to_string())?)
        .copied()
        .ok_or_else(|| "no such entry".to_owned())
}

/// The guard in the last expression lives longer than the locals of the body, but not than its arguments.
#[async_lru(skip(shared), crate = ::pantry)]
pub async fn guarded(shared: Mutex<u64>, id: u64) -> u64 {
    let copy = id;
    shared.lock().map_or(0, |value| *value) + copy
}

fn weight_of(name: &str, title: &str) -> u64 {
    (name.len() + title.len()) as u64
}

/// Weighed by a function.
#[async_lru(max_bytes = "1MB", weigher = weight_of, policy = sieve, crate = pantry)]
pub async fn weighed(name: &str) -> String {
    format!("Title of {name}")
}

/// Weighed by its types.
#[async_ttl(max_bytes = "1MB", sizing, crate = reexport::deep)]
pub async fn weighed_by_type(name: &str) -> String {
    name.to_owned()
}

/// A shelf of things.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shelf(pub u64);

/// A trait with async functions.
pub trait Things {
    /// Two references.
    fn thing(&self, name: &str) -> impl std::future::Future<Output = u64> + Send;
}

impl Things for Shelf {
    #[async_lru(crate = pantry)]
    async fn thing(&self, name: &str) -> u64 {
        self.0 + u64::try_from(name.len()).unwrap_or_default()
    }
}

impl Shelf {
    /// All of it.
    #[invalidates(longest("a", name), <Self as Things>::thing(..), crate = pantry)]
    pub async fn update(&self, name: &str) -> usize {
        name.len()
    }
}

/// A macro that writes memoized functions for crates that do not depend on larder.
#[macro_export]
macro_rules! memoized {
    ($name:ident($arg:ident: $type:ty) -> $output:ty $body:block) => {
        #[$crate::reexport::deep::async_lru(crate = $crate::reexport::deep)]
        async fn $name($arg: $type) -> $output $body
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    memoized!(doubled(n: &u64) -> u64 { n * 2 });

    #[tokio::test]
    async fn everything_runs() {
        assert_eq!(longest("a", "bb").await, 2);
        assert_eq!(longest.get_metrics().misses, 1);
        assert_eq!(find(&[1, 2], 1, "x").await, Ok(2));
        assert_eq!(guarded(Mutex::new(1), 2).await, 3);
        assert_eq!(Shelf(1).thing("ab").await, 3);
        assert_eq!(Shelf(1).update("bb").await, 2);
        assert_eq!(longest.cache().len(), 0);
        assert_eq!(doubled(&2).await, 4);
        assert_eq!(weighed("a").await + &weighed_by_type("b").await, "Title of ab");
    }
}
