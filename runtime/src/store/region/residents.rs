//! The entries of a region, as its policy sees them.

use crate::store::entry::Entry;
use crate::store::list::Place;
use crate::store::policy::Residents;
use crate::store::recency::{Epoch, Writers};
use crate::store::table::View;

/// What a policy may ask.
pub(super) struct Here<'v, K, V> {
    pub(super) entries: View<'v, K, V>,
    pub(super) weights: &'v [u64],
    pub(super) epoch: &'v Epoch,
    pub(super) writers: Writers,
}

impl<K, V> Here<'_, K, V> {
    #[inline]
    fn entry(&self, place: Place) -> &Entry<K, V> {
        self.entries.entry(place).expect("a policy knows who is there")
    }
}

impl<K, V> Residents for Here<'_, K, V> {
    #[inline]
    fn fingerprint(&self, place: Place) -> u32 {
        self.entries.fingerprint(place).expect("a policy knows who is there")
    }

    #[inline]
    fn weight(&self, place: Place) -> u64 {
        weight_of(self.weights, place)
    }

    #[inline]
    fn mark(&self, place: Place) -> u64 {
        self.entry(place).mark()
    }

    #[inline]
    fn set_mark(&self, place: Place, mark: u64) {
        self.entry(place).set_mark(mark);
    }

    #[inline]
    fn now(&self) -> u64 {
        self.epoch.begin(self.writers)
    }
}

/// What the entry at `place` weighs: one where nothing is weighed.
#[inline]
pub(super) fn weight_of(weights: &[u64], place: Place) -> u64 {
    weights.get(place.0 as usize).copied().unwrap_or(1)
}
