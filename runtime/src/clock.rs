//! The one place that reads time.
//!
//! In memory time is monotonic and follows tokio's clock, so that a test under
//! `tokio::time::pause()` moves the cache along. Only [`Ttl::At`](crate::Ttl::At) looks at the wall.
//!
//! Reading the time exactly costs as much as a whole lookup. So a hit asks for the kernel's coarse time first, which is a
//! few milliseconds old and nearly free, and only near its deadline for the exact one.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// Nanoseconds on the clock of the process; [`NEVER`] lies behind every other moment.
pub(crate) type Tick = u64;

/// The deadline of an entry that does not expire.
pub(crate) const NEVER: Tick = u64::MAX;

/// The tick of the first time the process asked. Not zero: a value from below memory may be older than the process, and
/// every runtime whose clock is paused has a time of its own, which may lie before that moment. In the middle of what a
/// [version](crate::store::Entry::version) holds, so that an earlier moment is a lower number there too. 18 years to
/// either side are enough; what comes after them is taken for the last of them there.
const FIRST: Tick = 1 << 59;

/// Now, on tokio's clock where there is one.
#[inline]
pub(crate) fn now() -> Tick {
    #[cfg(larder_model)]
    return by_hand::now();
    #[cfg(not(larder_model))]
    measured()
}

/// The time under a model checker: it passes when the model says so. A run is one thread of the system, whatever threads
/// there are in the model.
#[cfg(larder_model)]
pub(crate) mod by_hand {
    use super::{FIRST, Tick};
    use std::cell::Cell;

    std::thread_local!(static NOW: Cell<Tick> = const { Cell::new(FIRST) });

    pub(super) fn now() -> Tick {
        NOW.get()
    }

    #[cfg(test)]
    pub(crate) fn begin() {
        NOW.set(FIRST);
    }

    #[cfg(test)]
    pub(crate) fn pass(time: std::time::Duration) {
        NOW.set(NOW.get() + super::nanos(time));
    }
}

#[cfg_attr(larder_model, expect(dead_code, reason = "a model has a time of its own"))]
fn measured() -> Tick {
    let now = tokio::time::Instant::now().into_std();
    let origin = origin().exact;
    match now.checked_duration_since(origin) {
        Some(since) => FIRST.saturating_add(nanos(since)),
        None => FIRST.saturating_sub(nanos(origin - now)),
    }
}

/// Now or a little before or after, within a hundredth of a second; where that is cheaper to know.
#[inline]
pub(crate) fn roughly_now() -> Tick {
    coarse::now().unwrap_or_else(now)
}

/// Whether tokio's clock stands still for the code that runs here.
pub(crate) fn is_paused() -> bool {
    pausable() && {
        let before = tokio::time::Instant::now();
        let outside = origin().exact.elapsed();
        while origin().exact.elapsed() == outside {
            std::hint::spin_loop();
        }
        tokio::time::Instant::now() == before
    }
}

/// Whether `moment` lies ahead.
#[inline]
pub(crate) fn is_ahead(moment: Tick) -> bool {
    coarse::is_well_ahead(moment) || now() < moment
}

/// How long `moment` lies back.
pub(crate) fn since(moment: Tick) -> Duration {
    Duration::from_nanos(now().saturating_sub(moment))
}

/// `duration` in nanoseconds, saturating below [`NEVER`].
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).map_or(NEVER - 1, |nanos| nanos.min(NEVER - 1))
}

/// The moment `lifetime` nanoseconds after `now`; a sum that would overflow means never.
pub(crate) fn after(now: Tick, lifetime: u64) -> Tick {
    now.saturating_add(lifetime)
}

/// The wall clock, for what is to outlive the process. Where tokio's clock is paused it stands still and is moved on with that.
#[cfg(feature = "tier")]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn wall() -> SystemTime {
    let now = SystemTime::now();
    if !pausable() {
        return now;
    }
    let (ours, real) = (tokio::time::Instant::now().into_std(), Instant::now());
    match ours.checked_duration_since(real) {
        Some(ahead) => now + ahead,
        None => now - (real - ours),
    }
}

