//! How long tiers take to answer, as the metrics tell.

use larder::testing::tiers::{Fault, Faulty};
use larder::tier::{BreakerPolicy, Layer, Memory, RetryPolicy, Tier, TierErrorKind};
use larder::{Cache, TierMetrics};
use std::sync::Arc;
use std::time::Duration;

const LATE: Duration = Duration::from_millis(100);

struct Shop {
    tier: Arc<Faulty<Memory>>,
    cache: Cache<u64, u64>,
}

impl Shop {
    fn new() -> Self {
        let tier = Arc::new(Faulty::new(Memory::new(1 << 20)));
        let shared: Arc<dyn Tier> = tier.clone();
        let policy = BreakerPolicy { failures: 2, open_for: LATE, ..BreakerPolicy::default() };
        let below = Layer::shared(shared).breaker(policy).retry(RetryPolicy::NEVER);
        Self { tier, cache: Cache::builder().name("squares").maxsize(10).tier(below).build() }
    }

    async fn load(&self, n: u64) {
        self.cache.get_with(n, async move { n * n }).await;
    }

    fn metrics(&self) -> TierMetrics {
        self.cache.get_metrics().tiers.swap_remove(0)
    }

    fn read(&self) -> (u64, Duration) {
        (self.metrics().reads, self.metrics().reading)
    }
}

#[tokio::test(start_paused = true)]
async fn what_reaches_the_tier_is_measured_and_nothing_else() {
    let shop = Shop::new();
    assert_eq!((shop.read(), shop.metrics().mean_read()), ((0, Duration::ZERO), None));
    shop.tier.script([Some(Fault::Delays(LATE))]);
    shop.load(1).await;
    assert_eq!(shop.read(), (1, LATE));

    // A hit in memory, and what is written.
    shop.load(1).await;
    shop.cache.set(2, 4);
    shop.cache.flush().await.unwrap();
    assert_eq!(shop.read(), (1, LATE));

    // Many at once are one.
    shop.tier.script([Some(Fault::Delays(2 * LATE))]);
    assert_eq!(shop.cache.through().get_many([3, 4, 5]).await.len(), 0);
    assert_eq!(shop.read(), (2, 3 * LATE));
    assert_eq!(shop.metrics().mean_read(), Some(LATE * 3 / 2));

    shop.cache.reset_metrics();
    assert_eq!(shop.read(), (0, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn what_fails_has_taken_its_time_and_who_is_not_let_through_none() {
    let shop = Shop::new();
    let fails = Some(Fault::Fails(TierErrorKind::Unavailable));
    shop.tier.always(fails);
    for n in 0..5 {
        shop.load(n).await;
    }
    assert_eq!(shop.read(), (2, Duration::ZERO));
    assert_eq!(shop.metrics().skipped, 3);
}

/// Who leaves has not learned how long it takes.
#[tokio::test(start_paused = true)]
async fn who_leaves_is_not_measured() {
    let shop = Shop::new();
    shop.tier.script([Some(Fault::Hangs)]);
    assert!(tokio::time::timeout(LATE, shop.load(1)).await.is_err());
    assert_eq!(shop.read(), (0, Duration::ZERO));
}
