//! Least frequently used, with ageing: an entry is worth its uses plus the age of the cache when they were last seen,
//! and that age is what the last victim was worth. So what was popular once has to be used again to keep up with what
//! is new.
//!
//! This is LFU with dynamic ageing, after Arlitt, Cherkasova, Dilley, Friedrich and Jin, "Evaluating Content Management
//! Techniques for Web Proxy Caches", 2000; Squid calls it `heap LFUDA`.

use super::{Marks, Policy, Residents};
use crate::store::list::{Lists, Place};

/// More uses than this are not told apart.
const MOST_USES: u8 = 63;

/// Entries of one worth are in one list. No worth is below the age or more than `MOST_USES` above it, so the lists form
/// a ring that turns with the age.
const WORTHS: usize = MOST_USES as usize + 1;

#[derive(Debug, Default)]
pub(in crate::store) struct Lfu {
    lists: Lists<WORTHS>,
    /// How often the entry in each place was used as far as is known, with its first write.
    uses: Vec<u8>,
    len: usize,
    /// What the last victim was worth, as the number of a list.
    age: usize,
}

impl Lfu {
    fn enter(&mut self, place: Place, uses: u64) {
        let uses = u8::try_from(uses).unwrap_or(MOST_USES).min(MOST_USES);
        self.note(place, uses);
        self.lists.push_back((self.age + usize::from(uses)) % WORTHS, place);
    }

    fn note(&mut self, place: Place, uses: u8) {
        let index = place.0 as usize;
        if self.uses.len() <= index {
            self.uses.resize(index + 1, 0);
        }
        self.uses[index] = uses;
    }

    /// The first of those who are worth no more than the age, if there are any. The others among them move on.
    fn worthless(&mut self, residents: &impl Residents) -> Option<Place> {
        loop {
            let place = self.lists.pop_front(self.age)?;
            let mark = residents.mark(place);
            if mark == 0 {
                return Some(place);
            }
            residents.set_mark(place, 0);
            self.enter(place, u64::from(self.uses[place.0 as usize]).saturating_add(mark));
        }
    }
}

impl Policy for Lfu {
    const MARKS: Marks = Marks::Count(MOST_USES as u64);

    fn admit(&mut self, place: Place, _: &impl Residents) {
        self.len += 1;
        self.enter(place, 1);
    }

    fn replace(&mut self, old: Place, new: Place, _: &impl Residents) {
        self.lists.replace(old, new);
        self.note(new, self.uses[old.0 as usize]);
    }

    fn forget(&mut self, place: Place, _: &impl Residents) {
        self.len -= 1;
        self.lists.remove(place);
    }

    fn victim(&mut self, residents: &impl Residents) -> Option<Place> {
        while self.len > 0 {
            if let Some(victim) = self.worthless(residents) {
                self.len -= 1;
                return Some(victim);
            }
            self.age = (self.age + 1) % WORTHS;
        }
        None
    }

    fn resize(&mut self, _: u64) {}

    fn vacate(&mut self) {
        (self.lists, self.uses) = (Lists::default(), Vec::new());
    }
}
