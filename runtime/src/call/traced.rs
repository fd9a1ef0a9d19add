//! How a call was served.

use super::{Call, Memoized};
use crate::clock;
use crate::load::{Flight, Origin};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What the tier above all others is called.
pub(crate) const MEMORY: &str = "memory";

/// How a call was served, as [`Call::traced`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Served {
    /// From the cache; the value was stored this long ago.
    Hit {
        /// Where it was: `"memory"`, or the name of a tier below.
        tier: &'static str,
        /// The time since the value was stored.
        age: Duration,
    },
    /// By running the body, which took this long.
    Loaded {
        /// The time from the start of the load to its end.
        took: Duration,
    },
    /// By somebody else's load, which this call joined.
    Coalesced,
    /// Past the cache.
    Bypassed,
    /// Not at all: a tier could not be asked, and the function fails then, by `on_tier_error = fail`.
    TierFailed,
}

impl Served {
    /// How the call was served that began a load which somebody else has driven to its end.
    pub(super) fn by_another<V>(flight: &Flight<V>) -> Self {
        let loaded = || Self::Loaded { took: flight.took(clock::now()) };
        flight.origin().map_or_else(loaded, Self::from)
    }
}

impl From<Origin> for Served {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Tier(tier, age) => Self::Hit { tier, age },
            Origin::TierFailed => Self::TierFailed,
        }
    }
}

/// The future of [`Call::traced`].
#[must_use = "a call does nothing unless it is awaited"]
#[derive(Debug)]
pub struct Traced<M: Memoized>(pub(super) Call<M>);

impl<M: Memoized> Future for Traced<M> {
    type Output = (M::Output, Served);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let call = &mut self.get_mut().0;
        let output = ready!(Pin::new(&mut *call).poll(cx));
        // A call that returned has been served in some way.
        Poll::Ready((output, call.served.unwrap_or(Served::Coalesced)))
    }
}
