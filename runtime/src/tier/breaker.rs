//! A tier that fails again and again is left alone for a while.

use super::TierError;
use super::error::LEFT_ALONE;
use crate::clock::{self, Tick};
use crate::metrics::BreakerState;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// When a tier is left alone, and for how long. See [`Layer::breaker`](super::Layer::breaker).
///
/// After `failures` failures without a success between them the breaker opens, and the tier is not asked any more: calls go on
/// without it, and do not wait for it. After `open_for` it is half open, and lets `probes` lookups or writes through at a
/// time. As soon as one succeeds it closes; when one fails it opens again.
///
/// ```
/// use larder::tier::BreakerPolicy;
/// use std::time::Duration;
///
/// let eager = BreakerPolicy { failures: 1, open_for: Duration::from_secs(1), ..BreakerPolicy::default() };
/// assert_eq!(eager.probes, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many failures open it. Zero: it never opens.
    pub failures: u32,
    /// How long it stays open.
    pub open_for: Duration,
    /// How many go through at a time while it is half open; at least one.
    pub probes: u32,
}

/// Five failures, five seconds, one probe.
impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(5), probes: 1 }
    }
}

/// The breaker of one tier.
pub(super) struct Breaker {
    policy: BreakerPolicy,
    state: Mutex<State>,
    rounds: AtomicU64,
    /// What is said to who is turned away: after which failure.
    why: Mutex<Option<Arc<str>>>,
}

enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Tick,
    },
    /// In its `round`-th time, with so many probes out, the last since then.
    HalfOpen {
        round: u64,
        under_way: u32,
        since: Tick,
    },
}

/// Leave to ask the tier. Whoever drops it has found out nothing about the tier.
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    /// In which round it is a probe.
    probe: Option<u64>,
}

impl Breaker {
    pub(super) fn new(policy: BreakerPolicy) -> Self {
        let state = Mutex::new(State::Closed { failures: 0 });
        Self { policy, state, rounds: AtomicU64::new(0), why: Mutex::default() }
    }

    /// Leave to ask the tier; `None` while it is left alone.
    pub(super) fn pass(&self) -> Option<Pass<'_>> {
        let mut state = self.state.lock();
        if let State::Open { until } = *state
            && !clock::is_ahead(until)
        {
            let round = self.rounds.fetch_add(1, Relaxed);
            *state = State::HalfOpen { round, under_way: 0, since: clock::now() };
        }
        let patience = clock::nanos(self.policy.open_for);
        let probe = match &mut *state {
            State::Closed { .. } => None,
            // One that does not come back, because nobody polls it, is not waited for for ever.
            State::HalfOpen { round, under_way, since }
                if *under_way < self.policy.probes.max(1)
                    || !clock::is_ahead(clock::after(*since, patience)) =>
            {
                *under_way += 1;
                *since = clock::now();
                Some(*round)
            }
            State::Open { .. } | State::HalfOpen { .. } => return None,
        };
        Some(Pass { breaker: self, probe })
    }

    pub(super) fn state(&self) -> BreakerState {
        match *self.state.lock() {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { until } if clock::is_ahead(until) => BreakerState::Open,
            State::Open { .. } | State::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Why it is left alone, or was: after which failure, which may have been that of another function.
    pub(super) fn why(&self) -> Option<Arc<str>> {
        self.why.lock().clone()
    }

    /// How long it is worth waiting before the next try.
    pub(super) fn pause(&self) -> Duration {
        let open_for = self.policy.open_for.max(Duration::from_millis(10));
        match *self.state.lock() {
            State::Open { until } => Duration::from_nanos(until.saturating_sub(clock::now()))
                .clamp(Duration::from_millis(10), open_for),
            State::Closed { .. } | State::HalfOpen { .. } => open_for / 4,
        }
    }
}

impl Pass<'_> {
    /// The tier has answered. Whether that has closed the breaker.
    pub(super) fn succeeded(self) -> bool {
        let mut state = self.breaker.state.lock();
        let was_closed = matches!(*state, State::Closed { .. });
        // One that set out before the breaker opened says nothing about now.
        let closes = self.probe.is_some();
        if closes || was_closed {
            *state = State::Closed { failures: 0 };
        }
        drop(state);
        std::mem::forget(self);
        closes && !was_closed
    }

    /// The tier has failed. Whether that has opened the breaker, which was closed.
    pub(super) fn failed(self, error: &TierError) -> bool {
        let policy = &self.breaker.policy;
        // Outside the lock: an error of a tier of the user's says what it likes.
        let why = format!("{LEFT_ALONE}, after: {}", error.with_causes());
        let mut state = self.breaker.state.lock();
        let was_closed = matches!(*state, State::Closed { .. });
        let opens = match &mut *state {
            State::Closed { failures } => {
                *failures = failures.saturating_add(1);
                policy.failures != 0 && *failures >= policy.failures
            }
            State::Open { .. } => false,
            State::HalfOpen { round, .. } => self.probe == Some(*round),
        };
        if opens {
            // Before it is open, so that whoever is turned away finds it.
            *self.breaker.why.lock() = Some(why.into());
            *state =
                State::Open { until: clock::after(clock::now(), clock::nanos(policy.open_for)) };
        }
        drop(state);
        std::mem::forget(self);
        opens && was_closed
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let State::HalfOpen { round, under_way, .. } = &mut *self.breaker.state.lock()
            && self.probe == Some(*round)
        {
            *under_way = under_way.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: BreakerPolicy =
        BreakerPolicy { failures: 2, open_for: Duration::from_secs(10), probes: 2 };

    fn away() -> TierError {
        TierError::unsupported("this")
    }

    /// Whether that has opened it.
    fn fail(breaker: &Breaker) -> bool {
        breaker.pass().expect("closed").failed(&away())
    }

    #[tokio::test(start_paused = true)]
    async fn opens_and_closes() {
        let breaker = Breaker::new(POLICY);
        assert!(!fail(&breaker));
        assert!(!breaker.pass().expect("one is not enough").succeeded());
        assert!(!fail(&breaker));
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert!(fail(&breaker));
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(breaker.pass().is_none());

        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        let (one, two) = (breaker.pass().expect("a probe"), breaker.pass().expect("a probe"));
        assert!(breaker.pass().is_none(), "exactly as many as there are probes");
        assert!(!one.failed(&away()), "it was not closed");
        assert_eq!(breaker.state(), BreakerState::Open);
        drop(two);
        assert!(breaker.pass().is_none());

        tokio::time::advance(Duration::from_secs(10)).await;
        let (one, two) = (breaker.pass().expect("a probe"), breaker.pass().expect("a probe"));
        assert!(one.succeeded());
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert!(!two.succeeded(), "it is closed already");
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_gives_the_probe_back() {
        let breaker = Breaker::new(BreakerPolicy { probes: 1, ..POLICY });
        fail(&breaker);
        fail(&breaker);
        tokio::time::advance(Duration::from_secs(10)).await;
        drop(breaker.pass().expect("a probe"));
        assert!(breaker.pass().is_some());
    }

    #[test]
    fn some_never_open() {
        let breaker = Breaker::new(BreakerPolicy { failures: 0, ..POLICY });
        assert!(!(0..100).any(|_| fail(&breaker)));
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
