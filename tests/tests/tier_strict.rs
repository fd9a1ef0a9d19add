//! `on_tier_error = fail`: calls that would rather fail than run their body while a tier cannot be asked.

use larder::prelude::*;
use larder::testing::tiers::{Fault, Faulty};
use larder::tier::{BreakerPolicy, Layer, Memory, RetryPolicy, Tier, TierError, TierErrorKind};
use larder_tests::Counter;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

type Broken = LazyLock<Arc<Faulty<Memory>>>;

/// A tier of one test.
macro_rules! tier {
    ($name:ident) => {
        static $name: Broken = LazyLock::new(|| Arc::new(Faulty::new(Memory::new(1 << 20))));
    };
}

fn layer(tier: &Arc<Faulty<Memory>>) -> Layer {
    let tier: Arc<dyn Tier> = tier.clone();
    let never = BreakerPolicy { failures: 0, ..BreakerPolicy::default() };
    Layer::shared(tier).retry(RetryPolicy::NEVER).breaker(never)
}

const AWAY: Option<Fault> = Some(Fault::Fails(TierErrorKind::Unavailable));

#[derive(Debug, Clone, PartialEq)]
enum Failure {
    Tier(TierErrorKind, String),
    Body,
}

impl From<TierError> for Failure {
    fn from(error: TierError) -> Self {
        Self::Tier(error.kind(), error.to_string())
    }
}

fn kind<T>(result: Result<T, Failure>) -> Option<TierErrorKind> {
    match result {
        Err(Failure::Tier(kind, _)) => Some(kind),
        _ => None,
    }
}

tier!(READ);
static LOADS: Counter = Counter::new();

#[async_lru(remote = layer(&READ), on_tier_error = fail)]
async fn read(n: u64) -> Result<u64, Failure> {
    LOADS.count();
    if n == 0 { Err(Failure::Body) } else { Ok(n * n) }
}

#[tokio::test]
async fn a_lookup_that_fails_fails_the_call() {
    READ.always(AWAY);
    let (output, served) = read(3).traced().await;
    let what = "memory 2: a fault that a test has asked for".to_owned();
    assert_eq!(output, Err(Failure::Tier(TierErrorKind::Unavailable, what)));
    assert_eq!(served, Served::TierFailed);
    assert_eq!(kind(read(3).use_cache(false).await), Some(TierErrorKind::Unavailable));
    let metrics = read.get_metrics();
    assert_eq!(
        (metrics.misses, metrics.refreshes, metrics.loads, metrics.load_errors),
        (1, 1, 0, 0)
    );
    assert_eq!((metrics.tiers[0].errors, read.cache().len(), LOADS.get()), (2, 0, 0));

    // Past the cache nobody asks it, and a hit in memory does not either.
    assert_eq!(read(3).bypass().await, Ok(9));
    read(4).prime(5).await;
    assert_eq!(read(4).await, Ok(5));

    READ.always(None);
    assert_eq!(LOADS.get(), 1);
    assert_eq!(read(3).await, Ok(9));
    assert_eq!((read(0).await, read(3).await), (Err(Failure::Body), Ok(9)));
    assert_eq!(LOADS.get(), 3);
    let metrics = read.get_metrics();
    assert_eq!((metrics.loads, metrics.load_errors), (2, 1));
}

tier!(WRITTEN);

#[async_lru(remote = layer(&WRITTEN), on_tier_error = fail)]
async fn written(n: u64) -> Result<u64, Failure> {
    Ok(n * n)
}

#[tokio::test]
async fn what_cannot_be_written_or_is_damaged_fails_nothing() {
    WRITTEN.script([None, AWAY]);
    assert_eq!(written(3).await, Ok(9));
    assert_eq!(written.get_metrics().tiers[0].dropped, 1);
    assert_eq!(written(3).await, Ok(9), "memory has it");
    // The removal that it is owed.
    written.cache().flush().await.unwrap();

    written(4).await.unwrap();
    written.cache().set_maxsize(0);
    written.cache().set_maxsize(10);
    WRITTEN.script([Some(Fault::Garbles)]);
    assert_eq!(written(4).await, Ok(16), "a value that is none is a miss");
    assert_eq!(written.get_metrics().tiers[0].rejected.unknown_format, 1);
    WRITTEN.script([AWAY]);
    written(4).invalidate().await;
}

