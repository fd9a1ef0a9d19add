//! Entries that have been taken out of their chain and may still be read.

use super::heads::OldHeads;
use super::spot::Spot;
use crate::lanes::{Grace, Lanes};
use std::collections::VecDeque;

#[derive(Default)]
pub(super) struct Limbo {
    /// Taken out since readers were last looked for. That costs a look at what each of them writes to, so it is done for
    /// as many spots at once as there are threads.
    recent: Vec<Spot>,
    waiting: VecDeque<(Grace, Vec<Spot>)>,
    /// Arrays of buckets, of which there are few.
    heads: Vec<(Grace, OldHeads)>,
}

impl Limbo {
    pub(super) fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.waiting.is_empty()
    }

    /// `spot` has been taken out of its chain.
    #[inline]
    pub(super) fn add(&mut self, spot: Spot) {
        self.recent.push(spot);
    }

    /// `heads` have been replaced.
    pub(super) fn add_heads(&mut self, heads: OldHeads, lanes: &Lanes) {
        match lanes.grace() {
            None => drop(heads),
            Some(grace) => self.heads.push((grace, heads)),
        }
    }

    /// Hands out the spots that nobody can be reading. Unless it is `eager` it waits until there are enough of them.
    #[inline]
    pub(super) fn release(&mut self, lanes: &Lanes, eager: bool, mut free: impl FnMut(Spot)) {
        let enough = if eager { 1 } else { lanes.in_use().max(1) };
        if self.recent.len() >= enough {
            match lanes.grace().filter(|_| !planted!("grace")) {
                None => std::iter::from_fn(|| self.recent.pop()).for_each(&mut free),
                Some(grace) => self.waiting.push_back((grace, std::mem::take(&mut self.recent))),
            }
        }
        if !self.waiting.is_empty() {
            self.release_waiting(lanes, free);
        }
    }

    #[cold]
    fn release_waiting(&mut self, lanes: &Lanes, mut free: impl FnMut(Spot)) {
        while let Some((grace, spots)) = self.waiting.front_mut()
            && grace.is_over(lanes)
        {
            spots.drain(..).for_each(&mut free);
            self.waiting.pop_front();
        }
    }

    /// Gives the memory back that it had for many spots, when there are none.
    pub(super) fn shrink(&mut self) {
        debug_assert!(self.is_empty());
        (self.recent, self.waiting) = (Vec::new(), VecDeque::new());
    }

    /// Frees the arrays that nobody can be reading.
    #[inline]
    pub(super) fn release_heads(&mut self, lanes: &Lanes) {
        if !self.heads.is_empty() {
            self.heads.retain_mut(|(grace, _)| !grace.is_over(lanes));
        }
    }

    /// Hands out all spots. For a table that nobody reads.
    pub(super) fn release_all(&mut self, free: impl FnMut(Spot)) {
        let waiting = self.waiting.drain(..).flat_map(|(_, spots)| spots);
        self.recent.drain(..).chain(waiting).for_each(free);
        self.heads.clear();
    }
}
