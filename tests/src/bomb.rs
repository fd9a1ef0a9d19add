//! Things that panic when they are told to.

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Whether it panicked.
pub fn panics<T>(run: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

/// What makes a [`Bomb`] panic the next time that it is cloned, dropped, hashed or compared.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "named after what panics")]
pub struct Fuse {
    pub clone: AtomicBool,
    pub drop: AtomicBool,
    pub hash: AtomicBool,
    pub eq: AtomicBool,
}

impl Fuse {
    fn blow(fuse: &AtomicBool, at: &str) {
        assert!(!fuse.swap(false, SeqCst), "panics in its {at}");
    }
}

/// Panics in its `Clone`, `Drop`, `Hash` or `Eq` as often as it is told to, and in its `Debug` always.
pub struct Bomb(pub u64, pub Arc<Fuse>);

impl Clone for Bomb {
    fn clone(&self) -> Self {
        Fuse::blow(&self.1.clone, "Clone");
        Self(self.0, self.1.clone())
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            Fuse::blow(&self.1.drop, "Drop");
        }
    }
}

impl Hash for Bomb {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Fuse::blow(&self.1.hash, "Hash");
        self.0.hash(state);
    }
}

impl PartialEq for Bomb {
    fn eq(&self, other: &Self) -> bool {
        Fuse::blow(&self.1.eq, "Eq");
        self.0 == other.0
    }
}
impl Eq for Bomb {}

impl std::fmt::Debug for Bomb {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("panics in its Debug")
    }
}
