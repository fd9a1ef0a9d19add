//! One entry: a key, its value and what the store remembers of both.

use super::Fresh;
use crate::cache::Reason;
use crate::clock::{self, NEVER, Tick};
use std::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) struct Entry<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
    /// When its value was made, in parts of about a millisecond, and a number that those of one such part do not share. It
    /// names the value.
    pub(crate) version: u64,
    deadline: AtomicU64,
    /// What hits leave here; see [`Marks`](super::policy::Marks).
    pub(super) mark: AtomicU64,
}

/// The part of a version that is a number.
const NUMBER_BITS: u32 = 24;
/// The rest is a time in units of so many bits of nanoseconds. Its forty bits reach as far after the clock's first tick as
/// before it.
const GRAIN: u32 = 20;

impl<K, V> Entry<K, V> {
    pub(super) fn new(number: u32, key: K, fresh: Fresh<V>, mark: u64) -> Self {
        let number = u64::from(number) & ((1 << NUMBER_BITS) - 1);
        let born = (fresh.born >> GRAIN).min(u64::MAX >> NUMBER_BITS);
        Self {
            key,
            value: fresh.value,
            version: born << NUMBER_BITS | number,
            deadline: AtomicU64::new(fresh.deadline),
            mark: AtomicU64::new(mark),
        }
    }

    pub(super) fn deadline(&self) -> Tick {
        self.deadline.load(Relaxed)
    }

    pub(super) fn set_deadline(&self, deadline: Tick) {
        self.deadline.store(deadline, Relaxed);
    }

    pub(super) fn mark(&self) -> u64 {
        self.mark.load(Relaxed)
    }

    pub(super) fn set_mark(&self, mark: u64) {
        self.mark.store(mark, Relaxed);
    }

    /// How old it is at `now`, to about a millisecond.
    pub(crate) fn age(&self, now: Tick) -> Duration {
        let stored = self.version >> NUMBER_BITS << GRAIN;
        Duration::from_nanos(now.saturating_sub(stored))
    }

    /// Whether the deadline lies ahead. Reads the clock only where there is a deadline.
    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        let deadline = self.deadline();
        deadline == NEVER || clock::is_ahead(deadline)
    }

    pub(super) fn is_live_at(&self, now: Tick) -> bool {
        now < self.deadline()
    }

    /// Why it leaves when it leaves at `now` for `reason`.
    pub(super) fn reason(&self, now: Tick, reason: Reason) -> Reason {
        if self.is_live_at(now) { reason } else { Reason::Expired }
    }
}
