//! The attributes of larder. Use them through the `larder` crate, which exports them.

mod diagnostics;
mod expand;
mod item;
mod options;
mod plan;
#[cfg(test)]
mod snapshots;
mod stages;
mod validate;

use proc_macro::TokenStream;

use plan::Defaults;

/// Memoizes an async function; by default it keeps the 128 entries used last, without expiry.
#[proc_macro_attribute]
pub fn async_lru(options: TokenStream, item: TokenStream) -> TokenStream {
    stages::memoize("async_lru", Defaults::Lru, options.into(), item.into()).into()
}

/// Memoizes an async function; by default it keeps 1024 entries for 60 seconds each.
#[proc_macro_attribute]
pub fn async_ttl(options: TokenStream, item: TokenStream) -> TokenStream {
    stages::memoize("async_ttl", Defaults::Ttl, options.into(), item.into()).into()
}

/// Drops entries of memoized functions when the function below runs.
#[proc_macro_attribute]
pub fn invalidates(calls: TokenStream, item: TokenStream) -> TokenStream {
    stages::invalidate(calls.into(), item.into()).into()
}
