//! What a store keeps of an entry.

use std::sync::atomic::{AtomicU64, Ordering};

/// The deadline of an entry that does not expire.
const NEVER: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: u64,
    value: u64,
    deadline: u64,
    mark: AtomicU64,
}

impl Entry {
    pub(super) fn new(key: u64, value: u64) -> Self {
        Self { key, value, deadline: NEVER, mark: AtomicU64::new(0) }
    }

    /// A hit. The mark is written only once, so that readers of one entry do not take its cache line
    /// from each other.
    pub(super) fn read(&self) -> Option<u64> {
        if self.deadline != NEVER {
            return None;
        }
        if self.mark.load(Ordering::Relaxed) == 0 {
            self.mark.store(1, Ordering::Relaxed);
        }
        Some(self.value)
    }
}
