//! The tiers of functions that have none of their own.

use super::open::IntoLayer;
use super::{Layer, TierError};
use parking_lot::RwLock;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};

/// What a tier of a function is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Disk,
    Remote,
}

struct State {
    disk: Option<Layer>,
    remote: Option<Layer>,
    prefix: String,
}

static STATE: RwLock<State> =
    RwLock::new(State { disk: None, remote: None, prefix: String::new() });

/// Changes whenever the tiers do.
static VERSION: AtomicU64 = AtomicU64::new(0);

pub(super) fn version() -> u64 {
    VERSION.load(Acquire)
}

pub(super) fn prefix() -> String {
    STATE.read().prefix.clone()
}

pub(super) fn layer(role: Role) -> Option<Layer> {
    let state = STATE.read();
    match role {
        Role::Disk => state.disk.clone(),
        Role::Remote => state.remote.clone(),
    }
}

/// None from now on.
pub(super) fn take_all() -> Vec<Layer> {
    change(|state| state.disk.take().into_iter().chain(state.remote.take()).collect())
}

fn change<R>(change: impl FnOnce(&mut State) -> R) -> R {
    let before = change(&mut STATE.write());
    VERSION.fetch_add(1, Release);
    before
}

/// The tiers below functions that have none of their own, process-wide. From [`defaults`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Defaults;

/// The tiers below functions that have none of their own.
///
/// They apply to every annotated function whose key can be serialized, and whose value can be serialized and
/// deserialized, unless it says `disk` or `remote` itself; not to functions with `cache = EXPR`, and not to caches by
/// hand. They can be changed at any time: calls that miss memory from then on go to the new ones.
///
/// ```
/// use larder::prelude::*;
/// use larder::tier::Memory;
///
/// #[async_lru]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), larder::tier::TierError> {
/// larder::defaults().disk(Memory::new(1 << 20))?;
/// square(3).await;
/// assert_eq!(square.get_metrics().tiers[0].puts, 1);
///
/// let unknown = larder::defaults().remote("rabbit://hole").unwrap_err();
/// assert!(unknown.to_string().contains("redis"));
/// # larder::defaults().no_disk();
/// # Ok(()) }
/// ```
#[must_use]
pub fn defaults() -> Defaults {
    Defaults
}

impl Defaults {
    /// The first tier below memory: a [`Layer`], a tier, or an address as for [`open`](super::open).
    ///
    /// # Errors
    /// When the address is not understood.
    pub fn disk(&self, layer: impl IntoLayer) -> Result<&Self, TierError> {
        let layer = layer.into_layer()?;
        // What was there is dropped outside the lock: it may be anybody's code.
        drop(change(|state| state.disk.replace(layer)));
        Ok(self)
    }

    /// The second tier below memory.
    ///
    /// # Errors
    /// When the address is not understood.
    pub fn remote(&self, layer: impl IntoLayer) -> Result<&Self, TierError> {
        let layer = layer.into_layer()?;
        drop(change(|state| state.remote.replace(layer)));
        Ok(self)
    }

    /// No first tier. What is invalidated meanwhile stays in the tier that was: do not bring one back that is to know of it.
    pub fn no_disk(&self) -> &Self {
        drop(change(|state| state.disk.take()));
        self
    }

    /// No second tier. As for [`no_disk`](Self::no_disk), it does not hear of what is invalidated meanwhile.
    pub fn no_remote(&self) -> &Self {
        drop(change(|state| state.remote.take()));
        self
    }

    /// Both at once; where there is none, it stays as it is.
    pub(crate) fn set(disk: Option<Layer>, remote: Option<Layer>) {
        change(|state| {
            state.disk = disk.or_else(|| state.disk.take());
            state.remote = remote.or_else(|| state.remote.take());
        });
    }

    /// Stands before the name of every function and cache in the tiers, so that several programs can share one. Set it
    /// before the first call: who has been named stays so.
    pub fn prefix(&self, prefix: impl Into<String>) -> &Self {
        let prefix = prefix.into();
        change(|state| state.prefix = prefix);
        self
    }
}
