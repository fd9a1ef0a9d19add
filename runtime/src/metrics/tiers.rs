//! The numbers of the tiers below memory.

use std::time::Duration;

/// What one tier below the memory of a cache did so far, for this cache.
///
/// Every lookup that got as far as this tier is counted once, as one of `hits`, `misses`, `skipped`, `errors` and
/// `time_outs`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierMetrics {
    /// What it is called: `"sqlite"`, `"redis"`, `"redis 2"` where there are two below one cache, or as
    /// `tier::Layer::named` says.
    pub tier: &'static str,
    /// Lookups that it answered. They are hits of the cache too.
    pub hits: u64,
    /// Lookups that it had no value for, or none that could be used: see `rejected`.
    pub misses: u64,
    /// Lookups that it was not asked for: its breaker was open.
    pub skipped: u64,
    /// Lookups that failed.
    pub errors: u64,
    /// Lookups that it did not answer in time.
    pub time_outs: u64,
    /// How often it was read: a bulk call is one. Retries belong to the read that they are of, and who was answered
    /// from the queue of changes, or not let through by the breaker, has not read.
    pub reads: u64,
    /// How long all these took, until the tier answered, failed or was given up. See [`mean_read`](Self::mean_read).
    pub reading: Duration,
    /// Values that were found and not used.
    pub rejected: Rejections,
    /// Values that were stored.
    pub puts: u64,
    /// Values that were not: the tier could not be asked before they were loaded, failed or refused; they are too large, or
    /// have no bytes; or too many waited. If the tier was reached, what it had before under their keys is removed.
    pub dropped: u64,
    /// Removals that were made; a `clear` is one.
    pub removals: u64,
    /// Changes that have failed so far, each attempt counted.
    pub failed_changes: u64,
    /// Changes that wait to be made, at the moment of the snapshot.
    pub pending: usize,
    /// What the tier said when it failed last, if it has since the last reset. Where it did not fail here, but is left alone, or
    /// was, because it has failed other functions: what it said then. Without keys, values and passwords.
    pub last_error: Option<String>,
    /// Its circuit breaker, at the moment of the snapshot. Caches that share a tier share its breaker.
    pub breaker: BreakerState,
}

/// Values that were found in a tier and not used, by reason. Each is a miss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejections {
    /// Their time was up.
    pub expired: u64,
    /// They were not what had been stored: damaged, cut off, moved from another key, or not by us.
    pub damaged: u64,
    /// They are in a format, or made with a codec, that this program does not know.
    pub unknown_format: u64,
    /// They are of a type of another shape.
    pub other_type: u64,
    /// They were sealed with a key that the ring does not hold.
    pub unknown_key: u64,
    /// They were not sealed in the way that is asked for.
    pub unprotected: u64,
    /// They were older than one that this process has seen or removed before them: somebody has put them back.
    pub replayed: u64,
}

/// What a circuit breaker does with a lookup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// It lets it through.
    #[default]
    Closed,
    /// The tier has failed: it is not asked.
    Open,
    /// A few lookups are let through, to see whether the tier is back.
    HalfOpen,
}

impl TierMetrics {
    /// How long a read took in the mean; `None` when there was none.
    ///
    /// ```
    /// let metrics = larder::TierMetrics::default();
    /// assert_eq!(metrics.mean_read(), None);
    /// ```
    #[must_use]
    pub fn mean_read(&self) -> Option<Duration> {
        let nanos = self.reading.as_nanos().checked_div(u128::from(self.reads))?;
        Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// The numbers of two caches of the same function, whose tiers are the same as a rule.
    pub(super) fn add_up(mut ours: Vec<Self>, theirs: Vec<Self>) -> Vec<Self> {
        for (place, theirs) in theirs.into_iter().enumerate() {
            match ours.get_mut(place).filter(|ours| ours.tier == theirs.tier) {
                Some(ours) => ours.add(&theirs),
                None => ours.push(theirs),
            }
        }
        ours
    }

    fn add(&mut self, other: &Self) {
        self.hits += other.hits;
        self.misses += other.misses;
        self.skipped += other.skipped;
        self.errors += other.errors;
        self.time_outs += other.time_outs;
        self.reads += other.reads;
        self.reading += other.reading;
        self.rejected.expired += other.rejected.expired;
        self.rejected.damaged += other.rejected.damaged;
        self.rejected.unknown_format += other.rejected.unknown_format;
        self.rejected.other_type += other.rejected.other_type;
        self.rejected.unknown_key += other.rejected.unknown_key;
        self.rejected.unprotected += other.rejected.unprotected;
        self.rejected.replayed += other.rejected.replayed;
        self.puts += other.puts;
        self.dropped += other.dropped;
        self.removals += other.removals;
        self.failed_changes += other.failed_changes;
        self.pending += other.pending;
        if self.last_error.is_none() {
            self.last_error.clone_from(&other.last_error);
        }
        if self.breaker == BreakerState::Closed {
            self.breaker = other.breaker;
        }
    }
}
