//! The end of a process that has tiers.

use super::{defaults, registry};
use crate::error::Error;
use crate::function;

/// Tells the tiers of all functions everything they are owed, flushes them, and closes those that were opened by address and
/// those of [`defaults`](crate::defaults). Call it at the end of `main` where writes go [behind](super::Write::Behind).
///
/// Functions go on in memory afterwards. Caches by hand are closed by [`Cache::close`](crate::Cache::close).
///
/// # Errors
/// The first of what went wrong. Everything is closed all the same.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), larder::Error> {
/// larder::close().await?;
/// # Ok(()) }
/// ```
pub async fn close() -> Result<(), Error> {
    let mut result = Ok(());
    for closing in function::close_all() {
        result = result.and(closing.await);
    }
    for layer in defaults::take_all().into_iter().chain(registry::take_all()) {
        let name = layer.name();
        let closed = super::place::settled(&layer, layer.tier().close()).await;
        result = result.and(closed.map_err(|_| Error::TierUnavailable { tier: name }));
    }
    result
}
