//! Six small caches over one table.
//!
//! They see the same accesses, so they mostly hold the same keys. A key has one place, which is the same in all of
//! them, and there is one line of memory that says which of them hold it and what they know of its use. An access
//! to a key that all of them hold, as most are, takes one look-up.

use super::ghosts::{Ghosts, View};
use crate::cache;
use crate::metrics::FACTORS;
use crate::store::list::Place;
use crate::store::policy::{AnyPolicy, Climber, Marks, Residents};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::sync::Arc;

/// How many caches there are.
pub(super) const CACHES: usize = FACTORS.len();

/// The caches, from the smallest to the largest.
pub(super) struct Miniatures {
    caches: [Cache; CACHES],
    marks: Marks,
    places: HashTable<Place>,
    ghosts: Ghosts,
    free: Vec<Place>,
    tally: Tally,
}

struct Cache {
    policy: AnyPolicy,
    len: u64,
    capacity: u64,
}

/// What has been seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) accesses: u64,
    /// Cache by cache.
    pub(super) misses: [u64; CACHES],
}

impl Tally {
    /// This, and what was seen between `from` and `to`.
    pub(super) fn plus(&self, from: &Self, to: &Self) -> Self {
        let misses = |cache| self.misses[cache] + (to.misses[cache] - from.misses[cache]);
        Self {
            accesses: self.accesses + (to.accesses - from.accesses),
            misses: std::array::from_fn(misses),
        }
    }
}

const ALL: u8 = (1 << CACHES) - 1;

/// The fingerprints in a sample are alike in their highest bits, and the policies do not know that they see a sample.
/// This gives each another one, without a pattern: the finalizer of `MurmurHash3`.
fn scatter(fingerprint: u32) -> u32 {
    let mixed = (fingerprint ^ fingerprint >> 16).wrapping_mul(0x85EB_CA6B);
    let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xC2B2_AE35);
    mixed ^ mixed >> 16
}

/// The table takes its tags from the highest bits.
fn hash(scattered: u32) -> u64 {
    u64::from(scattered) << 32 | u64::from(scattered)
}

impl Miniatures {
    pub(super) fn new(capacities: [u64; CACHES], policy: cache::Policy) -> Self {
        let cache = |capacity| {
            // What each learns is about its own size.
            let policy = AnyPolicy::new(policy, capacity, &Arc::new(Climber::new(1)));
            Cache { policy, len: 0, capacity }
        };
        Self {
            caches: capacities.map(cache),
            marks: AnyPolicy::marks(policy),
            places: HashTable::new(),
            ghosts: Ghosts::default(),
            free: Vec::new(),
            tally: Tally::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.ghosts.len()
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// All keys leave. What has been seen stays.
    pub(super) fn clear(&mut self, policy: cache::Policy) {
        let capacities = self.caches.each_ref().map(|cache| cache.capacity);
        *self = Self { tally: self.tally, ..Self::new(capacities, policy) };
    }

    /// A key is read, and written to the caches that do not have it.
    pub(super) fn access(&mut self, fingerprint: u32) {
        self.tally.accesses += 1;
        let place = self.place(scatter(fingerprint));
        let ghost = self.ghosts.at(place);
        match self.marks {
            Marks::None => {}
            Marks::Count(most) => {
                ghost.marks.iter().for_each(|mark| mark.set((mark.get() + 1).min(most)));
            }
            Marks::Time => {
                let now = self.ghosts.tick();
                ghost.marks.iter().for_each(|mark| mark.set(now));
            }
        }
        let missed = ALL & !ghost.holders;
        if missed != 0 {
            caches(missed).for_each(|cache| self.admit(cache, place));
            self.release(place);
        }
    }

    /// Where the key is, or is to be.
    fn place(&mut self, key: u32) -> Place {
        let Self { places, ghosts, free, .. } = self;
        let same = |place: &Place| ghosts.at(*place).key == key;
        match places.entry(hash(key), same, |place| hash(ghosts.at(*place).key)) {
            Entry::Occupied(slot) => *slot.get(),
            Entry::Vacant(slot) => *slot.insert(ghosts.put(free.pop(), key)).get(),
        }
    }

    fn admit(&mut self, number: usize, place: Place) {
        self.tally.misses[number] += 1;
        let Self { caches, ghosts, .. } = self;
        let cache = &mut caches[number];
        if cache.capacity == 0 {
            return;
        }
        ghosts.at_mut(place).holders |= 1 << number;
        let view = View { ghosts, cache: number };
        if self.marks != Marks::Time {
            view.set_mark(place, 0);
        }
        cache.policy.admit(place, &view);
        cache.len += 1;
        if cache.len > cache.capacity
            && let Some(victim) = cache.policy.victim(&view)
        {
            cache.len -= 1;
            ghosts.at_mut(victim).holders &= !(1 << number);
            if victim != place {
                self.release(victim);
            }
        }
    }

    /// The key leaves all caches.
    pub(super) fn forget(&mut self, fingerprint: u32) {
        let key = scatter(fingerprint);
        let Self { caches: all, ghosts, .. } = self;
        let same = |place: &Place| ghosts.at(*place).key == key;
        let Some(&place) = self.places.find(hash(key), same) else { return };
        for number in caches(ghosts.at(place).holders) {
            all[number].policy.forget(place, &View { ghosts, cache: number });
            all[number].len -= 1;
        }
        ghosts.at_mut(place).holders = 0;
        self.release(place);
    }

    /// Gives the place away if nobody holds the key.
    fn release(&mut self, place: Place) {
        let ghost = self.ghosts.at(place);
        if ghost.holders == 0 {
            let slot = self.places.find_entry(hash(ghost.key), |other| *other == place);
            slot.expect("a ghost is in the table").remove();
            self.free.push(place);
        }
    }
}

/// The numbers of the bits that are set.
fn caches(set: u8) -> impl Iterator<Item = usize> {
    (0..CACHES).filter(move |cache| set >> cache & 1 == 1)
}
