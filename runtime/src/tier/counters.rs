//! What is counted of one tier, for one cache.

use crate::clock;
use crate::codec::packing::Rejected;
use crate::metrics::{Rejections, TierMetrics};
use crate::tier::TierError;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

macro_rules! counters {
    ($($counter:ident)*) => {
        /// Counts up.
        #[derive(Debug, Default)]
        pub(super) struct Counter(AtomicU64);

        #[derive(Debug, Default)]
        pub(super) struct Counters {
            $(pub(super) $counter: Counter,)*
            last_error: Mutex<Option<String>>,
        }

        impl Counters {
            /// Begins anew.
            pub(super) fn reset(&self) {
                $(self.$counter.0.store(0, Relaxed);)*
                *self.last_error.lock() = None;
            }
        }
    };
}
counters! {
    hits misses skipped errors time_outs reads reading_nanos puts dropped removals failed_changes
    expired damaged unknown_format other_type unknown_key unprotected replayed
}

impl Counter {
    pub(super) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Counters {
    /// One read, which took so long.
    pub(super) fn read(&self, took: Duration) {
        self.reads.add(1);
        self.reading_nanos.0.fetch_add(clock::nanos(took), Relaxed);
    }

    /// Keeps what a tier said, with what it came from.
    pub(super) fn failed(&self, error: &TierError) {
        *self.last_error.lock() = Some(error.with_causes());
    }

    pub(super) fn rejected(&self, why: Rejected) {
        let counter = match why {
            Rejected::Expired => &self.expired,
            Rejected::Damaged => &self.damaged,
            Rejected::UnknownFormat => &self.unknown_format,
            Rejected::OtherType => &self.other_type,
            Rejected::UnknownKey => &self.unknown_key,
            Rejected::Unprotected => &self.unprotected,
            Rejected::Replayed => &self.replayed,
        };
        counter.add(1);
    }

    pub(super) fn snapshot(&self) -> TierMetrics {
        TierMetrics {
            hits: self.hits.get(),
            misses: self.misses.get(),
            skipped: self.skipped.get(),
            errors: self.errors.get(),
            time_outs: self.time_outs.get(),
            reads: self.reads.get(),
            reading: Duration::from_nanos(self.reading_nanos.get()),
            puts: self.puts.get(),
            dropped: self.dropped.get(),
            removals: self.removals.get(),
            failed_changes: self.failed_changes.get(),
            rejected: Rejections {
                expired: self.expired.get(),
                damaged: self.damaged.get(),
                unknown_format: self.unknown_format.get(),
                other_type: self.other_type.get(),
                unknown_key: self.unknown_key.get(),
                unprotected: self.unprotected.get(),
                replayed: self.replayed.get(),
            },
            last_error: self.last_error.lock().clone(),
            ..TierMetrics::default()
        }
    }
}
