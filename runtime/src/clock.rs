//! The one place that reads time.
//!
//! In memory time is monotonic and follows tokio's clock, so that a test under
//! `tokio::time::pause()` moves the cache along. Only [`Ttl::At`](crate::Ttl::At) looks at the wall.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// Nanoseconds on the clock of the process; [`NEVER`] lies behind every other moment.
pub(crate) type Tick = u64;

/// The deadline of an entry that does not expire.
pub(crate) const NEVER: Tick = u64::MAX;

/// The tick of the first time the process asked. In the middle, and not zero: every runtime whose clock
/// is paused has a time of its own, which may lie before that moment. 146 years to either side are enough.
const FIRST: Tick = 1 << 62;

/// Now, on tokio's clock where there is one.
#[inline]
pub(crate) fn now() -> Tick {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let now = tokio::time::Instant::now().into_std();
    let origin = *ORIGIN.get_or_init(|| now);
    match now.checked_duration_since(origin) {
        Some(since) => FIRST.saturating_add(nanos(since)),
        None => FIRST.saturating_sub(nanos(origin - now)),
    }
}

/// `duration` in nanoseconds, saturating below [`NEVER`].
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).map_or(NEVER - 1, |nanos| nanos.min(NEVER - 1))
}

/// The moment `lifetime` nanoseconds after `now`; a sum that would overflow means never.
pub(crate) fn after(now: Tick, lifetime: u64) -> Tick {
    now.saturating_add(lifetime)
}

/// How long until `moment` of the wall clock; zero when it has passed.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn until(moment: SystemTime) -> Duration {
    moment.duration_since(SystemTime::now()).unwrap_or_default()
}
