//! What has left a region, counted under its lock.

use crate::cache::Reason;
use std::iter::Sum;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// By reason.
    pub(crate) left: [u64; Reason::ALL.len()],
    /// Values that were heavier than the bound.
    pub(crate) rejected: u64,
}

/// What a store holds, and what has left it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Census {
    pub(crate) entries: usize,
    /// What all entries weigh; their number where nothing is weighed.
    pub(crate) weight: u64,
    pub(crate) tally: Tally,
}

impl Sum for Census {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            entries: sum.entries + part.entries,
            weight: sum.weight.saturating_add(part.weight),
            tally: [sum.tally, part.tally].into_iter().sum(),
        })
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            sum.left.iter_mut().zip(tally.left).for_each(|(sum, left)| *sum += left);
            sum.rejected += tally.rejected;
            sum
        })
    }
}

impl Tally {
    /// What has been counted since it was `then`.
    pub(crate) fn since(mut self, then: &Self) -> Self {
        self.left
            .iter_mut()
            .zip(&then.left)
            .for_each(|(now, then)| *now = now.saturating_sub(*then));
        self.rejected = self.rejected.saturating_sub(then.rejected);
        self
    }
}
