//! Lists that know who is in which of them, and what each weighs.

use super::Residents;
use crate::store::list::{Lists, Place};

/// `N` segments, numbered from 0. One byte per entry more than [`Lists`].
#[derive(Debug)]
pub(in crate::store) struct Segments<const N: usize> {
    lists: Lists<N>,
    /// The segment of each place.
    of: Vec<u8>,
    weights: [u64; N],
    len: usize,
}

impl<const N: usize> Default for Segments<N> {
    fn default() -> Self {
        Self { lists: Lists::default(), of: Vec::new(), weights: [0; N], len: 0 }
    }
}

impl<const N: usize> Segments<N> {
    /// Makes `place`, which is in no segment, the last of `segment`.
    pub(in crate::store) fn enter(
        &mut self,
        segment: usize,
        place: Place,
        residents: &impl Residents,
    ) {
        self.lists.push_back(segment, place);
        self.count(segment, place, residents);
    }

    /// Takes `place` out of its segment.
    pub(in crate::store) fn leave(&mut self, place: Place, residents: &impl Residents) {
        self.lists.remove(place);
        self.discount(place, residents);
    }

    /// Makes `place`, which is in some segment, the last of `segment`.
    pub(in crate::store) fn shift(
        &mut self,
        segment: usize,
        place: Place,
        residents: &impl Residents,
    ) {
        self.leave(place, residents);
        self.enter(segment, place, residents);
    }

    /// Puts `new` where `old` stands, which leaves.
    pub(in crate::store) fn replace(&mut self, old: Place, new: Place, residents: &impl Residents) {
        let segment = self.of(old);
        self.lists.replace(old, new);
        self.discount(old, residents);
        self.count(segment, new, residents);
    }

    fn of(&self, place: Place) -> usize {
        usize::from(self.of[place.0 as usize])
    }

    /// The first of `segment`.
    pub(in crate::store) fn first(&self, segment: usize) -> Option<Place> {
        self.lists.first(segment)
    }

    /// What `segment` weighs.
    pub(in crate::store) fn weight(&self, segment: usize) -> u64 {
        self.weights[segment]
    }

    /// How many entries there are in all segments.
    pub(in crate::store) fn len(&self) -> usize {
        self.len
    }

    fn count(&mut self, segment: usize, place: Place, residents: &impl Residents) {
        let index = place.0 as usize;
        if self.of.len() <= index {
            self.of.resize(index + 1, 0);
        }
        self.of[index] = u8::try_from(segment).expect("there are few segments");
        self.weights[segment] = self.weights[segment].saturating_add(residents.weight(place));
        self.len += 1;
    }

    fn discount(&mut self, place: Place, residents: &impl Residents) {
        let segment = self.of(place);
        self.weights[segment] = self.weights[segment].saturating_sub(residents.weight(place));
        self.len -= 1;
    }
}
