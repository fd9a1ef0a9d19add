//! What the attributes generate where larder has its feature `tier` passes every lint too. The tests are in `tests`.
#![deny(warnings, clippy::pedantic)]
#![forbid(unsafe_code)]

use larder::prelude::*;
use larder::tier::{Layer, Memory};
use serde::{Deserialize, Serialize};

/// A value that has bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// Its name.
    pub name: String,
}

/// A tier of the program's.
#[must_use]
pub fn below() -> Layer {
    Memory::new(1 << 20).into()
}

/// By an expression, and by an address.
#[async_ttl(disk = below(), remote = "memory:users")]
pub async fn user(id: u64) -> Result<User, &'static str> {
    if id == 0 { Err("nobody") } else { Ok(User { name: format!("user {id}") }) }
}

/// What a caller is told.
#[derive(Debug, Clone)]
pub struct Busy;

impl From<larder::tier::TierError> for Busy {
    fn from(_: larder::tier::TierError) -> Self {
        Self
    }
}

type Answer<T> = Result<T, Busy>;

/// Fails with its tier, by an alias.
///
/// # Errors
/// When the tier does.
#[async_ttl(disk = below(), on_tier_error = fail)]
pub async fn strict(id: u64) -> Answer<User> {
    Ok(User { name: format!("user {id}") })
}

/// Fails with the tiers of the process.
///
/// # Errors
/// When one of them does.
#[async_ttl(on_tier_error = fail)]
pub async fn strict_by_default(id: &str) -> Result<Option<User>, Busy> {
    Ok(Some(User { name: format!("user {id}") }))
}

/// Wherever the process says.
#[async_lru(max_bytes = "1MiB")]
pub async fn names(tenant: &str) -> Vec<String> {
    vec![tenant.to_owned()]
}

/// Nowhere.
#[async_lru(memory_only)]
pub async fn secret(n: u64) -> u64 {
    n
}

/// Nowhere either: it is not read from bytes.
#[async_lru]
pub async fn kind(n: u64) -> &'static str {
    if n == 0 { "none" } else { "some" }
}

/// Its own kind of recursion.
#[async_lru]
pub async fn depth(n: u64) -> u64 {
    if n == 0 { 0 } else { depth(n - 1).await + 1 }
}

/// Invalidates what lies in tiers.
///
/// # Errors
/// Never.
#[invalidates(user(id), names(..))]
pub async fn rename(id: u64, name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("no name");
    }
    user(id).await?;
    Ok(())
}
