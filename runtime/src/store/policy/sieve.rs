//! SIEVE: a hand walks from the oldest entry to the newest and takes the first that was not used since it last
//! came by. What it spares stays where it is.
//!
//! After Zhang, Yang, Yue, Vigfusson and Rashmi, "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction
//! Algorithm for Web Caches", NSDI 2024.

use super::{Marks, Policy, Residents};
use crate::store::list::{Lists, Place};

const QUEUE: usize = 0;

#[derive(Debug, Default)]
pub(in crate::store) struct Sieve {
    lists: Lists<1>,
    /// Where the walk goes on; with the oldest if nowhere.
    hand: Option<Place>,
}

impl Sieve {
    /// The walk ends before the newest, which is what room is made for: it had no time to be used.
    fn behind(&self, place: Place) -> Option<Place> {
        self.lists.after(place).filter(|behind| self.lists.last(QUEUE) != Some(*behind))
    }
}

impl Policy for Sieve {
    const MARKS: Marks = Marks::Count(1);

    fn admit(&mut self, place: Place, _: &impl Residents) {
        self.lists.push_back(QUEUE, place);
    }

    fn replace(&mut self, old: Place, new: Place, _: &impl Residents) {
        self.lists.replace(old, new);
        if self.hand == Some(old) {
            self.hand = Some(new);
        }
    }

    fn forget(&mut self, place: Place, _: &impl Residents) {
        if self.hand == Some(place) {
            self.hand = self.behind(place);
        }
        self.lists.remove(place);
    }

    fn victim(&mut self, residents: &impl Residents) -> Option<Place> {
        loop {
            let place = self.hand.or_else(|| self.lists.first(QUEUE))?;
            self.hand = self.behind(place);
            if residents.mark(place) == 0 {
                self.lists.remove(place);
                return Some(place);
            }
            residents.set_mark(place, 0);
        }
    }

    fn resize(&mut self, _: u64) {}

    fn vacate(&mut self) {
        *self = Self::default();
    }
}
