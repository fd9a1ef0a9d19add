//! Alone in its process: it is about the very first look at the clock.

use larder::Reason;
use larder::prelude::*;
use larder_tests::Log;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_hours(365 * 24);

fn paused() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// Two runtimes with paused clocks are two times; neither must stop the other's.
#[test]
fn a_clock_that_was_moved_elsewhere_does_not_stop_the_time_here() {
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

#[async_lru(maxsize = 2, policy = fifo)]
async fn itself(n: u8) -> u8 {
    n
}

/// A paused clock may stand before the first look at any, and go on past it.
#[test]
fn what_was_stored_before_the_first_look_is_older_than_what_comes_after_it() {
    let early = paused();
    paused().block_on(async { assert_eq!(Cache::<u8, u8>::builder().build().get(&1), None) });
    early.block_on(async {
        let left = Log::new();
        let heard = left.clone();
        itself.cache().on_evict(move |key, _, reason| heard.push((*key, reason)));
        itself(1).await;
        advance(2 * YEAR).await;
        itself(2).await;
        let (_, Served::Hit { age, .. }) = itself(1).traced().await else { panic!("no hit") };
        assert!(age.abs_diff(2 * YEAR) < SECOND, "{age:?}");
        // The entries are put in order anew.
        itself.cache().set_maxsize(None);
        itself.cache().set_maxsize(1);
        assert_eq!(left.take(), [(1, Reason::Size)]);
    });
}