tier!(SLOW);

fn slow() -> Layer {
    let once = BreakerPolicy { failures: 1, open_for: Duration::from_hours(1), probes: 1 };
    layer(&SLOW).time_out(Duration::from_millis(10)).breaker(once)
}

#[async_lru(remote = slow(), on_tier_error = fail)]
async fn hung(n: u64) -> Result<u64, Failure> {
    Ok(n * n)
}

#[tokio::test]
async fn so_does_one_that_takes_too_long_and_one_that_is_left_alone() {
    SLOW.always(Some(Fault::Hangs));
    assert_eq!(kind(hung(1).await), Some(TierErrorKind::TimedOut));
    let alone = "memory 2: it has failed, and is left alone for a while, after: the tier did not answer in time".to_owned();
    let failure = Failure::Tier(TierErrorKind::Unavailable, alone);
    assert_eq!(hung(1).await, Err(failure));
    let tiers = hung.get_metrics().tiers;
    assert_eq!((tiers[0].time_outs, tiers[0].skipped), (1, 1));
}

tier!(UPPER);
tier!(LOWER);

#[async_lru(disk = layer(&UPPER), remote = layer(&LOWER), on_tier_error = fail)]
async fn twice(n: u64) -> Result<u64, Failure> {
    Ok(n * n)
}

#[tokio::test]
async fn a_value_of_another_tier_will_do() {
    twice(3).await.unwrap();
    twice.cache().set_maxsize(0);
    twice.cache().set_maxsize(10);
    UPPER.always(AWAY);
    let (found, served) = twice(3).traced().await;
    assert_eq!(found, Ok(9));
    assert!(matches!(served, Served::Hit { tier: "memory 3", .. }));
    assert_eq!(kind(twice(4).await), Some(TierErrorKind::Unavailable), "nobody has it");
    UPPER.always(None);
    LOWER.always(AWAY);
    twice.cache().set_maxsize(0);
    twice.cache().set_maxsize(10);
    assert_eq!(twice(3).await, Ok(9), "the lower one is not asked");
    assert_eq!(kind(twice(4).await), Some(TierErrorKind::Unavailable));
    assert_eq!(twice.get_metrics().loads, 1);
}

tier!(SHARED);

fn late() -> Layer {
    layer(&SHARED).time_out(Duration::from_mins(1))
}

#[async_lru(remote = late(), on_tier_error = fail)]
async fn shared(n: u64) -> Result<u64, Failure> {
    Ok(n * n)
}

/// An error of which there are no copies.
#[derive(Debug)]
struct Own;

impl From<TierError> for Own {
    fn from(_: TierError) -> Self {
        Self
    }
}

#[async_lru(remote = late(), on_tier_error = fail)]
async fn unshared(n: u64) -> Result<u64, Own> {
    Ok(n * n)
}

#[async_lru(remote = late(), on_tier_error = fail)]
async fn borrowed(n: &u64) -> Result<u64, Own> {
    Ok(n * n)
}

/// Those who wait for one lookup share its failure; where it has no copies, each asks once more.
#[tokio::test]
async fn everybody_who_waits_fails() {
    let both = Fault::IsDoneAndFails(TierErrorKind::Unavailable);
    SHARED.always(Some(both));
    let failed = futures_util::future::join_all((0..10).map(|_| shared(3))).await;
    assert!(failed.into_iter().all(|output| kind(output).is_some()));
    let failed = futures_util::future::join_all((0..10).map(|_| unshared(3))).await;
    assert!(failed.iter().all(Result::is_err));
    let failed = futures_util::future::join_all((0..10).map(|_| borrowed(&3))).await;
    assert!(failed.iter().all(Result::is_err));

    SHARED.always(Some(Fault::Delays(Duration::from_millis(20))));
    SHARED.script([Some(Fault::Delays(Duration::from_millis(20)))]);
    let waiting = futures_util::future::join_all((0..10).map(|_| tokio::spawn(shared(4))));
    for output in waiting.await {
        assert_eq!(output.unwrap(), Ok(16));
    }
    SHARED.always(None);
    for metrics in [shared.get_metrics(), unshared.get_metrics(), borrowed.get_metrics()] {
        assert_eq!(metrics.load_errors, 0, "no body ran");
        assert!(metrics.tiers[0].errors >= 1);
    }
}

