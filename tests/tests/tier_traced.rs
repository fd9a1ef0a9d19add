//! How a call says that it was served, when it began a load that another caller drove to its end.

use larder::prelude::*;
use larder::testing::tiers::{Fault, Faulty};
use larder::tier::{Layer, Memory, RetryPolicy, Tier, TierError};
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static TIER: LazyLock<Arc<Faulty<Memory>>> =
    LazyLock::new(|| Arc::new(Faulty::new(Memory::new(1 << 20))));

fn layer() -> Layer {
    let tier: Arc<dyn Tier> = TIER.clone();
    Layer::shared(tier).retry(RetryPolicy::NEVER)
}

/// An error of which there are copies.
#[derive(Debug, Clone, PartialEq)]
struct Copied;

/// And one of which there are none.
#[derive(Debug, PartialEq)]
struct Own;

impl From<TierError> for Copied {
    fn from(_: TierError) -> Self {
        Self
    }
}

impl From<TierError> for Own {
    fn from(_: TierError) -> Self {
        Self
    }
}

#[async_lru(remote = layer(), on_tier_error = fail)]
async fn square(n: u64) -> Result<u64, Copied> {
    Ok(n * n)
}

#[async_lru(remote = layer(), on_tier_error = fail)]
async fn cube(n: u64) -> Result<u64, Own> {
    Ok(n * n * n)
}

/// What two calls come to, the first of which begins the load, and the second drives it to its end.
macro_rules! second_drives {
    ($call:expr) => {{
        TIER.script([Some(Fault::Delays(Duration::from_secs(1)))]);
        let (mut leader, mut guest) = (pin!($call.traced()), pin!($call.traced()));
        assert!(futures_util::poll!(&mut leader).is_pending());
        assert!(futures_util::poll!(&mut guest).is_pending());
        let guest = guest.await;
        (leader.await, guest)
    }};
}

#[tokio::test(start_paused = true)]
async fn the_leader_knows_where_it_came_from() {
    // A body.
    let (leader, guest) = second_drives!(square(3));
    assert_eq!((leader.0, guest.0), (Ok(9), Ok(9)));
    assert!(matches!(leader.1, Served::Loaded { .. }), "{:?}", leader.1);

    // A tier.
    square.cache().set_maxsize(0);
    square.cache().set_maxsize(10);
    let (leader, guest) = second_drives!(square(3));
    assert_eq!((leader.0, guest.0), (Ok(9), Ok(9)));
    assert!(matches!(leader.1, Served::Hit { tier: "memory 2", .. }), "{:?}", leader.1);
    assert_eq!(square.get_metrics().loads, 1, "it was found below");

    // Nothing, because the tier fails in the end.
    TIER.inner().close().await.expect("a tier that was open");
    let (leader, guest) = second_drives!(square(4));
    assert_eq!((leader.0, guest.0), (Err(Copied), Err(Copied)));
    assert_eq!(leader.1, Served::TierFailed);
    // Also where the only error was left for him; the other one asks once more.
    let (leader, guest) = second_drives!(cube(4));
    assert_eq!(leader, (Err(Own), Served::TierFailed));
    assert_eq!(guest, (Err(Own), Served::TierFailed));
}
