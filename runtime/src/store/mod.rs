//! The in-memory keyed store.
//!
//! It is divided into **regions** by the hash of the key. Each has a lock of its own, which only writers take; readers
//! find entries without any (`table`, and `lanes`). A hit leaves a mark on its entry, and the region's **policy** reads
//! the marks when it looks for a victim. Deadlines wait in a timing wheel (`expiry`).
//!
//! A store of up to [`EXACT`] entries has one region, and so one order of eviction. A larger one has several, each with
//! a share of the bound and an order of its own.
//!
//! Lock order: regions in their order. No caller's code runs below their locks but `Eq` of the key, and `Clone` of key
//! and value for hooks that want to hear of what leaves; what leaves is handed out and dropped by the caller.

mod departures;
mod entry;
mod expiry;
mod list;
mod policy;
mod recency;
mod region;
#[cfg(test)]
mod scenarios;
mod sizing;
#[expect(unsafe_code, reason = "readers without a lock: see there")]
mod table;
mod tally;

pub(crate) use departures::{Departures, Tidings};
pub(crate) use entry::Entry;
pub(crate) use region::Visit;
pub(crate) use sizing::{NONE as NONE_SAMPLED, Served, Sizer};
pub(crate) use tally::{Census, Tally};

use crate::cache::Policy;
use crate::clock::Tick;
use crate::lanes::Lanes;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sync::yield_now;
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use policy::Climber;
use recency::{Epoch, Writers};
use region::{Bound, Region};
use std::sync::Arc;
use table::{Found, Sight, Spacing};

/// Up to this many entries the order of eviction is one for the whole store.
pub(crate) const EXACT: usize = 1024;

/// About how many entries a region has. A policy that sorts keeps its region locked meanwhile.
const PER_REGION: usize = 16 * 1024;

/// More would be more than is of use.
const MOST_REGIONS: usize = 1024;

/// The capacity of a store without a bound.
pub(crate) const UNBOUNDED: usize = usize::MAX;

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Nothing,
    Expired,
    Live,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Stored,
    /// The entry was not as expected.
    Unexpected,
    /// It was, but there is no room for such a value.
    Refused,
}

/// Which version of an entry a conditional write expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Anything,
    /// That there is none, not even an expired one: it is not looked for.
    Vacant,
    Absent,
    Version(u64),
}

/// A value to be stored, with its times and its weight.
pub(crate) struct Fresh<V> {
    pub(crate) value: V,
    pub(crate) now: Tick,
    /// When it was made: earlier than now if it comes from below memory.
    pub(crate) born: Tick,
    pub(crate) deadline: Tick,
    pub(crate) weight: u64,
}

/// How a store is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) maxsize: usize,
    /// `None` where nothing is weighed.
    pub(crate) max_weight: Option<u64>,
    pub(crate) policy: Policy,
    /// How many regions at most, if somebody has said so.
    pub(crate) regions: Option<usize>,
}

/// What else the lock of a region guards: things that belong to hashes, as entries do.
pub(crate) trait Board: Default {
    /// Puts everything where it belongs from now on. No caller's code runs in it.
    fn divide(boards: Vec<Self>, region: impl Fn(u64) -> usize) -> Vec<Self>;
}

/// `B` is whatever else the lock of a region guards.
pub(crate) struct Store<K, V, B> {
    /// A power of two of them, of which the first `active` divide the entries among them.
    regions: Box<[Region<K, V, B>]>,
    /// A power of two. Changes only while every region is locked.
    active: AtomicUsize,
    maxsize: AtomicUsize,
    max_weight: Option<u64>,
}

impl Layout {
    /// How many regions there are for it to be divided into. A bound in bytes is not divided: an entry may be as heavy as
    /// all of it.
    fn regions(self) -> usize {
        if self.max_weight.is_some() {
            return 1;
        }
        let cores = crate::parallelism().next_power_of_two().min(16);
        let regions = match self.maxsize {
            UNBOUNDED => 4 * cores,
            maxsize => cores.max(maxsize.div_ceil(PER_REGION).next_power_of_two()),
        };
        let most = self.regions.unwrap_or(MOST_REGIONS).max(1);
        regions.min(1 << most.min(MOST_REGIONS).ilog2())
    }
}

