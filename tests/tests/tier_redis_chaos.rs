//! Redis comes and goes, is slow, full, or not Redis at all, while many tasks call: no caller hears of it.

use larder::tier::{self, BreakerPolicy, Layer};
use larder::{BreakerState, Cache};
use larder_tests::{Deadline, Fault, Proxy, Server, watchdog};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

const TIME_OUT: Duration = Duration::from_millis(100);
const CALLS: u64 = 50_000;
const KEYS: u64 = 3_000;

/// How much longer than its time-out a call may take where two cores are shared with servers and other tests.
const SLACK: Duration = Duration::from_millis(400);

fn value(key: u64) -> String {
    format!("{key} {}", "x".repeat(200))
}

/// Small, so that most calls go below memory.
fn cache(address: &str) -> Cache<u64, String> {
    let policy = BreakerPolicy { failures: 3, open_for: Duration::from_millis(200), probes: 1 };
    let layer: Layer = tier::open(address).expect("an address").time_out(TIME_OUT).breaker(policy);
    Cache::builder().name("chaos").maxsize(100).tier(layer).build()
}

/// Calls until told to stop; how many calls there were, and what the slowest took.
async fn callers(
    cache: Cache<u64, String>,
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
) -> Duration {
    let callers = (0..16_u64).map(|caller| {
        let (cache, stop, calls) = (cache.clone(), stop.clone(), calls.clone());
        tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            let mut key = caller * 7919;
            while !stop.load(Relaxed) || calls.load(Relaxed) < CALLS {
                key =
                    key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
                let wanted = (key >> 33) % KEYS;
                let begun = Instant::now();
                if key >> 60 == 0 {
                    cache.through().remove(&wanted).await;
                } else {
                    let found = cache.get_with(wanted, async move { value(wanted) }).await;
                    assert_eq!(found, value(wanted), "a wrong value");
                }
                slowest = slowest.max(begun.elapsed());
                calls.fetch_add(1, Relaxed);
                tokio::task::yield_now().await;
            }
            slowest
        })
    });
    let mut slowest = Duration::ZERO;
    for caller in callers.collect::<Vec<_>>() {
        slowest = slowest.max(caller.await.expect("no caller fails"));
    }
    slowest
}

/// Lets the callers go on for some time.
async fn meanwhile(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Waits until the breaker is in this state.
async fn until(cache: &Cache<u64, String>, state: BreakerState) {
    let deadline = Deadline::after(Duration::from_secs(20));
    while cache.get_metrics().tiers[0].breaker != state {
        deadline.pause("the breaker");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn no_caller_hears_of_it() {
    watchdog(async {
        let mut server = Server::redis(&["--maxmemory-policy", "noeviction"]);
        let proxy = Proxy::before(server.port());
        let cache = cache(&server.url_at(proxy.port()));
        let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let callers = tokio::spawn(callers(cache.clone(), stop.clone(), calls.clone()));
        meanwhile(300).await;
        assert!(cache.get_metrics().tiers[0].hits > 0, "it works before anything happens");

        // Killed, and started anew.
        server.kill();
        until(&cache, BreakerState::Open).await;
        meanwhile(300).await;
        server.restart();
        until(&cache, BreakerState::Closed).await;

        // It stands still.
        server.stop();
        until(&cache, BreakerState::Open).await;
        meanwhile(300).await;
        server.cont();
        until(&cache, BreakerState::Closed).await;

        // It is slower than anybody waits.
        proxy.set(Fault::Latency(Duration::from_millis(300), Duration::ZERO));
        until(&cache, BreakerState::Open).await;
        meanwhile(300).await;
        proxy.set(Fault::None);
        until(&cache, BreakerState::Closed).await;

        // It answers with what is not Redis.
        proxy.set(Fault::Garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
        until(&cache, BreakerState::Open).await;
        proxy.set(Fault::None);
        until(&cache, BreakerState::Closed).await;

        // It has no room.
        configure(&server, "maxmemory", "1").await;
        let dropped = cache.get_metrics().tiers[0].dropped;
        let deadline = Deadline::after(Duration::from_secs(20));
        while cache.get_metrics().tiers[0].dropped == dropped {
            deadline.pause("a value that is not taken");
            meanwhile(5).await;
        }
        configure(&server, "maxmemory", "0").await;
        until(&cache, BreakerState::Closed).await;

        stop.store(true, Relaxed);
        let slowest = callers.await.expect("no caller fails");
        let metrics = cache.get_metrics();
        let tier = &metrics.tiers[0];
        println!("{} calls, the slowest {slowest:?}: {tier:?}", calls.load(Relaxed));
        assert!(calls.load(Relaxed) >= CALLS);
        assert!(slowest < TIME_OUT + SLACK, "{slowest:?}");
        assert_eq!(metrics.load_errors, 0);
        assert!(tier.errors > 0 && tier.time_outs > 0 && tier.skipped > 0, "{tier:?}");

        // What was owed is made up for, and then everything works again.
        let deadline = Deadline::after(Duration::from_secs(20));
        while cache.flush().await.is_err() {
            deadline.pause("what is owed");
        }
        cache.through().set(1, value(1)).await;
        cache.set_maxsize(0);
        assert_eq!(cache.through().get(&1).await, Some(value(1)));
    });
}

async fn configure(server: &Server, name: &str, setting: &str) {
    let client = redis::Client::open(server.url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let set: Result<(), _> =
        redis::cmd("CONFIG").arg("SET").arg(name).arg(setting).query_async(&mut connection).await;
    set.expect("it can be set");
}
