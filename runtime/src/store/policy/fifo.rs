//! First in, first out. Hits leave no mark, and an overwritten entry keeps its turn.

use super::{Marks, Policy, Residents};
use crate::store::list::{Lists, Place};

const QUEUE: usize = 0;

#[derive(Debug, Default)]
pub(in crate::store) struct Fifo {
    lists: Lists<1>,
}

impl Policy for Fifo {
    const MARKS: Marks = Marks::None;

    fn admit(&mut self, place: Place, _: &impl Residents) {
        self.lists.push_back(QUEUE, place);
    }

    fn replace(&mut self, old: Place, new: Place, _: &impl Residents) {
        self.lists.replace(old, new);
    }

    fn forget(&mut self, place: Place, _: &impl Residents) {
        self.lists.remove(place);
    }

    fn victim(&mut self, _: &impl Residents) -> Option<Place> {
        self.lists.pop_front(QUEUE)
    }

    fn resize(&mut self, _: u64) {}

    fn vacate(&mut self) {
        self.lists = Lists::default();
    }
}
