//! How long an entry may live.

use crate::clock::{self, NEVER, Tick};
use std::time::{Duration, SystemTime};

/// How long an entry may live, wherever larder takes a lifetime.
///
/// A lifetime of zero is not stored, and removes what was there. An entry is expired from the very
/// moment of its deadline on.
///
/// ```
/// use larder::{Cache, Ttl};
/// use std::time::Duration;
///
/// let cache = Cache::builder().maxsize(10).build();
/// cache.set_with("session", 7, Ttl::After(Duration::from_secs(60)));
/// cache.set_with("constant", 8, Ttl::Never);
/// assert_eq!(cache.get("session"), Some(7));
///
/// cache.set_with("session", 9, Ttl::After(Duration::ZERO));
/// assert_eq!(cache.get("session"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ttl {
    /// What the cache or the function says; without a lifetime there, the same as `Never`.
    #[default]
    Default,
    /// Does not expire. It may still be evicted when the cache is full.
    Never,
    /// For this long, from the moment the value is stored.
    After(Duration),
    /// Until this moment of the wall clock, translated once, when the value is stored.
    At(SystemTime),
}

impl Ttl {
    /// The deadline of something stored at `now`, or `None` for a lifetime of zero.
    #[inline]
    pub(crate) fn deadline(self, now: Tick, default: Lifetime) -> Option<Tick> {
        match self.lifetime(default).0 {
            0 => None,
            NEVER => Some(NEVER),
            nanos => Some(clock::after(now, nanos)),
        }
    }

    /// How long it lives from now on.
    #[inline]
    pub(crate) fn lifetime(self, default: Lifetime) -> Lifetime {
        match self {
            Ttl::Default => default,
            Ttl::Never => Lifetime::FOREVER,
            Ttl::After(duration) => Lifetime::of(duration),
            Ttl::At(moment) => Lifetime::of(clock::until(moment)),
        }
    }
}

impl From<Duration> for Ttl {
    fn from(duration: Duration) -> Self {
        Ttl::After(duration)
    }
}

impl From<Lifetime> for Ttl {
    fn from(lifetime: Lifetime) -> Self {
        lifetime.duration().map_or(Ttl::Never, Ttl::After)
    }
}

/// A lifetime in nanoseconds, small enough for an atomic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime(pub(crate) u64);

impl Lifetime {
    pub(crate) const FOREVER: Self = Self(NEVER);

    #[inline]
    pub(crate) fn of(duration: Duration) -> Self {
        Self(clock::nanos(duration))
    }

    /// The shorter one of two.
    pub(crate) fn at_most(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    pub(crate) fn duration(self) -> Option<Duration> {
        (self != Self::FOREVER).then(|| Duration::from_nanos(self.0))
    }
}