impl<K: Eq + Clone, V: Clone, B: Board> Store<K, V, B> {
    pub(crate) fn new(layout: Layout, lanes: &Arc<Lanes>) -> Self {
        let epoch = Arc::new(CachePadded::new(Epoch::new()));
        let climber = Arc::new(Climber::new(1));
        let region = |_| Region::new(layout.policy, epoch.clone(), climber.clone(), lanes.clone());
        let store = Self {
            regions: (0..layout.regions()).map(region).collect(),
            active: AtomicUsize::new(1),
            maxsize: AtomicUsize::new(0),
            max_weight: layout.max_weight,
        };
        store.resize(layout.maxsize, 0, &mut Departures::new(false, NONE_SAMPLED));
        store
    }

    pub(crate) fn maxsize(&self) -> usize {
        self.maxsize.load(Relaxed)
    }

    /// `None` where nothing is weighed.
    pub(crate) fn max_weight(&self) -> Option<u64> {
        self.max_weight
    }

    #[inline]
    fn region(&self, hash: u64) -> &Region<K, V, B> {
        &self.regions[region(fingerprint(hash), self.active.load(Acquire))]
    }

    /// Enters the region of `hash` for a change.
    #[inline]
    pub(crate) fn visit(&self, hash: u64) -> Visit<'_, K, V, B> {
        loop {
            let active = self.active.load(Acquire);
            let visit = self.regions[region(fingerprint(hash), active)].visit();
            // They may have been divided anew while we stood at the door.
            if self.active.load(Acquire) == active {
                return visit;
            }
        }
    }

    /// What `read` makes of the live entry of `key`. With a `counter` it is a use, and that counter of the thread's lane
    /// tells in which order it has used what. Takes no lock, unless the store is being divided anew.
    #[expect(clippy::inline_always, reason = "as `Table::find`")]
    #[inline(always)]
    pub(crate) fn read<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        counter: Option<usize>,
        read: impl FnOnce(&Sight<'_, K, V>) -> R,
    ) -> Option<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let region = self.region(hash);
        match region.find(fingerprint(hash), key) {
            Found::Entry(sight) => region.read(&sight, counter, read),
            Found::Nothing if std::ptr::eq(region, self.region(hash)) => None,
            Found::Nothing | Found::Unknown => self.read_again(hash, key, counter, read),
        }
    }

    /// The same while entries are being moved.
    #[cold]
    #[inline(never)]
    fn read_again<Q, R>(
        &self,
        hash: u64,
        key: &Q,
        counter: Option<usize>,
        read: impl FnOnce(&Sight<'_, K, V>) -> R,
    ) -> Option<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        loop {
            let region = self.region(hash);
            // Whoever moves entries holds the lock; who takes them all out, until nobody reads any more. That may be this very
            // thread, in the middle of a `Clone`: it waits for no lock.
            if !region.is_read_here() {
                drop(region.visit());
            } else if region.is_drained() {
                return None;
            } else {
                yield_now();
            }
            match region.find(fingerprint(hash), key) {
                Found::Entry(sight) => return region.read(&sight, counter, read),
                Found::Nothing if std::ptr::eq(region, self.region(hash)) => return None,
                Found::Nothing | Found::Unknown => {}
            }
        }
    }

    /// Whether there is an entry of `key` whose time is up. Takes no lock, and may miss one that is on the move.
    pub(crate) fn holds_expired<Q>(&self, hash: u64, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        match self.region(hash).find(fingerprint(hash), key) {
            Found::Entry(sight) => !sight.read(Entry::is_live),
            Found::Nothing | Found::Unknown => false,
        }
    }

    /// The number of entries, after a [`purge`](Self::purge) the number of live ones.
    pub(crate) fn len(&self) -> usize {
        self.regions.iter().map(|region| region.visit().len()).sum()
    }

    /// What there is, after a [`purge`](Self::purge) of live entries only, and what has left so far.
    pub(crate) fn census(&self) -> Census {
        self.regions.iter().map(|region| region.visit().census()).sum()
    }

    /// Takes everything out, after doing something in every region, when all are locked.
    pub(crate) fn clear(&self, mut also: impl FnMut(&mut B), departures: &mut Departures<K, V>) {
        // All at once: a region that is divided anew between two others being cleared would be left out.
        let visits: Vec<_> = self.regions.iter().map(Region::visit).collect();
        for mut visit in visits {
            also(visit.board());
            visit.clear(departures);
        }
    }

    /// Takes out what has expired by `now`, at most so many from each region. Whether there may be more.
    pub(crate) fn purge(&self, now: Tick, most: usize, departures: &mut Departures<K, V>) -> bool {
        let mut more = false;
        for region in &self.regions {
            more |= region.visit().purge(now, most, departures);
        }
        more
    }

    /// Sets the bound and makes what is too much leave at once.
    pub(crate) fn resize(&self, maxsize: usize, now: Tick, departures: &mut Departures<K, V>) {
        let mut visits: Vec<_> = self.regions.iter().map(Region::visit).collect();
        let active = if maxsize <= EXACT { 1 } else { self.regions.len() };
        let before = self.maxsize.load(Relaxed);
        let stays =
            self.active.load(Relaxed) == active && (before == UNBOUNDED) == (maxsize == UNBOUNDED);
        let bounds = self.bounds(maxsize, active);
        if stays && before != 0 {
            for (visit, bound) in visits.iter_mut().zip(bounds) {
                visit.resize(bound, now, departures);
            }
        } else {
            self.divide(&mut visits, bounds, active, now, departures);
        }
        // Last: with a panic on the way the bound is what it was.
        self.maxsize.store(maxsize, Relaxed);
    }

    /// What each region may hold when the first `active` share the bound.
    fn bounds(&self, maxsize: usize, active: usize) -> Vec<Bound> {
        let weight = self.max_weight;
        let share = |number| match maxsize {
            _ if number >= active => 0,
            UNBOUNDED => UNBOUNDED,
            bounded => bounded / active + usize::from(number < bounded % active),
        };
        let spacing = Spacing::of(maxsize);
        let writers = if active == 1 { Writers::One } else { Writers::Several };
        let bound = |number| Bound { entries: share(number), weight, spacing, writers };
        (0..self.regions.len()).map(bound).collect()
    }

    /// Divides the entries anew, among the first `active` regions: those that were used longest ago go first.
    fn divide(
        &self,
        visits: &mut [Visit<'_, K, V, B>],
        bounds: Vec<Bound>,
        active: usize,
        now: Tick,
        departures: &mut Departures<K, V>,
    ) {
        let drained: Vec<_> = visits.iter_mut().map(|visit| visit.drain(departures)).collect();
        self.active.store(active, Release);
        let boards = visits.iter_mut().map(|visit| std::mem::take(visit.board())).collect();
        let boards = B::divide(boards, |hash| region(fingerprint(hash), active));
        for (visit, board) in visits.iter_mut().zip(boards) {
            *visit.board() = board;
        }
        let climber = Arc::new(Climber::new(active));
        for (visit, bound) in visits.iter_mut().zip(bounds) {
            visit.found(bound, &climber);
        }
        let mut shares: Vec<_> = visits.iter().map(|_| Vec::new()).collect();
        let mut drained: Vec<_> = drained.into_iter().flatten().collect();
        // Of those with equal marks, which for FIFO are all, the oldest first.
        drained.sort_by_key(|drained| (drained.entry.mark(), drained.entry.version));
        for drained in drained {
            shares[region(drained.fingerprint, active)].push(drained);
        }
        for (visit, share) in visits.iter_mut().zip(shares) {
            visit.refill(share, now, departures);
            visit.open(now, departures);
        }
    }

    /// When to [`purge`](Self::purge) next: nothing expires before.
    pub(crate) fn next_expiry(&self) -> Option<Tick> {
        self.regions.iter().filter_map(|region| region.visit().next_expiry()).min()
    }

    /// What `read` makes of every live entry, region by region: not one moment's picture of a store in use.
    pub(crate) fn collect<R>(&self, mut read: impl FnMut(&Entry<K, V>) -> R) -> Vec<R> {
        self.regions.iter().flat_map(|region| region.collect(&mut read)).collect()
    }
}

/// Which of the `active` regions is that of a hash.
///
/// By a product: hashers for tables may give numbers in a row the same lowest bits.
#[inline]
fn region(fingerprint: u32, active: usize) -> usize {
    const SCATTER: u64 = 0x61C8_8647;
    ((u64::from(fingerprint) * SCATTER) >> 32) as usize & (active - 1)
}

/// Half of a hash: its highest bits are the bucket.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the other half is not needed")]
pub(crate) fn fingerprint(hash: u64) -> u32 {
    hash as u32
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn regions_are_even_where_the_lowest_bits_are_alike() {
        for shift in [0, 3, 10, 20] {
            let mut in_region = [0; 8];
            (0..800).for_each(|n: u32| in_region[region(n << shift | 1, 8)] += 1);
            assert!(in_region.iter().all(|of| (80..=120).contains(of)), "{shift}: {in_region:?}");
        }
    }
}
