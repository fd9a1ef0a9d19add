//! Functions with tiers in runtimes that have neither timers nor I/O: nobody panics, and nobody waits for ever.

use larder::prelude::*;
use larder::testing::tiers::{Fault, Faulty};
use larder::tier::{self, BreakerPolicy, Layer, Memory, Tier, TierErrorKind};
use larder::{BreakerState, TierMetrics};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// The panic hook is that of the process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Of both kinds, with no driver.
fn bare_runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.build().unwrap())
}

/// How many panics there are while `test` runs, in any thread.
fn panics_in(test: impl FnOnce()) -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let before = COUNT.load(SeqCst);
    let shown = Arc::new(std::panic::take_hook());
    let hook = Arc::clone(&shown);
    std::panic::set_hook(Box::new(move |panic| {
        COUNT.fetch_add(1, SeqCst);
        hook(panic);
    }));
    test();
    std::panic::set_hook(Box::new(move |panic| shown(panic)));
    COUNT.load(SeqCst) - before
}

fn tier_of(metrics: &larder::Metrics) -> &TierMetrics {
    &metrics.tiers[0]
}

#[async_ttl(ttl = "1m", disk = database())]
async fn stored(n: u64) -> u64 {
    n * n
}

fn database() -> tier::Sqlite {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    tier::Sqlite::open(FOLDER.path().join("cache.db")).unwrap()
}

#[test]
fn a_file_is_read_and_written() {
    let _alone = alone();
    let panics = panics_in(|| {
        for (round, runtime) in bare_runtimes().into_iter().enumerate() {
            runtime.block_on(async {
                assert_eq!(stored(3).await, 9);
                stored.cache().set_maxsize(0);
                stored.cache().set_maxsize(100);
                assert_eq!(stored(3).await, 9);
                stored(3).invalidate().await;
                assert_eq!(stored(3).await, 9);
                stored.clear().await;
                stored.cache().flush().await.unwrap();
                let metrics = stored.get_metrics();
                assert_eq!((tier_of(&metrics).errors, tier_of(&metrics).time_outs), (0, 0));
                assert_eq!(tier_of(&metrics).hits, 1 + round as u64);
            });
        }
    });
    assert_eq!(panics, 0);
}

type Broken = Arc<Faulty<Memory>>;
static BROKEN: LazyLock<Broken> = LazyLock::new(|| Arc::new(Faulty::new(Memory::new(1 << 20))));

fn broken() -> Layer {
    let policy = BreakerPolicy {
        failures: 3,
        open_for: Duration::from_millis(10),
        ..BreakerPolicy::default()
    };
    let tier: Arc<dyn Tier> = BROKEN.clone();
    Layer::shared(tier).time_out(Duration::from_millis(20)).breaker(policy)
}

#[async_ttl(ttl = "1m", remote = broken())]
async fn hung(n: u64) -> u64 {
    n * n
}

#[test]
fn a_tier_that_hangs_is_given_up_in_time() {
    let _alone = alone();
    let panics = panics_in(|| {
        for runtime in bare_runtimes() {
            hung.reset_metrics();
            runtime.block_on(async {
                for n in 0..3 {
                    BROKEN.always(Some(Fault::Hangs));
                    assert_eq!(hung(n).await, n * n);
                }
                let metrics = hung.get_metrics();
                assert_eq!(tier_of(&metrics).time_outs, 3);
                BROKEN.always(Some(Fault::Fails(TierErrorKind::Unavailable)));
                hung(1).invalidate().await;
                hung(1).use_cache(false).await;
                // What it is owed is tried again, with pauses.
                BROKEN.always(None);
                while tier_of(&hung.get_metrics()).pending != 0 {
                    tokio::task::yield_now().await;
                }
                hung.clear().await;
                let metrics = hung.get_metrics();
                assert_eq!(tier_of(&metrics).breaker, BreakerState::Closed);
            });
        }
    });
    assert_eq!(panics, 0);
}

#[test]
fn time_outs_need_no_runtime_at_all() {
    let _alone = alone();
    BROKEN.always(Some(Fault::Hangs));
    assert_eq!(futures_executor::block_on(hung(100)), 10_000);
    BROKEN.always(None);
}

#[async_ttl(ttl = "1m", remote = "redis://127.0.0.1:1?prefix=none")]
async fn from_redis(n: u64) -> u64 {
    n * n
}

#[async_ttl(ttl = "1m", remote = "redis+sentinel://127.0.0.1:1/main?prefix=none")]
async fn from_sentinels(n: u64) -> u64 {
    n * n
}

#[async_ttl(ttl = "1m", remote = "redis+cluster://127.0.0.1:1?prefix=none")]
async fn from_cluster(n: u64) -> u64 {
    n * n
}

#[async_ttl(ttl = "1m", remote = "memcached://127.0.0.1:1?prefix=none")]
async fn from_memcached(n: u64) -> u64 {
    n * n
}

/// A server needs sockets: the call does without it, and the metrics say why.
#[test]
fn what_needs_a_server_says_what_is_missing() {
    let _alone = alone();
    for runtime in bare_runtimes() {
        runtime.block_on(async {
            assert_eq!((from_redis(3).await, from_memcached(3).await), (9, 9));
            assert_eq!((from_sentinels(3).await, from_cluster(3).await), (9, 9));
            from_redis(3).invalidate().await;
            from_memcached(3).invalidate().await;
        });
    }
    for metrics in [
        from_redis.get_metrics(),
        from_sentinels.get_metrics(),
        from_cluster.get_metrics(),
        from_memcached.get_metrics(),
    ] {
        let tier = tier_of(&metrics);
        assert_eq!(tier.hits, 0);
        assert!(tier.last_error.as_ref().unwrap().contains("enable_all"), "{tier:?}");
    }
}
