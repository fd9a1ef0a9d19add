//! Least recently used, exact, with hits that only write down their time.
//!
//! The entries are in two lists. One is a generation: sorted by last use as it was when the generation began.
//! All that came in or was found to be in use since lies in a pile, unsorted. The first of the generation that was
//! not used since is therefore the oldest of all. When none is left, the pile is sorted and becomes the next one.
//!
//! An entry leaves its generation once, as a victim or for the pile, and the latter takes a use. So the work per
//! eviction is that of sorting, spread over as many uses or evictions: next to nothing, since a pile is made of
//! long runs that are in order already.

use super::{Marks, Policy, Residents};
use crate::store::list::{Lists, Place};

const GENERATION: usize = 0;
const PILE: usize = 1;

#[derive(Debug, Default)]
pub(in crate::store) struct Lru {
    lists: Lists<2>,
    /// When the generation began. What was used later has a larger mark.
    began: u64,
}

impl Lru {
    /// Makes the pile the next generation.
    #[cold]
    fn sort_pile(&mut self, residents: &impl Residents) {
        self.began = residents.now();
        // As it is where nothing was used since it came in. A hit may mark an entry meanwhile, so each mark is read once, here
        // or below. It will then be larger than `began`.
        let in_order = self.lists.members(PILE).map(|place| residents.mark(place)).is_sorted();
        if !in_order {
            let marked = |place| (residents.mark(place), place);
            let mut pile: Vec<(u64, Place)> = self.lists.members(PILE).map(marked).collect();
            pile.sort_by_key(|(mark, _)| *mark);
            self.lists.arrange(PILE, pile.into_iter().map(|(_, place)| place));
        }
        self.lists.append(GENERATION, PILE);
    }
}

impl Policy for Lru {
    const MARKS: Marks = Marks::Time;

    #[inline]
    fn admit(&mut self, place: Place, _: &impl Residents) {
        self.lists.push_back(PILE, place);
    }

    fn replace(&mut self, old: Place, new: Place, residents: &impl Residents) {
        self.lists.remove(old);
        self.admit(new, residents);
    }

    fn forget(&mut self, place: Place, _: &impl Residents) {
        self.lists.remove(place);
    }

    #[expect(clippy::inline_always, reason = "a write is one function")]
    #[inline(always)]
    fn victim(&mut self, residents: &impl Residents) -> Option<Place> {
        loop {
            match self.lists.pop_front(GENERATION) {
                Some(oldest) if residents.mark(oldest) <= self.began => return Some(oldest),
                Some(used) => self.lists.push_back(PILE, used),
                None if self.lists.first(PILE).is_some() => self.sort_pile(residents),
                None => return None,
            }
        }
    }

    fn resize(&mut self, _: u64) {}

    fn vacate(&mut self) {
        self.lists = Lists::default();
    }
}
