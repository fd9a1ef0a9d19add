//! The keys that the miniatures hold, and what each policy gets to see of them.

use super::miniature::CACHES;
use crate::store::list::Place;
use crate::store::policy::Residents;
use std::cell::Cell;

/// The keys at all places.
#[derive(Debug, Default)]
pub(super) struct Ghosts {
    ghosts: Vec<Ghost>,
    clock: Cell<u64>,
}

/// A key without a value.
#[derive(Debug)]
pub(super) struct Ghost {
    /// Its fingerprint, scattered.
    pub(super) key: u32,
    /// What its uses have left, cache by cache.
    pub(super) marks: [Cell<u64>; CACHES],
    /// Which caches hold it: a bit for each.
    pub(super) holders: u8,
}

impl Ghosts {
    pub(super) fn at(&self, place: Place) -> &Ghost {
        &self.ghosts[place.0 as usize]
    }

    pub(super) fn at_mut(&mut self, place: Place) -> &mut Ghost {
        &mut self.ghosts[place.0 as usize]
    }

    pub(super) fn put(&mut self, place: Option<Place>, key: u32) -> Place {
        let ghost = Ghost { key, marks: Default::default(), holders: 0 };
        if let Some(place) = place {
            *self.at_mut(place) = ghost;
            return place;
        }
        self.ghosts.push(ghost);
        Place(u32::try_from(self.ghosts.len() - 1).expect("there are a few thousand ghosts"))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.ghosts.len()
    }

    pub(super) fn tick(&self) -> u64 {
        self.clock.set(self.clock.get() + 1);
        self.clock.get()
    }
}

/// One of the caches, as its policy sees it.
pub(super) struct View<'m> {
    pub(super) ghosts: &'m Ghosts,
    pub(super) cache: usize,
}

impl Residents for View<'_> {
    fn fingerprint(&self, place: Place) -> u32 {
        self.ghosts.at(place).key
    }

    fn weight(&self, _: Place) -> u64 {
        1
    }

    fn mark(&self, place: Place) -> u64 {
        self.ghosts.at(place).marks[self.cache].get()
    }

    fn set_mark(&self, place: Place, mark: u64) {
        self.ghosts.at(place).marks[self.cache].set(mark);
    }

    fn now(&self) -> u64 {
        self.ghosts.tick()
    }
}
