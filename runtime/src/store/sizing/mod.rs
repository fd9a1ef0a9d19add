//! What hit rate a cache would have if it were smaller or larger, from its own traffic.
//!
//! Six caches in miniature run the cache's own policy: at a quarter of its size, at a half, at one, two, four and eight
//! times. They see the accesses to a sample of the keys, those with the highest fingerprints, and are smaller in the
//! same proportion. After Waldspurger, Saemundsson, Ahmad and Park, "Cache Modeling and Optimization using Miniature
//! Simulations", USENIX ATC 2017, with the sampling of Waldspurger, Park, Garthwaite and Ahmad, "Efficient MRC
//! Construction with SHARDS", FAST 2015.
//!
//! Two shares keep it cheap and right. *Which keys*: so many that the miniature of the present size holds a [`sample`]
//! of entries; with fewer, the keys that happen to be in the sample matter more than the size. For a small cache those
//! are all keys. *When*: a burst of [`BURST`] accesses, the first of them longer, and then none until the cache has served
//! so many that the burst is paid for, see [`SPARING`]. A large cache has so small a sample that one burst follows the other.
//!
//! Deadlines are not simulated. What leaves the cache because its time is up leaves the miniatures too, but the larger
//! ones also hold what the cache has long given away, of which nobody knows when it would have expired.

mod advice;
mod ghosts;
mod miniature;
#[cfg(test)]
mod tests;

use crate::cache;
use crate::metrics::FACTORS;
use miniature::{CACHES, Miniatures, Tally};
use std::ops::RangeInclusive;

/// No fingerprint is above this.
pub(crate) const NONE: u32 = u32::MAX;

/// How many entries the miniature of the present size has, at least and at most. A quarter of it is in the smallest, and has
/// to be enough; eight times as many are in the largest.
const SAMPLE: RangeInclusive<u64> = 256..=1024;

/// So many keys are in the sample of a large cache that hits hardly notice: one in this many.
const SHARE: u64 = 40;

/// The sample of a small cache, whose first burst is soon over, may be larger: so that entries times sample are this.
const SOON: u64 = 1 << 21;

/// How many accesses are sampled at a stretch.
const BURST: u64 = 256 * 1024;

/// How many in the first burst. It is all that a cache knows of itself for a long time, and traffic has its moods. That is
/// some tenths of a second of work, once. It is charged as a burst like any other, lest the next one be as far away as the
/// first was long.
const FIRST_BURST: u64 = 8 * BURST;

/// How many accesses of a burst that comes after a pause are not counted: the miniatures hold what was of use before.
const WARM_UP: u64 = BURST / 4;

/// For each unit of work on the sample the cache has to serve so many accesses. A unit is what it takes to report an
/// access that all miniatures answer, as long as five to ten hits; so their work stays below two hundredths of that of
/// hits.
const SPARING: u64 = 512;

/// How many units of work a miss in one of the miniatures is.
const MISS: u64 = 4;

/// Watches the traffic of one cache.
///
/// Weights do not count: all sizes are in entries, and a cache that is bounded by weight is taken for one of as many
/// entries as it holds when it is full. That is right as long as the heavy ones are used like the light ones.
pub(crate) struct Sizer {
    policy: cache::Policy,
    miniatures: Miniatures,
    entries: u64,
    /// Keys with a fingerprint above this make the sample.
    sample: u32,
    /// How many accesses the burst has, and how many are left of it; 0 in a pause.
    burst: u64,
    left: u64,
    /// How many accesses the cache had served when the burst began, and will have when the next one is due.
    began: u64,
    due: u64,
    /// The work that was done before the burst.
    done: u64,
    /// What was seen in the bursts before this one.
    counted: Seen,
    /// Whether that was before the last reset: better than nothing until the next burst has ended.
    is_old: bool,
    /// Where this one began to count.
    from: Option<Seen>,
    /// What the cache had counted before advice was to be about it.
    before: Served,
}

/// What a cache has counted since it was built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

impl Served {
    pub(crate) fn accesses(self) -> u64 {
        self.hits.saturating_add(self.misses)
    }

    fn since(self, then: Self) -> Self {
        Self {
            hits: self.hits.saturating_sub(then.hits),
            misses: self.misses.saturating_sub(then.misses),
        }
    }
}

/// What the miniatures have counted, and the cache itself meanwhile.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    tally: Tally,
    served: Served,
}

impl Seen {
    /// This, and what was seen between `from` and `to`.
    fn plus(&self, from: &Self, to: &Self) -> Self {
        let Served { hits, misses } = to.served.since(from.served);
        let served = Served { hits: self.served.hits + hits, misses: self.served.misses + misses };
        Self { tally: self.tally.plus(&from.tally, &to.tally), served }
    }
}

impl Sizer {
    /// For a cache of `entries` that is run by `policy`, which has `served` so many.
    pub(crate) fn new(entries: u64, policy: cache::Policy, served: Served) -> Self {
        Self::beginning_with(FIRST_BURST, entries, policy, served)
    }

    fn beginning_with(burst: u64, entries: u64, policy: cache::Policy, served: Served) -> Self {
        Self {
            policy,
            miniatures: Miniatures::new(capacities(entries), policy),
            entries,
            sample: limit(entries),
            burst,
            left: burst,
            began: served.accesses(),
            due: 0,
            done: 0,
            counted: Seen::default(),
            is_old: false,
            from: Some(Seen { tally: Tally::default(), served }),
            before: served,
        }
    }

