//! What the contestants have to do.

mod churn;
mod fresh;
mod laps;
mod stampede;
mod uniform;

use std::sync::Arc;

pub use churn::{Churn, Swap};
pub use fresh::Fresh;
pub use laps::Laps;
pub use stampede::Stampede;
pub(crate) use stampede::gathered_load;
pub use uniform::Uniform;

use crate::key::{self, Key};
use crate::sample::Sample;

/// A cached call: from key to value.
pub trait Call<K>: AsyncFn(K) -> u64 + Send + Sync + 'static {}

impl<K, F: AsyncFn(K) -> u64 + Send + Sync + 'static> Call<K> for F {}

/// Which turn of the race it is.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// 0 for the turn that only warms up.
    pub round: u32,
    /// How many threads call.
    pub threads: u32,
}

impl Turn {
    /// The turn that everything begins with.
    pub const WARM_UP: Self = Self { round: 0, threads: 1 };

    /// The first turn fills the cache, checks the values, and does not count.
    pub fn is_warm_up(self) -> bool {
        self.round == 0
    }

    /// `count` numbers that this turn, whoever takes it, shares with no other turn.
    pub(crate) fn fresh_numbers(self, count: u32) -> Vec<u64> {
        let first = (u64::from(self.threads) << 48) + u64::from(self.round) * u64::from(count);
        key::numbers(first, count.into())
    }
}

/// A way of calling, compiled once for each contestant so that nothing is dynamic in its loop.
pub trait Course: Clone + Send + Sync + 'static {
    /// What the contestants are called with.
    type Key: Key;

    /// How many calls a thread that is alone makes in a turn.
    fn calls(&self) -> u32;

    /// Lets one contestant take its turn.
    fn run(&self, call: &Arc<impl Call<Self::Key>>, turn: Turn) -> Sample;
}
