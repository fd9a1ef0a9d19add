//! How much memory a table takes so that a hit takes less time.

/// How close entries are to one another. Settled by the first entry of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Spacing {
    /// Each is on cache lines of its own, and the links elsewhere: a hit writes to its entry, and threads that hit
    /// neighbours, or only walk by, would wait for each other.
    Apart,
    /// One follows the other, and one link the other: where many entries are, threads rarely meet.
    Near,
    /// Each follows its link, and there are more of them than buckets: where very many are, a line is rarely in a cache, and
    /// memory is dear.
    Tight,
}

impl Spacing {
    /// Up to this many entries are apart.
    const APART: usize = 16 * 1024;

    /// Up to this many are not tight.
    const NEAR: usize = 256 * 1024;

    /// That of a store which is to have so many entries at most.
    pub(in crate::store) fn of(maxsize: usize) -> Self {
        match maxsize {
            ..=Self::APART => Self::Apart,
            // Nobody says how many there will be.
            ..=Self::NEAR | usize::MAX => Self::Near,
            _ => Self::Tight,
        }
    }

    /// How many entries there may be in chains from so many buckets. Half as many at best: chains are short, and seldom as
    /// long as the branch predictor does not expect.
    #[inline]
    pub(super) fn most_in(self, buckets: usize) -> usize {
        match self {
            Self::Apart | Self::Near => buckets / 2,
            Self::Tight => buckets + buckets / 4 + buckets / 32,
        }
    }
}
