//! Nodes of a Redis Cluster fail and slots move while calls run: no caller hears of it.

#[path = "tiers/promises.rs"]
#[expect(dead_code, reason = "the promises themselves are tested elsewhere")]
mod promises;

use larder::Cache;
use larder::tier::{self, BreakerPolicy, Layer, Redis, Tier, TierEntry};
use larder_tests::{Deadline, RedisCluster, Server, watchdog};
use promises::{entry, epoch, get, key};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

const TIME_OUT: Duration = Duration::from_millis(200);
/// How much longer than its time-out a call may take where two cores are shared with servers and other tests.
const SLACK: Duration = Duration::from_millis(500);
const KEYS: u64 = 2_000;

fn value(key: u64) -> String {
    format!("the value of {key}")
}

/// Calls of a function with this cache until told to stop; what the slowest took.
fn callers(
    cache: &Cache<u64, String>,
    stop: &Arc<AtomicBool>,
) -> Vec<tokio::task::JoinHandle<Duration>> {
    let caller = |number: u64| {
        let (cache, stop) = (cache.clone(), Arc::clone(stop));
        tokio::spawn(async move {
            let (mut slowest, mut wanted) = (Duration::ZERO, number * 97);
            while !stop.load(Relaxed) {
                wanted = (wanted + 31) % KEYS;
                let begun = Instant::now();
                let found = cache.get_with(wanted, async move { value(wanted) }).await;
                assert_eq!(found, value(wanted), "a wrong value");
                slowest = slowest.max(begun.elapsed());
                tokio::task::yield_now().await;
            }
            slowest
        })
    };
    (0..8).map(caller).collect()
}

/// Waits until something is put and then found.
async fn until_it_works(cache: &Cache<u64, String>) {
    let deadline = Deadline::after(Duration::from_secs(20));
    loop {
        cache.through().set(KEYS + 1, value(1)).await;
        let hits = cache.get_metrics().tiers[0].hits;
        if cache.through().get(&(KEYS + 1)).await.is_some()
            && cache.get_metrics().tiers[0].hits > hits
        {
            return;
        }
        deadline.pause("it does not work again");
        tokio::task::yield_now().await;
    }
}

/// The node that has the number of a namespace, without which nothing of it is found.
fn heart(cluster: &RedisCluster) -> usize {
    let has_it = |node: &Server| {
        let names = node.ask(&["KEYS", "larder:*:e"]).expect("names");
        !redis::from_redis_value::<Vec<String>>(names).expect("texts").is_empty()
    };
    cluster.nodes()[..3].iter().position(has_it).expect("a number")
}

#[test]
fn a_primary_that_dies_costs_misses_and_no_errors() {
    watchdog(async {
        let mut cluster = RedisCluster::start(&[]);
        let policy = BreakerPolicy { failures: 5, open_for: Duration::from_millis(100), probes: 1 };
        let layer: Layer = tier::open(&cluster.url()).unwrap().time_out(TIME_OUT).breaker(policy);
        let cache: Cache<u64, String> =
            Cache::builder().name("failover").maxsize(100).tier(layer).build();
        let stop = Arc::new(AtomicBool::new(false));
        let callers = callers(&cache, &stop);
        until_it_works(&cache).await;

        for dies in [heart(&cluster), 4] {
            // The second time it is whoever has taken over, or the replica of another one, that goes.
            let before = cache.get_metrics().tiers[0].errors;
            cluster.node(dies).kill();
            if dies < 3 {
                cluster.until_primary(dies + 3);
            }
            until_it_works(&cache).await;
            println!("{} errors", cache.get_metrics().tiers[0].errors - before);
            cluster.node(dies).restart();
            cluster.until_whole();
            until_it_works(&cache).await;
        }

        stop.store(true, Relaxed);
        let mut slowest = Duration::ZERO;
        for caller in callers {
            slowest = slowest.max(caller.await.expect("no caller fails"));
        }
        let metrics = cache.get_metrics();
        println!("the slowest {slowest:?}: {:?}", metrics.tiers[0]);
        assert!(slowest < TIME_OUT + SLACK, "{slowest:?}");
        assert_eq!(metrics.load_errors, 0);
        assert!(metrics.tiers[0].errors > 0 && metrics.tiers[0].hits > 0);
    });
}

/// Puts and gets values of its own until told to stop; how many there were.
async fn writer(tier: Arc<Redis>, number: usize, stop: Arc<AtomicBool>) -> usize {
    for round in 0.. {
        for name in (0..25).map(|i| format!("k{number}.{i}")) {
            let wanted = format!("{name} {round}");
            let epoch = Some(epoch(&*tier, "n").await);
            let entries = [TierEntry { epoch, ..entry(&name, wanted.clone()) }];
            tier.put("n", &entries).await.expect("no error");
            assert_eq!(get(&*tier, "n", &name).await, Some(wanted.into()));
            tier.remove("n", &[key(&name)]).await.expect("no error");
            assert_eq!(get(&*tier, "n", &name).await, None, "it was removed");
            tier.put("n", &entries).await.expect("no error");
        }
        let keys: Vec<_> = (0..25).map(|i| key(format!("k{number}.{i}"))).collect();
        for (i, found) in tier.get("n", &keys).await.expect("no error").values.iter().enumerate() {
            let wanted = format!("k{number}.{i} {round}");
            assert_eq!(found.as_deref(), Some(wanted.as_bytes()));
        }
        if stop.load(Relaxed) {
            return round;
        }
    }
    unreachable!("it is told to stop");
}

#[test]
fn slots_that_move_are_followed() {
    watchdog(async {
        let cluster = Arc::new(RedisCluster::behind_proxies());
        let tier = Arc::new(Redis::connect(&cluster.url()).unwrap());
        epoch(&*tier, "n").await;
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..8)
            .map(|number| tokio::spawn(writer(Arc::clone(&tier), number, Arc::clone(&stop))))
            .collect();

        // With the number of the namespace, and back again.
        let moving = Arc::clone(&cluster);
        let moved = tokio::task::spawn_blocking(move || {
            let names = (0..8).map(|number| format!("larder:n:v:k{number}.7"));
            let names: Vec<_> = names.chain(["larder:n:e".to_owned()]).collect();
            let slots: BTreeSet<_> =
                names.iter().map(|name| (moving.slot(name), moving.owner(name))).collect();
            for step in 0..4 {
                for (slot, owner) in &slots {
                    let (from, to) = ((owner + step) % 3, (owner + step + 1) % 3);
                    moving.migrate(*slot, from, to);
                }
            }
        });
        moved.await.expect("slots move");
        stop.store(true, Relaxed);
        for writer in writers {
            assert!(writer.await.expect("no writer fails") > 0);
        }

        // It is known where they are now: nobody is sent on any more.
        let redirections = || -> Vec<String> {
            let errors = cluster.nodes().iter().map(|node| node.tells(&["INFO", "errorstats"]));
            errors
                .map(|all| all.lines().filter(|line| line.contains("errorstat_MOVED")).collect())
                .collect()
        };
        let keys: Vec<_> = (0..200).map(|i| key(format!("k{}.{}", i / 25, i % 25))).collect();
        let deadline = Deadline::after(Duration::from_secs(10));
        loop {
            let before = redirections();
            assert!(before.iter().any(|errors| !errors.is_empty()), "some were");
            tier.get("n", &keys).await.unwrap();
            if redirections() == before {
                break;
            }
            deadline.pause("it is not known where the slots are");
        }
    });
}
