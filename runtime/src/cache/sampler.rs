//! Shows a sample of what happens in a cache to a simulation of other sizes: see [`Sizer`].
//!
//! Nobody waits here to report a use or a miss: when two threads come at once, one of them goes on without. Who sets the bound
//! or takes keys out does wait.

use crate::cache::Policy;
use crate::metrics::{Nature, Sizing};
use crate::store::{NONE_SAMPLED, Served, Sizer};
use parking_lot::{Mutex, MutexGuard};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

pub(crate) struct Sampler {
    /// Accesses to keys with a fingerprint above this are reported. [`NONE_SAMPLED`] where nobody has asked for advice, and
    /// in pauses.
    above: AtomicU32,
    /// Only where advice was asked for.
    watch: Option<Box<Watch>>,
}

struct Watch {
    policy: Policy,
    /// Nobody while there is no bound, or one by weight of which is not known yet how many entries it lets in.
    sizer: Mutex<Option<Sizer>>,
    /// How many loads have stored something in pauses.
    loads: AtomicU32,
}

impl Sampler {
    pub(super) fn new(wanted: bool, policy: Policy, entries: Option<u64>) -> Self {
        let watch =
            || Box::new(Watch { policy, sizer: Mutex::new(None), loads: AtomicU32::new(0) });
        let sampler = Self { above: AtomicU32::new(NONE_SAMPLED), watch: wanted.then(watch) };
        sampler.resize(entries, false, Served::default());
        sampler
    }

    /// What has to be above this to be reported.
    #[inline]
    pub(super) fn limit(&self) -> u32 {
        self.above.load(Relaxed)
    }

    /// Whether misses are to be reported to [`resume`](Self::resume).
    #[inline]
    pub(super) fn pauses(&self) -> bool {
        self.watch.is_some() && self.limit() == NONE_SAMPLED
    }

    /// In a pause, how many loads have stored something in pauses so far, with one that has just done so.
    #[inline]
    pub(super) fn loads_in_pauses(&self) -> Option<u32> {
        let watch = self.watch.as_ref().filter(|_| self.pauses())?;
        Some(watch.loads.fetch_add(1, Relaxed).wrapping_add(1))
    }

    /// A key above the limit was asked for. With `expired` what was there is of no use any more.
    pub(super) fn access(&self, fingerprint: u32, expired: bool, served: impl FnOnce() -> Served) {
        let Some(mut guard) = self.watch.as_ref().and_then(|watch| watch.sizer.try_lock()) else {
            return;
        };
        let Some(sizer) = guard.as_mut() else { return };
        if expired {
            sizer.forget(fingerprint);
        }
        sizer.access(fingerprint, served);
        self.publish(&guard);
    }

    /// Ends a pause if it is time. A cache that is bounded by weight says how many `entries` that means at present.
    #[cold]
    pub(super) fn resume(&self, served: Served, entries: Option<u64>) {
        let Some(watch) = &self.watch else { return };
        let Some(mut guard) = watch.sizer.try_lock() else { return };
        match (guard.as_mut(), entries) {
            // Not before it is due: until then, the advice there is remains.
            (Some(sizer), Some(entries))
                if sizer.is_due(served) && differ(sizer.entries(), entries) =>
            {
                sizer.resize(entries, served);
            }
            (Some(sizer), _) => sizer.resume(served),
            (None, Some(entries)) => {
                *guard = Some(Sizer::new(entries, watch.policy, served));
            }
            (None, None) => {}
        }
        self.publish(&guard);
    }

    /// Keys above the limit have left for other reasons than a full cache.
    pub(super) fn forget(&self, fingerprints: &[u32]) {
        if fingerprints.is_empty() {
            return;
        }
        self.with(|sizer| fingerprints.iter().for_each(|print| sizer.forget(*print)));
    }

    /// All keys have left.
    pub(super) fn clear(&self) {
        self.with(Sizer::clear);
    }

    /// The cache counts anew.
    pub(super) fn reset(&self, served: Served) {
        self.with(|sizer| sizer.reset(served));
    }

    /// The cache has another bound on its `entries`. With one by weight too, that may not change anything.
    pub(super) fn resize(&self, entries: Option<u64>, weighed: bool, served: Served) {
        let Some(watch) = &self.watch else { return };
        let mut guard = watch.sizer.lock();
        match (guard.as_mut(), entries) {
            (Some(sizer), Some(entries)) if weighed && entries >= sizer.entries() => {}
            (Some(sizer), Some(entries)) if entries == sizer.entries() => {}
            (Some(sizer), Some(entries)) => sizer.resize(entries, served),
            (None, Some(entries)) if !weighed => {
                *guard = Some(Sizer::new(entries, watch.policy, served));
            }
            (Some(_), None) if !weighed => *guard = None,
            (_, None) | (None, _) => {}
        }
        self.publish(&guard);
    }

    /// The advice, for a cache of size `capacity` in whatever its bound is in.
    pub(super) fn advice(&self, capacity: u64, served: Served, nature: Nature) -> Option<Sizing> {
        let guard = self.watch.as_ref()?.sizer.lock();
        let (sampled, rates) = match &*guard {
            Some(sizer) => (sizer.sampled(), sizer.hit_rates(served)),
            None => Default::default(),
        };
        Some(Sizing::new(capacity, sampled, rates, nature))
    }

    fn with(&self, change: impl FnOnce(&mut Sizer)) {
        if let Some(watch) = &self.watch
            && let Some(sizer) = watch.sizer.lock().as_mut()
        {
            change(sizer);
        }
    }

    /// Lets everybody know the limit, below the lock.
    fn publish(&self, guard: &MutexGuard<'_, Option<Sizer>>) {
        let limit = guard.as_ref().map_or(NONE_SAMPLED, Sizer::limit);
        // Hits read it: it is left alone while it is right.
        if self.limit() != limit {
            self.above.store(limit, Relaxed);
        }
    }
}

/// Whether two numbers of entries are too different to be taken for one another.
fn differ(ours: u64, theirs: u64) -> bool {
    ours.abs_diff(theirs) > ours / 4
}