tier!(HELD);

#[async_lru(remote = layer(&HELD), on_tier_error = fail)]
async fn held(n: u64) -> Result<u64, Failure> {
    Ok(n * n)
}

#[async_lru(remote = layer(&HELD), on_tier_error = fail)]
async fn held_apart(n: u64) -> Result<u64, Own> {
    Ok(n * n)
}

/// The outputs of five tasks that ask at once, while the tier takes a second for its answer.
async fn five<T: Send + 'static>(call: impl AsyncFn() -> tokio::task::JoinHandle<T>) -> Vec<T> {
    HELD.script([Some(Fault::Delays(Duration::from_secs(1)))]);
    let mut tasks = Vec::new();
    for _ in 0..5 {
        tasks.push(call().await);
    }
    let outputs = futures_util::future::join_all(tasks).await;
    outputs.into_iter().map(Result::unwrap).collect()
}

/// Whoever drives a flight that is under way when the tier fails.
#[tokio::test(start_paused = true)]
async fn those_who_joined_fail_too() {
    assert_eq!(five(async || tokio::spawn(held(3))).await, [const { Ok(9) }; 5]);
    // What is held up is done in the end, and fails then.
    HELD.inner().close().await.unwrap();
    let outputs = five(async || tokio::spawn(held(4))).await;
    assert!(outputs.into_iter().all(|output| kind(output) == Some(TierErrorKind::Closed)));
    let metrics = held.get_metrics();
    assert_eq!((metrics.misses, metrics.coalesced, metrics.loads), (2, 8, 1));
    let outputs = five(async || tokio::spawn(held_apart(4))).await;
    assert!(outputs.iter().all(Result::is_err));
    assert_eq!(held_apart.get_metrics().loads, 0);
}

tier!(KEPT);

#[async_lru(remote = layer(&KEPT), on_tier_error = fail, cache_err = "1m", skip_none)]
async fn kept(n: u64) -> Result<Option<u64>, Kept> {
    if n == 0 { Err(Kept::Body) } else { Ok(Some(n)) }
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
enum Kept {
    Tier,
    Body,
}

impl From<TierError> for Kept {
    fn from(_: TierError) -> Self {
        Self::Tier
    }
}

#[tokio::test]
async fn that_a_tier_has_failed_is_not_remembered() {
    KEPT.always(AWAY);
    let failed = futures_util::future::join_all((0..5).map(|_| kept(0))).await;
    assert_eq!(failed, [const { Err(Kept::Tier) }; 5]);
    KEPT.always(None);
    assert_eq!(kept(0).await, Err(Kept::Body));
    assert_eq!(kept(0).await, Err(Kept::Body));
    assert_eq!(kept.get_metrics().loads, 1, "that of the body is");
}

tier!(MILD);

#[async_lru(remote = layer(&MILD), on_tier_error = degrade)]
async fn mild(n: u64) -> u64 {
    n * n
}

#[tokio::test]
async fn the_default_can_be_written() {
    MILD.always(AWAY);
    assert_eq!(mild(3).await, 9);
}

/// An error that stays on its thread.
struct Local(std::rc::Rc<Failure>);

impl From<TierError> for Local {
    fn from(error: TierError) -> Self {
        Self(std::rc::Rc::new(error.into()))
    }
}

struct Shop(u64);

impl Shop {
    #[async_lru(remote = layer(&LENT), on_tier_error = fail, local, skip(self))]
    async fn price(&self, item: &str) -> Result<u64, Local> {
        Ok(self.0 + item.len() as u64)
    }
}

tier!(LENT);

#[tokio::test]
async fn methods_and_what_stays_on_its_thread_too() {
    LENT.script([AWAY]);
    let shop = Shop(1);
    let failed = shop.price("flour").await.expect_err("the tier is away");
    assert!(matches!(*failed.0, Failure::Tier(TierErrorKind::Unavailable, _)));
    assert!(shop.price("flour").await.is_ok_and(|price| price == 6));
}
