//! The numbers that a user reads.

use super::{Sizing, TierMetrics};
use std::time::Duration;

/// What a cache did so far: one consistent kind of number for functions and hand-made caches.
///
/// Every call that may use the cache is counted exactly once, so
/// `hits + misses + coalesced` is the number of such calls. A call counts when it is polled, not when it
/// is made. 100 callers that meet on one cold key are 1 miss, 99 coalesced and 1 load.
///
/// ```
/// use larder::prelude::*;
///
/// #[async_lru(maxsize = 8)]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// square(3).await;
/// square(3).await;
/// let metrics = square.get_metrics();
/// assert_eq!((metrics.hits, metrics.misses, metrics.entries), (1, 1, 1));
/// assert!((metrics.hit_rate() - 0.5).abs() < 1e-9);
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Metrics {
    /// Calls that were answered from the cache.
    pub hits: u64,
    /// Calls that found nothing and started a load.
    pub misses: u64,
    /// Calls that found nothing and joined a load that was under way.
    pub coalesced: u64,
    /// Bodies that were started through the cache, takeovers and refreshes included.
    pub loads: u64,
    /// Loads that have ended, with a result or without. The difference to `loads` is those under way and those that
    /// everybody left.
    pub loads_ended: u64,
    /// Loads that ended in an `Err` or a panic.
    pub load_errors: u64,
    /// The sum of the time that finished loads took, whatever their result.
    pub load_time: Duration,
    /// Calls that went past the cache: `.bypass()`, or caching switched off.
    pub bypasses: u64,
    /// Calls that asked for a fresh value with `.use_cache(false)`.
    pub refreshes: u64,
    /// Entries that left the cache, by reason.
    pub evictions: Evictions,
    /// Live entries at the moment of the snapshot; expired ones are not among them.
    pub entries: usize,
    /// The bound on the number of entries, `None` when there is none.
    pub capacity: Option<usize>,
    /// What the entries weigh together. Without a bound on that each weighs 1, so it is their number.
    pub weight: u64,
    /// The bound on the weight, `None` when there is none.
    pub max_weight: Option<u64>,
    /// Values that were not stored because each of them weighs more than the whole bound.
    pub rejected: u64,
    /// See [`sizing`](Self::sizing).
    pub(crate) sizing: Option<Sizing>,
    /// The tiers below memory, from the top down. What they answered is among `hits`. A function that was closed has none.
    pub tiers: Vec<TierMetrics>,
}

/// Entries that left a cache, by reason. See [`Reason`](crate::Reason).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evictions {
    /// Left to make room.
    pub size: u64,
    /// Found past their deadline.
    pub expired: u64,
    /// Overwritten by a newer value.
    pub replaced: u64,
    /// Removed or invalidated one by one.
    pub removed: u64,
    /// Left with everything else.
    pub cleared: u64,
}

