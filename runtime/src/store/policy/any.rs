//! One of the policies, chosen when a cache is built.

use super::climber::Climber;
use super::fifo::Fifo;
use super::lfu::Lfu;
use super::lru::Lru;
use super::s3fifo::S3Fifo;
use super::sieve::Sieve;
use super::tinylfu::TinyLfu;
use super::unbounded::Unbounded;
use super::{Marks, Policy, Residents};
use crate::cache;
use crate::store::list::Place;
use std::sync::Arc;

/// Whatever policy was asked for.
pub(in crate::store) enum AnyPolicy {
    /// Nobody is ever chosen: there is no bound.
    None(Unbounded),
    Fifo(Fifo),
    Lfu(Box<Lfu>),
    Lru(Lru),
    S3Fifo(S3Fifo),
    Sieve(Sieve),
    TinyLfu(Box<TinyLfu>),
}

/// Runs the same code with whichever it is.
macro_rules! each {
    ($any:expr, $policy:ident => $call:expr) => {
        match $any {
            AnyPolicy::None($policy) => $call,
            AnyPolicy::Fifo($policy) => $call,
            AnyPolicy::Lfu($policy) => $call,
            AnyPolicy::Lru($policy) => $call,
            AnyPolicy::S3Fifo($policy) => $call,
            AnyPolicy::Sieve($policy) => $call,
            AnyPolicy::TinyLfu($policy) => $call,
        }
    };
}

impl AnyPolicy {
    /// The policy of a region that may weigh `capacity`. The regions of a store share their `climber`.
    pub(in crate::store) fn new(
        policy: cache::Policy,
        capacity: u64,
        climber: &Arc<Climber>,
    ) -> Self {
        if capacity == u64::MAX {
            return Self::None(Unbounded);
        }
        let mut any = match policy {
            cache::Policy::Fifo => Self::Fifo(Fifo::default()),
            cache::Policy::Lfu => Self::Lfu(Box::default()),
            cache::Policy::Sieve => Self::Sieve(Sieve::default()),
            cache::Policy::S3Fifo => Self::S3Fifo(S3Fifo::default()),
            cache::Policy::Lru => Self::Lru(Lru::default()),
            cache::Policy::TinyLfu => Self::TinyLfu(Box::new(TinyLfu::new(climber.clone()))),
        };
        each!(&mut any, policy => policy.resize(capacity));
        any
    }

    /// How hits mark entries.
    pub(in crate::store) fn marks(policy: cache::Policy) -> Marks {
        match policy {
            cache::Policy::Fifo => Fifo::MARKS,
            cache::Policy::Lfu => Lfu::MARKS,
            cache::Policy::Sieve => Sieve::MARKS,
            cache::Policy::S3Fifo => S3Fifo::MARKS,
            cache::Policy::Lru => Lru::MARKS,
            cache::Policy::TinyLfu => TinyLfu::MARKS,
        }
    }

    pub(in crate::store) fn resize(&mut self, capacity: u64) {
        each!(self, policy => policy.resize(capacity));
    }

    pub(in crate::store) fn vacate(&mut self) {
        each!(self, policy => policy.vacate());
    }

    #[inline]
    pub(in crate::store) fn admit(&mut self, place: Place, residents: &impl Residents) {
        // The default has little to do.
        match self {
            Self::Lru(policy) => policy.admit(place, residents),
            _ => self.admit_otherwise(place, residents),
        }
    }

    #[inline(never)]
    fn admit_otherwise(&mut self, place: Place, residents: &impl Residents) {
        each!(self, policy => policy.admit(place, residents));
    }

    pub(in crate::store) fn replace(&mut self, old: Place, new: Place, residents: &impl Residents) {
        each!(self, policy => policy.replace(old, new, residents));
    }

    pub(in crate::store) fn forget(&mut self, place: Place, residents: &impl Residents) {
        each!(self, policy => policy.forget(place, residents));
    }

    #[inline]
    pub(in crate::store) fn victim(&mut self, residents: &impl Residents) -> Option<Place> {
        match self {
            Self::Lru(policy) => policy.victim(residents),
            _ => self.victim_otherwise(residents),
        }
    }

    #[inline(never)]
    fn victim_otherwise(&mut self, residents: &impl Residents) -> Option<Place> {
        each!(self, policy => policy.victim(residents))
    }
}
