//! Nodes of a Redis Cluster fail and slots move while calls run: no caller hears of it.

#[path = "tiers/promises.rs"]
#[expect(dead_code, reason = "the promises themselves are tested elsewhere")]
mod promises;

use larder::Cache;
use larder::tier::{self, BreakerPolicy, Epoch, Layer, Redis, Tier, TierEntry};
use larder_tests::{Deadline, RedisCluster, Server, watchdog};
use promises::{entry, epoch, get, key};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
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

/// Waits until something is put and then found in the tier, by a cache without memory.
async fn until_it_works(probe: &Cache<u64, String>) {
    let deadline = Deadline::after(Duration::from_secs(20));
    loop {
        let hits = probe.get_metrics().tiers[0].hits;
        probe.through().set(KEYS, value(KEYS)).await;
        let is_told = probe.flush().await.is_ok();
        if is_told
            && probe.through().get(&KEYS).await.is_some()
            && probe.get_metrics().tiers[0].hits > hits
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
        let cache = |maxsize: usize, layer: Layer| -> Cache<u64, String> {
            Cache::builder().name("failover").maxsize(maxsize).tier(layer).build()
        };
        let (cache, probe) = (cache(100, layer.clone()), cache(0, layer));
        let stop = Arc::new(AtomicBool::new(false));
        let callers = callers(&cache, &stop);
        until_it_works(&probe).await;

        // One is killed, and comes back as the replica of the one that has taken over.
        let first = heart(&cluster);
        cluster.node(first).kill();
        cluster.until_primary(first + 3);
        until_it_works(&probe).await;
        cluster.node(first).restart();
        cluster.until_whole();
        // That one hangs. Nobody has the patience to see its connection fail.
        let tries = cache.get_metrics().tiers[0].time_outs;
        cluster.node(first + 3).stop();
        cluster.until_primary(first);
        until_it_works(&probe).await;
        assert!(cache.get_metrics().tiers[0].time_outs > tries);
        cluster.node(first + 3).cont();
        cluster.until_whole();
        // A replica is no loss.
        let errors = cache.get_metrics().tiers[0].errors;
        cluster.node(first + 3).kill();
        until_it_works(&probe).await;
        assert_eq!(cache.get_metrics().tiers[0].errors, errors);

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

/// Puts, gets and removes values of its own, in so many rounds, which are counted together.
async fn writer(tier: Arc<Redis>, number: usize, done: Arc<AtomicUsize>) {
    while done.load(Relaxed) < ROUNDS {
        let round = done.fetch_add(1, Relaxed);
        for name in (0..8).map(|i| format!("k{number}.{i}")) {
            let wanted = format!("{name} {round}");
            let epoch = Some(epoch(&*tier, "n").await);
            let entries = [TierEntry { epoch, ..entry(&name, wanted.clone()) }];
            tier.put("n", &entries).await.expect("no error");
            assert_eq!(get(&*tier, "n", &name).await, Some(wanted.into()));
            tier.remove("n", &[key(&name)]).await.expect("no error");
            assert_eq!(get(&*tier, "n", &name).await, None, "it was removed");
            tier.put("n", &entries).await.expect("no error");
        }
        let keys: Vec<_> = (0..8).map(|i| key(format!("k{number}.{i}"))).collect();
        for (i, found) in tier.get("n", &keys).await.expect("no error").values.iter().enumerate() {
            let wanted = format!("k{number}.{i} {round}");
            assert_eq!(found.as_deref(), Some(wanted.as_bytes()));
        }
    }
}

/// How many rounds all writers do.
const ROUNDS: usize = 64;

/// Moves slots round the nodes while the writers write: that of the number of their namespace, and some of their names'.
fn move_slots(cluster: &RedisCluster, epoch: Epoch, done: &AtomicUsize) {
    let names = (0..8).map(|number| format!("larder:n:v:{:x}:k{number}.7", epoch.0));
    let names = names.chain(["larder:n:e".to_owned()]);
    let slots: BTreeSet<_> =
        names.map(|name| (cluster.slot(&name), cluster.owner(&name))).collect();
    for step in (0..).take_while(|_| done.load(Relaxed) < ROUNDS) {
        for (slot, owner) in &slots {
            cluster.migrate(*slot, (owner + step) % 3, (owner + step + 1) % 3);
        }
        cluster.until_agreed();
    }
}

#[test]
fn slots_that_move_are_followed() {
    watchdog(async {
        let cluster = Arc::new(RedisCluster::behind_proxies());
        let tier = Arc::new(Redis::connect(&cluster.url()).unwrap());
        let epoch = epoch(&*tier, "n").await;
        let done = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..8)
            .map(|number| tokio::spawn(writer(Arc::clone(&tier), number, Arc::clone(&done))))
            .collect();
        let (moving, until) = (Arc::clone(&cluster), Arc::clone(&done));
        let moved = tokio::task::spawn_blocking(move || move_slots(&moving, epoch, &until));
        let written = futures_util::future::join_all(writers).await;
        // Also if they have failed: nobody is to keep the servers.
        done.store(ROUNDS, Relaxed);
        moved.await.expect("slots move");
        for writer in written {
            writer.expect("no writer fails");
        }
        println!("{} were moved, {} asked", cluster.errors("MOVED"), cluster.errors("ASK"));
        assert!(cluster.errors("MOVED") > 0 && cluster.errors("ASK") > 0);
        assert_eq!(cluster.errors("CROSSSLOT"), 0);

        // It is known where they are now: nobody is sent on any more.
        let keys: Vec<_> = (0..64).map(|i| key(format!("k{}.{}", i / 8, i % 8))).collect();
        let deadline = Deadline::after(Duration::from_secs(10));
        loop {
            let before = cluster.errors("MOVED");
            tier.get("n", &keys).await.unwrap();
            if cluster.errors("MOVED") == before {
                break;
            }
            deadline.pause("it is not known where the slots are");
        }
    });
}
