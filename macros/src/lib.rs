//! The attributes of larder. Depend on the `larder` crate, which exports them: what they generate
//! needs it.
//!
//! An attribute's way through this crate has four stages, each with a type of its own, so that each can be read
//! alone:
//!
//! 1. tokens become what was **written** (`options`, `item`): syntax only, with all spans kept, and
//!    the body left as tokens;
//! 2. what was written becomes a **plan** (`validate`): all rules run, and all problems come out
//!    together;
//! 3. a **plan** (`plan`) is valid by construction, and has every default resolved;
//! 4. a plan becomes **tokens** (`expand`), which cannot fail.
//!
//! If there are problems, each becomes a `compile_error!` at its culprit, and the function becomes
//! something that its callers compile with: one mistake, one error.

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

/// Memoizes an async function: by default it keeps the 128 entries that were used last, without expiry.
///
/// Concurrent calls with equal arguments share one run of the body. Calls look the same as before, and can be
/// told more; the function's own name is the handle of its cache.
///
/// ```
/// use larder::prelude::*;
///
/// #[async_lru(maxsize = 1000)]
/// async fn user_name(id: u64) -> String {
///     format!("user {id}")
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_eq!(user_name(7).await, "user 7"); // runs the body
/// assert_eq!(user_name(7).await, "user 7"); // does not
/// user_name(7).use_cache(false).await; // a fresh load, which replaces the entry
/// user_name(7).invalidate().await; // drops this entry
/// user_name.clear().await; // drops all entries
/// assert_eq!(user_name.get_metrics().hits, 1);
/// # }
/// ```
///
/// With `disk = ".."` and `remote = ".."` values are kept [below memory](#below-memory) too: in a file, on a server.
///
/// [`async_ttl`](macro@async_ttl) takes the same options and differs in its defaults only.
#[doc = include_str!("../docs/options.md")]
#[proc_macro_attribute]
pub fn async_lru(options: TokenStream, item: TokenStream) -> TokenStream {
    stages::memoize("async_lru", Defaults::Lru, options.into(), item.into()).into()
}

/// Memoizes an async function: by default it keeps 1024 entries, for 60 seconds each.
///
/// Concurrent calls with equal arguments share one run of the body. Of a `Result` only the `Ok` is kept.
///
/// ```
/// use larder::prelude::*;
///
/// struct Db(Vec<String>);
///
/// #[async_ttl(ttl = "5m", skip(db))]
/// async fn user(db: &Db, id: usize) -> Result<String, String> {
///     db.0.get(id).cloned().ok_or_else(|| format!("no user {id}"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), String> {
/// let db = Db(vec!["Ada".to_owned()]);
/// assert_eq!(user(&db, 0).await?, "Ada");
/// assert_eq!(user(&db, 0).peek(), Some("Ada".to_owned()));
/// assert!(user(&db, 7).await.is_err());
/// assert_eq!(user(&db, 7).peek(), None);
/// # Ok(())
/// # }
/// ```
///
/// With `disk = ".."` and `remote = ".."` values are kept [below memory](#below-memory) too: in a file, on a server.
///
/// [`async_lru`](macro@async_lru) takes the same options and differs in its defaults only.
#[doc = include_str!("../docs/options.md")]
#[proc_macro_attribute]
pub fn async_ttl(options: TokenStream, item: TokenStream) -> TokenStream {
    stages::memoize("async_ttl", Defaults::Ttl, options.into(), item.into()).into()
}

/// Drops entries of memoized functions when the async function below runs.
///
/// What is to be dropped is written as a call, which is not made: the compiler checks its arguments, and
/// the key is derived by the same code as that of a real call.
///
/// ```
/// use larder::prelude::*;
///
/// #[derive(Clone, PartialEq, Eq, Hash)]
/// struct Users {
///     tenant: u32,
/// }
///
/// impl Users {
///     #[async_ttl]
///     async fn get(&self, id: u64) -> String {
///         format!("user {id} of {}", self.tenant)
///     }
///
///     #[async_ttl]
///     async fn list(&self, page: u32) -> Vec<u64> {
///         vec![page.into()]
///     }
///
///     #[invalidates(self.get(id), self.list(..))]
///     async fn rename(&self, id: u64, name: String) -> Result<(), String> {
///         if name.is_empty() { Err(format!("no name for {id}")) } else { Ok(()) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), String> {
/// let users = Users { tenant: 1 };
/// users.get(7).await;
/// users.get(8).await;
/// users.list(1).await;
/// users.rename(7, "Ada".to_owned()).await?;
/// assert_eq!(users.get(7).peek(), None);
/// assert!(users.get(8).peek().is_some());
/// assert_eq!(users.list(1).peek(), None);
/// # Ok(())
/// # }
/// ```
///
/// | element | drops |
/// |---|---|
/// | `get_user(db, id)`, `self.get(id)`, `Users::total(tenant)` | the entry of this call |
/// | `list(..)`, `Users::list(..)`, `count::<Order>(..)` | all entries of the function |
/// | `self.list(..)` | all entries of the method, for all values of `self` |
/// | `when = "before"`, `"after"`, `"both"` | when it happens; `"both"` unless said otherwise |
/// | `crate = path` | where larder is found |
///
/// After the body means: also if it returns an error, panics, or its future is dropped half-way. A
/// load that is under way at that moment is not stored; those who wait for it get its value. With tiers below memory the
/// function waits until they have been told, before its body and after it, for no longer than their time-outs.
///
/// The arguments are evaluated before the body, so it may move them. An expression that is no call of a memoized
/// function is a compile error, and so is the attribute on a function that is memoized itself: its hits
/// would not run.
#[proc_macro_attribute]
pub fn invalidates(calls: TokenStream, item: TokenStream) -> TokenStream {
    stages::invalidate(calls.into(), item.into()).into()
}