impl Metrics {
    /// The calls that might have used the cache: `hits + misses + coalesced`.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.hits + self.misses + self.coalesced
    }

    /// The calls that were answered from memory: `hits` without those of the [`tiers`](Self::tiers).
    #[must_use]
    pub fn memory_hits(&self) -> u64 {
        let below = self.tiers.iter().map(|tier| tier.hits).sum();
        self.hits.saturating_sub(below)
    }

    /// The share of calls that were answered from the cache, between 0 and 1.
    ///
    /// Coalesced calls are not hits: they waited for a load. Without any call the rate is 0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate is approximate by nature")]
    pub fn hit_rate(&self) -> f64 {
        match self.calls() {
            0 => 0.0,
            calls => self.hits as f64 / calls as f64,
        }
    }

    /// The time that a load took on average, of those that have ended; zero before the first one. A body that waits for other memoized calls
    /// has their time in its own.
    #[must_use]
    pub fn mean_load_time(&self) -> Duration {
        match u32::try_from(self.loads_ended) {
            Ok(0) => Duration::ZERO,
            Ok(loads) => self.load_time / loads,
            Err(_) => self.load_time / u32::MAX,
        }
    }

    /// What other sizes of the cache would be worth, as far as the calls so far can tell. `None` unless it was asked
    /// for, with [`CacheBuilder::sizing`](crate::CacheBuilder::sizing) or the option `sizing`, and for a cache without a
    /// bound.
    ///
    /// Lifetimes are not modelled: where entries expire, as with `#[async_ttl]`, larger sizes look better than they are.
    ///
    /// When the traffic has changed, reset the metrics, as with [`Cache::reset_metrics`](crate::Cache::reset_metrics): the
    /// rates are forgotten, and what the models hold stays, so that the next ones are about a warm cache.
    ///
    /// ```
    /// use larder::Cache;
    ///
    /// let cache = Cache::builder().maxsize(100).sizing(true).build();
    /// for n in 0..1000_u64 {
    ///     cache.get_or_insert(n % 150, n);
    /// }
    /// if let Some(sizing) = cache.get_metrics().sizing() {
    ///     println!("{sizing}"); // a small table
    ///     assert!(sizing.points.iter().all(|point| (0.0..=1.0).contains(&point.hit_rate)));
    /// }
    /// ```
    #[must_use]
    pub fn sizing(&self) -> Option<&Sizing> {
        self.sizing.as_ref()
    }

    /// Entries that left because their time was up: the same as `evictions.expired`.
    #[must_use]
    pub fn expirations(&self) -> u64 {
        self.evictions.expired
    }
}

impl Metrics {
    /// Adds the numbers of another cache of the same function.
    pub(crate) fn with(mut self, other: Metrics) -> Self {
        self.hits += other.hits;
        self.misses += other.misses;
        self.coalesced += other.coalesced;
        self.loads += other.loads;
        self.loads_ended += other.loads_ended;
        self.load_errors += other.load_errors;
        self.load_time += other.load_time;
        self.bypasses += other.bypasses;
        self.refreshes += other.refreshes;
        self.evictions.size += other.evictions.size;
        self.evictions.expired += other.evictions.expired;
        self.evictions.replaced += other.evictions.replaced;
        self.evictions.removed += other.evictions.removed;
        self.evictions.cleared += other.evictions.cleared;
        self.entries += other.entries;
        self.capacity = self.capacity.zip(other.capacity).map(|(ours, theirs)| ours + theirs);
        self.weight = self.weight.saturating_add(other.weight);
        let bounds = self.max_weight.zip(other.max_weight);
        self.max_weight = bounds.map(|(ours, theirs)| ours.saturating_add(theirs));
        self.rejected += other.rejected;
        // Each is about a cache of its own. The one that rests on the most is kept, the first of equals.
        let most = [other.sizing, self.sizing].into_iter().flatten();
        self.sizing = most.max_by_key(|sizing| sizing.sampled);
        self.tiers = TierMetrics::add_up(self.tiers, other.tiers);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Nature;

    fn metrics(weight: u64, max_weight: Option<u64>, sampled: Option<u64>) -> Metrics {
        let sizing = sampled.map(|sampled| Sizing::new(10, sampled, [0.5; 6], Nature::default()));
        Metrics { weight, max_weight, rejected: 1, sizing, ..Metrics::default() }
    }

    #[test]
    fn instances_add_up() {
        let sum = metrics(1, Some(10), Some(5)).with(metrics(2, Some(20), Some(7)));
        assert_eq!((sum.weight, sum.max_weight, sum.rejected), (3, Some(30), 2));
        assert_eq!(sum.sizing().map(|sizing| sizing.sampled), Some(7));

        let sum = metrics(1, Some(10), Some(5)).with(metrics(2, None, None));
        assert_eq!(sum.max_weight, None);
        assert_eq!(sum.sizing().map(|sizing| sizing.sampled), Some(5));
    }
}
