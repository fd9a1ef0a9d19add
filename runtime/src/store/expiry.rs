//! Who has had its time: deadlines in order, without a scan.

use super::entry::Place;
use crate::clock::{NEVER, Tick};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The deadlines of one region.
///
/// Like the policy it may hold what is no longer true, a deadline that was moved or an entry that left, and asks
/// before it believes.
#[derive(Default)]
pub(super) struct Expiry {
    heap: BinaryHeap<Reverse<(Tick, Place)>>,
}

impl Expiry {
    pub(super) fn schedule(&mut self, place: Place, deadline: Tick) {
        if deadline != NEVER {
            self.heap.push(Reverse((deadline, place)));
        }
    }

    /// The next entry whose deadline is not after `now`. The caller takes it out.
    pub(super) fn due(
        &mut self,
        now: Tick,
        mut deadline: impl FnMut(Place) -> Option<Tick>,
    ) -> Option<Place> {
        while self.heap.peek().is_some_and(|Reverse((due, _))| *due <= now) {
            let Reverse((_, place)) = self.heap.pop()?;
            // A deadline that was moved has been scheduled again when it was.
            if deadline(place).is_some_and(|deadline| deadline <= now) {
                return Some(place);
            }
        }
        None
    }

    /// Forgets what is no longer true, if it has become a burden for a region of `live` entries.
    pub(super) fn tidy(&mut self, live: usize, mut deadline: impl FnMut(Place) -> Option<Tick>) {
        if self.heap.len() > 2 * live + 64 {
            let mut entries = std::mem::take(&mut self.heap).into_vec();
            entries.retain(|Reverse((due, place))| deadline(*place) == Some(*due));
            // Writes of one moment have one deadline: the same line once each.
            entries.sort_unstable();
            entries.dedup();
            self.heap = entries.into();
        }
    }

    pub(super) fn clear(&mut self) {
        self.heap = BinaryHeap::new();
    }
}
