//! W-TinyLFU with an adaptive window: what leaves a small window of newcomers gets into the main part only if it is
//! used more often than what would have to leave there. For that, uses are counted even of keys that are not there.
//!
//! After Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions on
//! Storage 2017, and Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache Management", Middleware 2018. What
//! differs:
//!
//! - The segments are queues in which the used are given another turn when they come up, not lists in order of use.
//! - The use that made a newcomer enter does not speak for it: in a loop longer than the cache, where all are used
//!   alike, none displaces another.
//! - Who was turned away and asked for again soon goes straight to the main part, as in S3-FIFO, unless it is used less
//!   often than what would have to leave. So the filter can be strict without losing what has just become popular.
//! - How large the window should be is learned from such ghosts: see `climber`.

use super::climber::Climber;
use super::ghost::Ghosts;
use super::segments::Segments;
use super::sketch::Sketch;
use super::{Marks, Policy, Residents};
use crate::store::list::Place;
use std::sync::Arc;

/// Newcomers.
const WINDOW: usize = 0;
/// The part of the main part that victims come from.
const PROBATION: usize = 1;
/// The part of the main part that was used since it came there.
const PROTECTED: usize = 2;

/// Of the main part one in this many is not protected. Less would suit popularity that lasts, more one that moves on.
const PROBATION_SHARE: u64 = 4;

/// How many of the main part's victims are remembered: one for so many entries. They speak for a smaller window.
const ENTRIES_PER_DISPLACED: usize = 4;

/// Who was turned away less than so many sixteenths of all ghosts ago speaks for a larger window. This is half as long
/// as the main part's victims speak: where the slope is unclear, the filter is worth more.
const YOUNG: usize = 2;

#[derive(Debug)]
pub(in crate::store) struct TinyLfu {
    segments: Segments<3>,
    sketch: Sketch,
    /// Those that the main part did not take, as many as there are entries.
    turned_away: Ghosts,
    /// Those that had to leave the main part.
    displaced: Ghosts,
    climber: Arc<Climber>,
    capacity: u64,
}

impl TinyLfu {
    pub(in crate::store) fn new(climber: Arc<Climber>) -> Self {
        Self {
            segments: Segments::default(),
            sketch: Sketch::default(),
            turned_away: Ghosts::default(),
            displaced: Ghosts::default(),
            climber,
            capacity: u64::MAX,
        }
    }

    /// Learns of the uses of `place` since the last time. Whether there were any.
    fn learn(&mut self, place: Place, residents: &impl Residents) -> bool {
        let uses = residents.mark(place);
        if uses > 0 {
            residents.set_mark(place, 0);
            self.sketch.record(residents.fingerprint(place), uses);
        }
        uses > 0
    }

    /// How often `place` was used, with what was not learned yet.
    fn uses(&self, place: Place, residents: &impl Residents) -> u64 {
        self.sketch.count(residents.fingerprint(place)) + residents.mark(place)
    }

    fn main_weight(&self) -> u64 {
        self.segments.weight(PROBATION).saturating_add(self.segments.weight(PROTECTED))
    }

    /// The entry that has to leave the window, once the main part is full.
    fn candidate(&mut self, residents: &impl Residents) -> Option<Place> {
        let window = self.climber.window(self.capacity);
        while self.segments.weight(WINDOW) > window {
            let place = self.segments.first(WINDOW)?;
            if self.learn(place, residents) {
                self.segments.shift(WINDOW, place, residents);
            } else if self.main_weight() < self.capacity.saturating_sub(window) {
                self.segments.shift(PROBATION, place, residents);
            } else {
                return Some(place);
            }
        }
        None
    }

    /// The entry that the main part can do without most easily.
    fn weakest(&mut self, residents: &impl Residents) -> Option<Place> {
        loop {
            self.demote(residents);
            let place =
                self.segments.first(PROBATION).or_else(|| self.segments.first(PROTECTED))?;
            if !self.learn(place, residents) {
                return Some(place);
            }
            self.segments.shift(PROTECTED, place, residents);
        }
    }

    /// Moves what was not used for long out of the protected part, until that has its share.
    fn demote(&mut self, residents: &impl Residents) {
        let main = self.main_weight();
        while self.segments.weight(PROTECTED) > main - main / PROBATION_SHARE {
            let Some(place) = self.segments.first(PROTECTED) else { return };
            let segment = if self.learn(place, residents) { PROTECTED } else { PROBATION };
            self.segments.shift(segment, place, residents);
        }
    }

    fn choose(&mut self, residents: &impl Residents) -> Option<Place> {
        let entries = self.segments.len();
        let candidate = self.candidate(residents);
        let Some(weakest) = self.weakest(residents) else {
            return candidate.or_else(|| self.segments.first(WINDOW));
        };
        if let Some(candidate) = candidate {
            // Both have been counted when they entered, the candidate more recently: that use is left out.
            if self.uses(candidate, residents) <= self.uses(weakest, residents) + 1 {
                self.turned_away.remember(residents.fingerprint(candidate), entries);
                return Some(candidate);
            }
            self.segments.shift(PROBATION, candidate, residents);
        }
        self.displaced.remember(residents.fingerprint(weakest), entries / ENTRIES_PER_DISPLACED);
        Some(weakest)
    }

    /// Whether a new entry goes to the main part without a turn in the window.
    fn has_returned(&mut self, fingerprint: u32, residents: &impl Residents) -> bool {
        let entries = self.segments.len();
        if self.displaced.recall(fingerprint).is_some() {
            self.climber.narrow(entries);
        }
        let Some(age) = self.turned_away.recall(fingerprint) else { return false };
        if age < YOUNG {
            self.climber.widen(entries);
        }
        let next = self.segments.first(PROBATION);
        next.is_none_or(|next| self.sketch.count(fingerprint) >= self.uses(next, residents))
    }
}

impl Policy for TinyLfu {
    const MARKS: Marks = Marks::Count(15);

    fn admit(&mut self, place: Place, residents: &impl Residents) {
        let fingerprint = residents.fingerprint(place);
        self.sketch.record(fingerprint, 1);
        let returned = self.has_returned(fingerprint, residents);
        self.segments.enter(if returned { PROBATION } else { WINDOW }, place, residents);
    }

    fn replace(&mut self, old: Place, new: Place, residents: &impl Residents) {
        self.segments.replace(old, new, residents);
    }

    fn forget(&mut self, place: Place, residents: &impl Residents) {
        self.segments.leave(place, residents);
    }

    fn victim(&mut self, residents: &impl Residents) -> Option<Place> {
        self.sketch.fit(self.segments.len());
        let victim = self.choose(residents)?;
        self.segments.leave(victim, residents);
        Some(victim)
    }

    fn resize(&mut self, capacity: u64) {
        self.capacity = capacity;
    }

    fn vacate(&mut self) {
        self.segments = Segments::default();
    }
}
