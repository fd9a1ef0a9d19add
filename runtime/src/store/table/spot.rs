//! Which slot, as the chains have it: the number of a chunk and a place in it, in one word.
//!
//! Outside the table slots are numbered one after another, as a [`Place`]. To turn that into a chunk takes some steps,
//! which readers are spared.

use crate::store::list::Place;

/// The slots of the first chunk, as a power of two. Each chunk is twice as long as the one before.
const FIRST: u32 = if cfg!(larder_model) { 2 } else { 5 };

/// The bits for a place within a chunk.
const OFFSET_BITS: u32 = 27;

/// As many as have numbers and places.
pub(super) const CHUNKS: usize = (OFFSET_BITS - FIRST) as usize + 1;

/// No spot.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot(pub(super) u32);

impl Spot {
    #[inline]
    pub(super) fn new(chunk: usize, offset: usize) -> Self {
        let bits = chunk << OFFSET_BITS | offset;
        Self(u32::try_from(bits).expect("fewer entries than spots"))
    }

    #[inline]
    pub(super) fn chunk(self) -> usize {
        (self.0 >> OFFSET_BITS) as usize
    }

    #[inline]
    pub(super) fn offset(self) -> usize {
        (self.0 & ((1 << OFFSET_BITS) - 1)) as usize
    }

    #[inline]
    pub(super) fn place(self) -> Place {
        Place(start(self.chunk()) + (self.0 & ((1 << OFFSET_BITS) - 1)))
    }

    #[inline]
    pub(super) fn of(place: Place) -> Self {
        let chunk = ((place.0 >> FIRST) + 1).ilog2() as usize;
        Self::new(chunk, (place.0 - start(chunk)) as usize)
    }
}

/// The first place of a chunk.
#[inline]
fn start(chunk: usize) -> u32 {
    ((1 << chunk) - 1) << FIRST
}

/// How many slots a chunk has, at most.
pub(super) fn full_length(chunk: usize) -> usize {
    1 << (FIRST as usize + chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_one_another() {
        let spots =
            (0..10).flat_map(|chunk| (0..full_length(chunk)).map(move |at| Spot::new(chunk, at)));
        for (number, spot) in spots.enumerate() {
            assert_eq!(spot.place().0 as usize, number);
            assert_eq!(Spot::of(spot.place()), spot);
        }
    }
}
