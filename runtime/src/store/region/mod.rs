//! A share of the capacity: who comes in, who goes.

mod refound;
mod residents;
mod room;
mod visit;

use super::UNBOUNDED;
use super::entry::Entry;
use super::expiry::Expiry;
use super::policy::{AnyPolicy, Climber, Marks};
use super::recency::{Epoch, Use, Writers};
use super::table::{Found, Locked, Sight, Spacing, Table};
use super::tally::Tally;
use crate::cache::Policy;
use crate::lanes::Lanes;
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use std::sync::Arc;

/// What a region may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) entries: usize,
    /// `None` where nothing is weighed.
    pub(super) weight: Option<u64>,
    pub(super) spacing: Spacing,
    /// Several where other regions hold entries as well.
    pub(super) writers: Writers,
}

/// A part of the store with a lock of its own. `B` is whatever else that lock guards.
pub(super) struct Region<K, V, B> {
    table: Table<K, V, State<B>>,
    marks: Marks,
    /// One for the whole store: so marks stay in order when entries come to another region.
    epoch: Arc<CachePadded<Epoch>>,
}

/// What only writers see.
pub(super) struct State<B> {
    bound: Bound,
    /// Wider than the bound: an entry comes in before others leave.
    weight: u128,
    /// By place; empty where nothing is weighed.
    weights: Vec<u64>,
    policy: AnyPolicy,
    climber: Arc<Climber>,
    expiry: Expiry,
    /// How many entries have come in.
    written: u32,
    tally: Tally,
    kind: Policy,
    board: B,
}

impl<K, V, B: Default> Region<K, V, B> {
    /// A region that may hold nothing until it is [founded](Visit::found).
    pub(super) fn new(
        policy: Policy,
        epoch: Arc<CachePadded<Epoch>>,
        climber: Arc<Climber>,
        lanes: Arc<Lanes>,
    ) -> Self {
        let state = State {
            bound: Bound {
                entries: 0,
                weight: None,
                spacing: Spacing::Near,
                writers: Writers::Several,
            },
            weight: 0,
            weights: Vec::new(),
            policy: AnyPolicy::new(policy, 0, &climber),
            climber,
            expiry: Expiry::default(),
            written: 0,
            tally: Tally::default(),
            kind: policy,
            board: B::default(),
        };
        let marks = AnyPolicy::marks(policy);
        Self { table: Table::new(lanes, state), marks, epoch }
    }
}

impl<K, V, B> Region<K, V, B> {
    /// Looks for the entry of `key`, expired or not, without a lock.
    #[expect(clippy::inline_always, reason = "as `Table::find`")]
    #[inline(always)]
    pub(super) fn find<Q>(&self, fingerprint: u32, key: &Q) -> Found<Sight<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.table.find(fingerprint, key)
    }

    /// Whether the current thread is reading already.
    pub(super) fn is_read_here(&self) -> bool {
        self.table.is_read_here()
    }

    /// Whether all entries have been taken out, to be put in anew.
    pub(super) fn is_drained(&self) -> bool {
        self.table.is_drained()
    }

    /// What `read` makes of the entry in sight, if it is a live one. With a `counter` it is a use, and that counter of the
    /// thread's lane tells in which order it has used what.
    #[expect(clippy::inline_always, reason = "as `Table::find`")]
    #[inline(always)]
    pub(super) fn read<R>(
        &self,
        sight: &Sight<'_, K, V>,
        counter: Option<usize>,
        read: impl FnOnce(&Sight<'_, K, V>) -> R,
    ) -> Option<R> {
        if !sight.read(Entry::is_live) {
            return None;
        }
        if let Some(counter) = counter {
            self.mark(sight, counter);
        }
        Some(read(sight))
    }

    #[inline]
    fn mark(&self, sight: &Sight<'_, K, V>, counter: usize) {
        let lane = sight.lane();
        sight.read(|entry| match self.marks {
            Marks::None => {}
            Marks::Count(most) => count_use(entry, most),
            Marks::Time => {
                let by = Use { slot: lane.number(), count: lane.count(counter) };
                self.epoch.mark(&entry.mark, by);
            }
        });
    }

    /// What `read` makes of every live entry.
    pub(super) fn collect<R>(&self, mut read: impl FnMut(&Entry<K, V>) -> R) -> Vec<R> {
        self.table.collect(|entry| entry.is_live().then(|| read(entry)))
    }

    /// Enters the region for a change.
    pub(super) fn visit(&self) -> Visit<'_, K, V, B> {
        Visit { table: self.table.lock(), marks: self.marks, epoch: &self.epoch }
    }
}

/// Two threads at once may count as one. An entry that is used a lot is not written to.
#[inline]
fn count_use<K, V>(entry: &Entry<K, V>, most: u64) {
    use crate::sync::atomic::Ordering::Relaxed;
    let count = entry.mark.load(Relaxed);
    if count < most {
        entry.mark.store(count + 1, Relaxed);
    }
}
/// A region that has been entered for a change.
pub(crate) struct Visit<'s, K, V, B> {
    table: Locked<'s, K, V, State<B>>,
    marks: Marks,
    epoch: &'s Epoch,
}

impl Bound {
    /// The bound as policies see it.
    fn capacity(self) -> u64 {
        match (self.weight, self.entries) {
            // The largest bound is one all the same: for what weighs as much, and because the number may have a bound too.
            (Some(weight), _) => weight.min(u64::MAX - 1),
            (None, UNBOUNDED) => u64::MAX,
            (None, entries) => entries as u64,
        }
    }
}
