//! Least recently used, exact, with hits that take no lock.
//!
//! A hit only stamps its entry. The policy keeps a heap of the stamps as they were when it last looked, which
//! are never later than the real ones. The lowest of them whose entry still bears it is therefore
//! the entry whose last use is the oldest of all; one that has been used since goes back with its new stamp.
//! Every such return is paid for by at least one hit, so an eviction costs amortized O(log n).

use super::{Place, Policy};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Default)]
pub(in crate::store) struct Lru {
    heap: BinaryHeap<Reverse<(u64, Place)>>,
}

impl Policy for Lru {
    fn admit(&mut self, place: Place, used: u64) {
        self.heap.push(Reverse((used, place)));
    }

    fn victim(&mut self, mut last_use: impl FnMut(Place) -> Option<u64>) -> Option<Place> {
        loop {
            let Reverse((seen, place)) = self.heap.pop()?;
            match last_use(place) {
                Some(used) if used > seen => self.admit(place, used),
                Some(_) => return Some(place),
                None => {}
            }
        }
    }

    fn tidy(&mut self, live: usize, mut last_use: impl FnMut(Place) -> Option<u64>) {
        if self.heap.len() > 2 * live + 64 {
            self.heap.retain(|Reverse((_, place))| last_use(*place).is_some());
        }
    }

    fn clear(&mut self) {
        self.heap = BinaryHeap::new();
    }
}
