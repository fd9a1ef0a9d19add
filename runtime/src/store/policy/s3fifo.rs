//! S3-FIFO: a small queue that most entries only pass through, a main queue for those that were used on the way, and
//! ghosts of those that were not, which go to the main queue at once when they come back.
//!
//! After Yang, Zhang, Qiu, Yue and Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP 2023.

use super::ghost::Ghosts;
use super::segments::Segments;
use super::{Marks, Policy, Residents};
use crate::store::list::Place;

const SMALL: usize = 0;
const MAIN: usize = 1;

/// The small queue's share of the capacity is one in this many.
const SMALL_SHARE: u64 = 10;

#[derive(Debug, Default)]
pub(in crate::store) struct S3Fifo {
    queues: Segments<2>,
    /// As many as there are entries.
    ghosts: Ghosts,
    small_capacity: u64,
}

impl S3Fifo {
    /// Moves the used ones from the head of the small queue to the main queue, until it is no longer too heavy.
    fn victim_of_small(&mut self, residents: &impl Residents) -> Option<Place> {
        while self.queues.weight(SMALL) > self.small_capacity {
            let place = self.queues.first(SMALL)?;
            if residents.mark(place) == 0 {
                self.ghosts.remember(residents.fingerprint(place), self.queues.len());
                return Some(place);
            }
            self.queues.shift(MAIN, place, residents);
        }
        None
    }

    /// Lets the used ones pass once for each use.
    fn victim_of_main(&mut self, residents: &impl Residents) -> Option<Place> {
        loop {
            let place = self.queues.first(MAIN)?;
            match residents.mark(place) {
                0 => return Some(place),
                mark => residents.set_mark(place, mark - 1),
            }
            self.queues.shift(MAIN, place, residents);
        }
    }
}

impl Policy for S3Fifo {
    const MARKS: Marks = Marks::Count(3);

    fn admit(&mut self, place: Place, residents: &impl Residents) {
        let returned = self.ghosts.recall(residents.fingerprint(place)).is_some();
        self.queues.enter(if returned { MAIN } else { SMALL }, place, residents);
    }

    fn replace(&mut self, old: Place, new: Place, residents: &impl Residents) {
        self.queues.replace(old, new, residents);
    }

    fn forget(&mut self, place: Place, residents: &impl Residents) {
        self.queues.leave(place, residents);
    }

    fn victim(&mut self, residents: &impl Residents) -> Option<Place> {
        let victim = self
            .victim_of_small(residents)
            .or_else(|| self.victim_of_main(residents))
            .or_else(|| self.queues.first(SMALL))?;
        self.queues.leave(victim, residents);
        Some(victim)
    }

    fn resize(&mut self, capacity: u64) {
        self.small_capacity = capacity / SMALL_SHARE;
    }

    fn vacate(&mut self) {
        self.queues = Segments::default();
    }
}
