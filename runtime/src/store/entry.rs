//! One entry: a key, its value and what the store remembers of both.

use super::{Departed, Fresh};
use crate::cache::Reason;
use crate::clock::{self, NEVER, Tick};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) struct Entry<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
    pub(crate) hash: u64,
    /// Names this stay in the store, by the mark of its first write.
    pub(crate) id: u64,
    /// Names the value, by the mark of its write.
    pub(crate) version: u64,
    pub(crate) stored: Tick,
    pub(crate) deadline: Tick,
    /// The mark of its last use.
    pub(crate) used: AtomicU64,
}

impl<K, V> Entry<K, V> {
    pub(super) fn new(hash: u64, key: K, fresh: Fresh<V>, mark: u64) -> Self {
        let Fresh { value, now, deadline } = fresh;
        let used = AtomicU64::new(mark);
        Self { key, value, hash, id: mark, version: mark, stored: now, deadline, used }
    }

    /// Puts a newer value in the place of the old one, which it returns.
    pub(super) fn renew(&mut self, fresh: Fresh<V>, version: u64) -> (V, Reason) {
        let reason = if self.is_live_at(fresh.now) { Reason::Replaced } else { Reason::Expired };
        self.version = version;
        self.stored = fresh.now;
        self.deadline = fresh.deadline;
        (std::mem::replace(&mut self.value, fresh.value), reason)
    }

    pub(super) fn depart(self, reason: Reason) -> Departed<K, V> {
        Departed { key: self.key, value: self.value, reason }
    }

    /// Whether the deadline lies ahead. Reads the clock only where there is a deadline.
    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        self.deadline == NEVER || clock::is_ahead(self.deadline)
    }

    #[inline]
    pub(crate) fn is_live_at(&self, now: Tick) -> bool {
        now < self.deadline
    }

    pub(crate) fn place(&self) -> Place {
        Place { hash: self.hash, id: self.id }
    }

    pub(crate) fn last_use(&self) -> u64 {
        self.used.load(Relaxed)
    }
}

/// Where an entry is to be found without its key. Stale once the entry has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) hash: u64,
    pub(crate) id: u64,
}
