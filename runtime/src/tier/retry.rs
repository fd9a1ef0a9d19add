//! What may succeed in a moment is tried once more.

use super::{TierError, TierFuture};
use crate::clock;
use crate::timer;
use std::time::Duration;

/// How often what a tier failed at is tried again. See [`Layer::retry`](super::Layer::retry).
///
/// Only what may succeed later is: a refusal is final. All attempts together have to fit into the tier's time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often it is tried again, after the first time.
    pub retries: u32,
    /// How long to wait before the first of them, give or take a half. Doubled for each that follows.
    pub pause: Duration,
}

/// Once, after 10 ms.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 1, pause: Duration::from_millis(10) }
    }
}

impl RetryPolicy {
    /// Fails at the first failure.
    pub const NEVER: Self = Self { retries: 0, pause: Duration::ZERO };

    /// What `attempt` comes to in the end.
    pub(super) async fn run<'a, T>(
        &self,
        attempt: impl Fn() -> TierFuture<'a, T>,
    ) -> Result<T, TierError> {
        let mut pause = self.pause;
        for _ in 0..self.retries {
            match attempt().await {
                Err(error) if error.is_retryable() => {}
                end => return end,
            }
            if clock::is_paused() {
                // By that clock, which moves on where nobody else has anything to do.
                tokio::time::sleep(jittered(pause)).await;
            } else {
                timer::pass(jittered(pause)).await;
            }
            pause = pause.saturating_mul(2);
        }
        attempt().await
    }
}

/// Between a half and one and a half of `pause`, so that those who failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    use std::hash::BuildHasher;
    let random = std::hash::RandomState::new().hash_one(()) % 1000;
    pause / 2 + pause.saturating_mul(u32::try_from(random).unwrap_or(0)) / 1000
}