    /// The number of entries that is taken for the present one.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// An access needs to be reported when its fingerprint is above this. In a pause that is none. Changes now and then,
    /// by what is reported only.
    pub(crate) fn limit(&self) -> u32 {
        if self.left == 0 { NONE } else { self.sample }
    }

    /// A key was read, found or not. A miss is taken to be followed by a write.
    ///
    /// `served` is asked, rarely, for what the whole cache has counted so far, sampled or not.
    pub(crate) fn access(&mut self, fingerprint: u32, served: impl FnOnce() -> Served) {
        // Somebody may have been on his way when the burst ended.
        if self.left == 0 {
            return;
        }
        self.miniatures.access(fingerprint);
        self.left -= 1;
        if self.left == 0 {
            self.finish(served());
        } else if self.left == BURST - WARM_UP && self.from.is_none() {
            self.from = Some(self.now(served()));
        }
    }

    /// A key has left for another reason than a full cache: it has expired, or was removed.
    pub(crate) fn forget(&mut self, fingerprint: u32) {
        self.miniatures.forget(fingerprint);
    }

    /// All keys have left.
    pub(crate) fn clear(&mut self) {
        self.miniatures.clear(self.policy);
    }

    /// Begins a burst if the last one is paid for. Has to be called now and then: bursts end by themselves, pauses do not.
    pub(crate) fn resume(&mut self, served: Served) {
        if self.is_due(served) {
            self.began = served.accesses();
            self.burst = BURST;
            self.left = BURST;
            self.done = work(self.miniatures.tally());
        }
    }

    /// Whether this is a pause, and long enough.
    pub(crate) fn is_due(&self, served: Served) -> bool {
        self.left == 0 && served.accesses() >= self.due
    }

    /// Ends a burst.
    fn finish(&mut self, served: Served) {
        if std::mem::take(&mut self.is_old) {
            self.counted = Seen::default();
            self.before = self.from.map_or(served, |from| from.served);
        }
        self.counted = self.seen(served);
        self.due = self.paid(served);
        // If it is paid for already, the next one follows at once and needs no warming up.
        self.from = (served.accesses() >= self.due).then_some(self.now(served));
    }

    /// When the work of the burst is paid for, by the accesses since its beginning.
    fn paid(&self, served: Served) -> u64 {
        let served = served.accesses().saturating_sub(self.began);
        let sample = sample(self.entries);
        let sent = served.saturating_mul(sample) / self.entries.max(sample);
        // Reports may have been dropped, when threads were in each other's way, but not for nothing.
        let dropped = sent.saturating_sub(self.burst - self.left);
        let work = work(self.miniatures.tally()) - self.done + dropped;
        self.began.saturating_add(work.saturating_mul(SPARING) / (self.burst / BURST))
    }

    fn now(&self, served: Served) -> Seen {
        Seen { tally: *self.miniatures.tally(), served }
    }

    fn seen(&self, served: Served) -> Seen {
        match &self.from {
            Some(from) => self.counted.plus(from, &self.now(served)),
            None => self.counted,
        }
    }

    /// How many accesses have been sampled since the last reset.
    pub(crate) fn sampled(&self) -> u64 {
        self.seen(Served::default()).tally.accesses
    }

    /// The hit rates of the sizes around the present one, in the order of [`FACTORS`], for the traffic since the last
    /// reset.
    pub(crate) fn hit_rates(&self, served: Served) -> [f64; FACTORS.len()] {
        advice::hit_rates(&self.seen(served), served.since(self.before))
    }

    /// Advice is to be about the traffic from now on; in a pause, about what was sampled last until there is more.
    pub(crate) fn reset(&mut self, served: Served) {
        if self.left == 0 {
            self.is_old = true;
            return;
        }
        self.before = served;
        self.counted = Seen::default();
        self.from = self.from.map(|_| self.now(served));
    }

    /// The cache has room for another number of entries. All is forgotten, what is not paid for yet too, and advice
    /// begins anew with a burst, without another advance if there has been one.
    pub(crate) fn resize(&mut self, entries: u64, served: Served) {
        let is_untouched = self.miniatures.tally().accesses == 0;
        let burst = if is_untouched { self.burst } else { BURST };
        *self = Self::beginning_with(burst, entries, self.policy, served);
    }
}

fn work(tally: &Tally) -> u64 {
    tally.accesses + MISS * tally.misses.iter().sum::<u64>()
}

/// How many entries the miniature of a cache with `entries` has, unless that has fewer itself.
fn sample(entries: u64) -> u64 {
    (SOON / entries.max(1)).max(entries / SHARE).clamp(*SAMPLE.start(), *SAMPLE.end())
}

/// Keys with a fingerprint above this make the sample.
fn limit(entries: u64) -> u32 {
    let sample = sample(entries);
    if entries <= sample {
        return 0;
    }
    let sampled = u64::from(u32::MAX) * sample / entries;
    u32::MAX - u32::try_from(sampled).unwrap_or(u32::MAX)
}

/// What the miniatures of a cache with `entries` can hold.
fn capacities(entries: u64) -> [u64; CACHES] {
    FACTORS.map(|(times, part)| entries.min(sample(entries)) * times / part)
}
