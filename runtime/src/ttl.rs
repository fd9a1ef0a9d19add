//! How long an entry may live.

use crate::clock::{self, NEVER, Tick};
use std::num::NonZeroU64;
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

impl From<Duration> for Ttl {
    fn from(duration: Duration) -> Self {
        Ttl::After(duration)
    }
}

/// A [`Ttl`] in one word, as it is handed on: in the two highest bits which one it is, below them nanoseconds. What
/// is longer than they can say, 146 years, is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term(NonZeroU64);

impl Term {
    const KIND: u32 = 62;
    const LONGEST: u64 = (1 << Self::KIND) - 1;

    const AFTER: u64 = 1;
    /// From 1970 on.
    const AT: u64 = 2;
    const OTHER: u64 = 3;

    pub(crate) const DEFAULT: Self = Self::word(Self::OTHER, 0);
    pub(crate) const NEVER: Self = Self::word(Self::OTHER, 1);

    #[inline]
    const fn word(kind: u64, nanos: u64) -> Self {
        Self(NonZeroU64::new(kind << Self::KIND | nanos).expect("no kind is zero"))
    }

    #[inline]
    fn new(kind: u64, nanos: u64) -> Self {
        if nanos > Self::LONGEST { Self::NEVER } else { Self::word(kind, nanos) }
    }

    #[inline]
    pub(crate) fn after(duration: Duration) -> Self {
        Self::new(Self::AFTER, clock::nanos(duration))
    }

    /// How long it is from now on.
    #[inline]
    pub(crate) fn lifetime(self, default: Lifetime) -> Lifetime {
        let nanos = self.0.get() & Self::LONGEST;
        match self.0.get() >> Self::KIND {
            _ if self == Self::DEFAULT => default,
            Self::AFTER => Lifetime(nanos),
            Self::AT => {
                let moment = SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
                Lifetime::of(clock::until(moment))
            }
            _ => Lifetime::FOREVER,
        }
    }

    /// The deadline of something stored at `now`, or `None` for a lifetime of zero.
    #[inline]
    pub(crate) fn deadline(self, now: Tick, default: Lifetime) -> Option<Tick> {
        match self.lifetime(default).0 {
            0 => None,
            NEVER => Some(NEVER),
            nanos => Some(clock::after(now, nanos)),
        }
    }
}

impl From<Ttl> for Term {
    #[inline]
    fn from(ttl: Ttl) -> Self {
        match ttl {
            Ttl::Default => Self::DEFAULT,
            Ttl::Never => Self::NEVER,
            Ttl::After(duration) => Self::after(duration),
            Ttl::At(moment) => {
                let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                Self::new(Self::AT, clock::nanos(since))
            }
        }
    }
}

impl From<Lifetime> for Term {
    #[inline]
    fn from(lifetime: Lifetime) -> Self {
        lifetime.duration().map_or(Self::NEVER, Self::after)
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

#[cfg(test)]
mod tests {
    use super::{Lifetime, Term, Ttl};
    use std::time::{Duration, SystemTime};

    fn lifetime(ttl: Ttl) -> Option<Duration> {
        Term::from(ttl).lifetime(Lifetime::of(Duration::from_secs(7))).duration()
    }

    #[test]
    fn a_word_holds_every_lifetime() {
        assert_eq!(lifetime(Ttl::Default), Some(Duration::from_secs(7)));
        assert_eq!(lifetime(Ttl::Never), None);
        for nanos in [0, 1, 999, 3_600_000_000_000] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(lifetime(Ttl::After(duration)), Some(duration));
        }
        let year = Duration::from_hours(365 * 24);
        assert_eq!(lifetime(Ttl::After(146 * year)), Some(146 * year));
        assert_eq!(lifetime(Ttl::After(147 * year)), None);
        assert_eq!(lifetime(Ttl::After(Duration::MAX)), None);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the wall is what it is about")]
    fn a_moment_is_until_then() {
        let now = SystemTime::now();
        let hour = Duration::from_hours(1);
        let left = lifetime(Ttl::At(now + hour)).expect("it comes to an end");
        assert!(left <= hour && left > hour / 2, "{left:?}");
        assert_eq!(lifetime(Ttl::At(now - hour)), Some(Duration::ZERO));
        assert_eq!(lifetime(Ttl::At(SystemTime::UNIX_EPOCH - hour)), Some(Duration::ZERO));
    }
}
