//! What has left the store, on its way to the counters, to the hooks and to its destructor: all outside the lock.

use super::entry::Entry;
use crate::cache::Reason;
use smallvec::SmallVec;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What left in one step.
pub(crate) struct Departures<K, V> {
    /// Whether somebody wants to hear of it.
    watched: bool,
    /// Whether a live entry was removed.
    removed: bool,
    /// Fingerprints above this are of interest to those who simulate other sizes.
    sampled_above: u32,
    /// To be dropped. Not always what left in this step: a reader may have held it up.
    remains: SmallVec<[(K, V); 1]>,
    tidings: Option<Box<Tidings<K, V>>>,
}

/// What somebody wants to hear of, which most caches have nobody for.
pub(crate) struct Tidings<K, V> {
    /// Copies: the originals may still be read.
    pub(crate) told: Vec<(K, V, Reason)>,
    /// Sampled keys that left for another reason than a full store.
    pub(crate) forgotten: Vec<u32>,
    /// That of a `Clone` for those who want to hear. It goes on when the store is in order again.
    pub(crate) panic: Option<Panic>,
}

type Panic = Box<dyn Any + Send>;

impl<K, V> Departures<K, V> {
    #[inline]
    pub(crate) fn new(watched: bool, sampled_above: u32) -> Self {
        Self { watched, removed: false, sampled_above, remains: SmallVec::new(), tidings: None }
    }

    /// Whether a live entry was removed.
    pub(crate) fn any_removed(&self) -> bool {
        self.removed
    }

    /// The key with this fingerprint leaves for another reason than a full store.
    pub(crate) fn forget(&mut self, fingerprint: u32) {
        if fingerprint > self.sampled_above {
            self.tidings().forgotten.push(fingerprint);
        }
    }

    /// What somebody is to hear of, before the rest is dropped.
    #[inline]
    pub(crate) fn take_tidings(&mut self) -> Option<Box<Tidings<K, V>>> {
        self.tidings.take()
    }

    /// What was never in the store, or can be dropped now.
    #[inline]
    pub(super) fn throw_away(&mut self, key: K, value: V) {
        self.remains.push((key, value));
    }

    fn tidings(&mut self) -> &mut Tidings<K, V> {
        let none = || Box::new(Tidings { told: Vec::new(), forgotten: Vec::new(), panic: None });
        self.tidings.get_or_insert_with(none)
    }
}

impl<K: Clone, V: Clone> Departures<K, V> {
    /// Writes down that `entry` leaves.
    #[inline]
    pub(super) fn note(&mut self, entry: &Entry<K, V>, reason: Reason) {
        self.removed |= reason == Reason::Removed;
        if self.watched {
            self.tell(entry, reason);
        }
    }

    #[cold]
    fn tell(&mut self, entry: &Entry<K, V>, reason: Reason) {
        let copy = catch_unwind(AssertUnwindSafe(|| (entry.key.clone(), entry.value.clone())));
        let tidings = self.tidings();
        match copy {
            Ok((key, value)) => tidings.told.push((key, value, reason)),
            Err(panic) => _ = tidings.panic.get_or_insert(panic),
        }
    }
}
