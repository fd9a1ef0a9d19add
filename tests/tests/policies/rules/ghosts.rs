//! The sixteen that were sent away last.
//!
//! The real ones spread fingerprints over queues of sixteen, by a hash that differs from run to run. There is one
//! such queue, and so nothing to spread, as long as there are no more than sixteen entries: the tests keep to that.

use crate::queues::Key;

pub(super) const MOST: usize = 16;

#[derive(Default)]
pub(super) struct Ghosts(Vec<Key>);

impl Ghosts {
    /// `entries` are those that there are.
    pub(super) fn remember(&mut self, key: Key, entries: usize) {
        assert!(entries <= MOST, "the real ones have more than one queue");
        self.0.insert(0, key);
        self.0.truncate(MOST);
    }

    /// How many were sent away later.
    pub(super) fn recall(&mut self, key: Key) -> Option<usize> {
        let age = self.0.iter().position(|ghost| *ghost == key)?;
        self.0.remove(age);
        Some(age)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
