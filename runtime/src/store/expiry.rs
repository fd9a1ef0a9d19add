//! Who has had its time: a timing wheel, so that nothing is scanned.
//!
//! After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987. Time is counted in ticks of about a
//! millisecond. A deadline waits at the level of the highest six bits in which its tick differs from the present one,
//! and comes down level by level. What is due within the present tick waits in a small heap, so that the order is exact
//! to the nanosecond.

use super::list::{Lists, Place};
use crate::clock::{NEVER, Tick};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A tick of the wheel in nanoseconds, as a power of two.
const GRAIN: u32 = 20;
/// The slots of a level, as a power of two.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Enough for every tick that there is.
const LEVELS: usize = (u64::BITS - GRAIN).div_ceil(BITS) as usize;

/// The deadlines of one region. Takes no memory to speak of until there is one.
#[derive(Default)]
pub(super) struct Expiry(Option<Box<Wheel>>);

struct Wheel {
    /// The present tick.
    now: u64,
    slots: Lists<{ LEVELS * SLOTS }>,
    /// A bit for every slot that may hold something.
    occupied: [u64; LEVELS],
    /// What is due in the present tick, and what was: places may have been given to others since.
    soon: BinaryHeap<Reverse<(Tick, Place)>>,
}

impl Expiry {
    /// Enters a deadline, in the place of the one that `place` may have had.
    #[inline]
    pub(super) fn schedule(&mut self, place: Place, deadline: Tick, now: Tick) {
        if deadline != NEVER || self.0.is_some() {
            self.reschedule(place, deadline, now);
        }
    }

    fn reschedule(&mut self, place: Place, deadline: Tick, now: Tick) {
        self.cancel(place);
        if deadline != NEVER {
            let wheel = self.0.get_or_insert_with(|| Box::new(Wheel::new(now)));
            wheel.enter(place, deadline);
        }
    }

    #[inline]
    pub(super) fn cancel(&mut self, place: Place) {
        if let Some(wheel) = &mut self.0 {
            wheel.slots.remove(place);
        }
    }

    /// Whether there has been no deadline, or none since all were cleared.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.0.is_none()
    }

    /// An entry whose deadline is not after `now`. The caller takes it out. `deadline` tells that of a place, if there is
    /// an entry.
    #[inline]
    pub(super) fn due(
        &mut self,
        now: Tick,
        deadline: impl Fn(Place) -> Option<Tick>,
    ) -> Option<Place> {
        let wheel = self.0.as_mut()?;
        wheel.turn(now >> GRAIN, &deadline);
        while wheel.soon.peek().is_some_and(|Reverse((due, _))| *due <= now) {
            let Reverse((due, place)) = wheel.soon.pop()?;
            // Another entry may be there by now, or another deadline, which has its own turn.
            if deadline(place) == Some(due) {
                return Some(place);
            }
        }
        None
    }

    /// When to ask again: nothing is due before.
    pub(super) fn next(&self) -> Option<Tick> {
        let wheel = self.0.as_ref()?;
        let soon = wheel.soon.peek().map(|Reverse((due, _))| *due);
        soon.or_else(|| wheel.next_slot().map(|(_, _, tick)| tick << GRAIN))
    }

    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

impl Wheel {
    fn new(now: Tick) -> Self {
        Self {
            now: now >> GRAIN,
            slots: Lists::default(),
            occupied: [0; LEVELS],
            soon: BinaryHeap::new(),
        }
    }

    fn enter(&mut self, place: Place, deadline: Tick) {
        let tick = deadline >> GRAIN;
        if tick <= self.now {
            self.soon.push(Reverse((deadline, place)));
            return;
        }
        let level = ((tick ^ self.now).ilog2() / BITS) as usize;
        let slot = digit(tick, level);
        self.occupied[level] |= 1 << slot;
        self.slots.push_back(level * SLOTS + slot, place);
    }

    /// The slot whose turn is next: its level, its number, and the tick at which it begins.
    fn next_slot(&self) -> Option<(usize, usize, u64)> {
        (0..LEVELS).find_map(|level| {
            // All of a level lies ahead of the present slot, and before all of the next level.
            let ahead = self.occupied[level] & (u64::MAX << digit(self.now, level) << 1);
            (ahead != 0).then(|| {
                let slot = ahead.trailing_zeros() as usize;
                let shift = BITS * u32::try_from(level).expect("there are few levels");
                let begin = (self.now >> shift >> BITS << BITS | slot as u64) << shift;
                (level, slot, begin)
            })
        })
    }

    /// Moves on to the tick `to`, bringing down what has its turn on the way.
    fn turn(&mut self, to: u64, deadline: impl Fn(Place) -> Option<Tick>) {
        while let Some((level, slot, begin)) = self.next_slot()
            && begin <= to
        {
            self.now = begin;
            self.occupied[level] &= !(1 << slot);
            while let Some(place) = self.slots.pop_front(level * SLOTS + slot) {
                if let Some(deadline) = deadline(place) {
                    self.enter(place, deadline);
                }
            }
        }
        self.now = self.now.max(to);
    }
}

/// The slot of `tick` at `level`.
fn digit(tick: u64, level: usize) -> usize {
    let digit = (tick >> (BITS as usize * level)) & (SLOTS as u64 - 1);
    usize::try_from(digit).expect("six bits")
}