/// The same in milliseconds since 1970.
#[cfg(feature = "tier")]
pub(crate) fn wall_millis() -> u64 {
    let since = wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// How long until `moment` of the wall clock; zero when it has passed.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn until(moment: SystemTime) -> Duration {
    moment.duration_since(SystemTime::now()).unwrap_or_default()
}

/// How long the process has been running, more or less, on a clock that no runtime can pause: for waiting for what lies
/// outside of the process.
#[cfg(feature = "sqlite")]
pub(crate) fn outside() -> Duration {
    origin().exact.elapsed()
}

/// The same moment on both clocks.
struct Origin {
    #[cfg(target_os = "linux")]
    coarse: u64,
    exact: Instant,
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
#[inline]
fn origin() -> &'static Origin {
    static ORIGIN: OnceLock<Origin> = OnceLock::new();
    ORIGIN.get_or_init(|| Origin {
        // First: should the thread be stopped between the two, the coarse clock is ahead, and the exact one is asked.
        #[cfg(target_os = "linux")]
        coarse: coarse::nanos(),
        exact: Instant::now(),
    })
}

#[cfg(target_os = "linux")]
mod coarse {
    use super::{FIRST, Tick, origin, pausable};
    use rustix::time::{ClockId, clock_gettime};

    /// More than the coarse clock can be behind, at the origin and now: it ticks 100 times a second or oftener.
    const MARGIN: u64 = 25_000_000;

    #[inline]
    pub(super) fn now() -> Option<Tick> {
        (!pausable()).then(|| FIRST + nanos().saturating_sub(origin().coarse))
    }

    /// Whether `moment` lies so far ahead that the coarse clock is good enough to say so. Never where tokio's clock can be
    /// paused, and so run ahead of the kernel's.
    #[inline]
    pub(super) fn is_well_ahead(moment: Tick) -> bool {
        !pausable()
            && FIRST + nanos().saturating_sub(origin().coarse).saturating_add(MARGIN) < moment
    }

    #[expect(clippy::cast_sign_loss, reason = "the time since boot is not negative")]
    #[inline]
    pub(super) fn nanos() -> u64 {
        let now = clock_gettime(ClockId::MonotonicCoarse);
        now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
    }
}

#[cfg(not(target_os = "linux"))]
mod coarse {
    #[inline]
    pub(super) const fn now() -> Option<super::Tick> {
        None
    }

    pub(super) const fn is_well_ahead(_: super::Tick) -> bool {
        false
    }
}

/// Whether tokio's clock can be paused: known when larder is compiled, by whether tokio has the method for it.
///
/// The feature `test-util` of tokio gives its `Builder` a method `start_paused`. A method of a type goes before one of a
/// trait with the same name, so the trait's is called only where there is no other.
const fn pausable() -> bool {
    use tokio::runtime::Builder;

    #[allow(dead_code, reason = "used only where tokio lacks the method")]
    struct CannotPause;

    #[allow(dead_code, reason = "used only where tokio lacks the method")]
    trait StartPaused {
        fn start_paused(&mut self, _: bool) -> CannotPause {
            CannotPause
        }
    }
    impl StartPaused for Builder {}

    trait Answer {
        const PAUSABLE: bool;
    }
    impl Answer for CannotPause {
        const PAUSABLE: bool = false;
    }
    impl Answer for &mut Builder {
        const PAUSABLE: bool = true;
    }

    const fn ask<'a, A: Answer, F: FnOnce(&'a mut Builder) -> A + Copy>(_: &F) -> bool {
        A::PAUSABLE
    }
    // Never called; only its type matters.
    ask(&|builder: &mut Builder| -> _ { builder.start_paused(true) })
}
