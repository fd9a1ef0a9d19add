//! Alone in its process: it is about the very first look at the clock.

use larder::prelude::*;
use std::time::Duration;
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Two runtimes with paused clocks are two times; neither must stop the other's.
#[test]
fn a_clock_that_was_moved_elsewhere_does_not_stop_the_time_here() {
    let paused = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
    };
    for jump in [YEAR, Duration::ZERO, SECOND] {
        paused().block_on(async {
            advance(jump).await;
            let cache: Cache<u64, u64> = Cache::builder().ttl(10 * SECOND).build();
            cache.set(1, 1);
            advance(9 * SECOND).await;
            assert_eq!(cache.get(&1), Some(1), "after a jump of {jump:?}");
            advance(SECOND).await;
            assert_eq!(cache.get(&1), None, "after a jump of {jump:?}");
        });
    }
}
