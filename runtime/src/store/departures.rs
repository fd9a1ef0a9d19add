//! What has left the store, on its way to the counters, to the hooks and to its destructor: all outside the lock.

use super::entry::Entry;
use crate::cache::Reason;
use smallvec::SmallVec;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What left in one step.
pub(crate) struct Departures<K, V> {
    /// Whether somebody wants to hear of it.
    watched: bool,
    counts: [u32; Reason::ALL.len()],
    /// Copies for those who want to hear of it: the originals may still be read.
    pub(crate) told: Vec<(K, V, Reason)>,
    /// To be dropped. Not always what left in this step: a reader may have held it up.
    remains: SmallVec<[(K, V); 1]>,
    /// Fingerprints above this are of interest to those who simulate other sizes.
    sampled_above: u32,
    /// Those of interest that left for another reason than a full store.
    forgotten: Vec<u32>,
    /// That of a `Clone` for those who want to hear. It goes on when the store is in order again.
    panic: Option<Panic>,
}

type Panic = Box<dyn Any + Send>;

impl<K, V> Departures<K, V> {
    pub(crate) fn new(watched: bool, sampled_above: u32) -> Self {
        Self {
            watched,
            counts: [0; Reason::ALL.len()],
            told: Vec::new(),
            remains: SmallVec::new(),
            sampled_above,
            forgotten: Vec::new(),
            panic: None,
        }
    }

    /// How many left for `reason`.
    pub(crate) fn count(&self, reason: Reason) -> u32 {
        self.counts[reason as usize]
    }

    /// The sampled keys that left for another reason than a full store.
    pub(crate) fn forgotten(&self) -> &[u32] {
        &self.forgotten
    }

    /// The key with this fingerprint leaves for another reason than a full store.
    pub(crate) fn forget(&mut self, fingerprint: u32) {
        if fingerprint > self.sampled_above {
            self.forgotten.push(fingerprint);
        }
    }

    /// Drops what has left, and goes on with the panic of a `Clone`, if there was one.
    pub(crate) fn finish(self) {
        let panic = self.panic;
        drop((self.told, self.remains));
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// What was never in the store.
    pub(super) fn throw_away(&mut self, key: K, value: V) {
        self.remains.push((key, value));
    }
}

impl<K: Clone, V: Clone> Departures<K, V> {
    /// Writes down that `entry` leaves.
    pub(super) fn note(&mut self, entry: &Entry<K, V>, reason: Reason) {
        self.counts[reason as usize] += 1;
        if self.watched {
            match catch_unwind(AssertUnwindSafe(|| (entry.key.clone(), entry.value.clone()))) {
                Ok((key, value)) => self.told.push((key, value, reason)),
                Err(panic) => self.panic = self.panic.take().or(Some(panic)),
            }
        }
    }
}
