//! The tier in the primary that sentinels name, with real ones.

#[path = "tiers/promises.rs"]
mod promises;

#[path = "tiers/network.rs"]
#[expect(dead_code, reason = "each part has one file that uses it")]
mod network;

use larder::Cache;
use larder::testing::tiers::conformance;
use larder::tier::{self, BreakerPolicy, Layer, Redis, Tier, TierErrorKind};
use larder_tests::{Deadline, RedisSentinels, Server, watchdog};
use network::{failure, recovers};
use promises::{entry, get, put};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const TIME_OUT: Duration = Duration::from_millis(200);
/// How much longer than its time-out a call may take where two cores are shared with servers and other tests.
const SLACK: Duration = Duration::from_millis(500);

fn tier(sentinels: &RedisSentinels) -> Redis {
    Redis::connect(&sentinels.url()).unwrap()
}

/// Calls of a function with a tier, that go on until they are told to stop.
struct Calls {
    cache: Cache<u64, u64>,
    probe: Cache<u64, u64>,
    stop: Arc<AtomicBool>,
    callers: Vec<JoinHandle<Duration>>,
}

impl Calls {
    fn begin(sentinels: &RedisSentinels) -> Self {
        let policy = BreakerPolicy { failures: 5, open_for: Duration::from_millis(100), probes: 1 };
        let layer: Layer = tier::open(&sentinels.url()).unwrap().time_out(TIME_OUT).breaker(policy);
        let cache = |maxsize: usize, layer: Layer| -> Cache<u64, u64> {
            Cache::builder().name("failover").maxsize(maxsize).tier(layer).build()
        };
        let (cache, probe) = (cache(10, layer.clone()), cache(0, layer));
        let stop = Arc::new(AtomicBool::new(false));
        let caller = |first: u64| {
            let (cache, stop) = (cache.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut slowest, mut key) = (Duration::ZERO, first);
                while !stop.load(Relaxed) {
                    key = (key + 7) % 1_000;
                    let begun = Instant::now();
                    assert_eq!(cache.get_with(key, async move { key }).await, key);
                    slowest = slowest.max(begun.elapsed());
                    tokio::task::yield_now().await;
                }
                slowest
            })
        };
        let callers = (0..4).map(caller).collect();
        Self { cache, probe, stop, callers }
    }

    /// Waits until something is put and then found in the tier, by a cache without memory.
    async fn until_the_tier_works(&self) {
        let deadline = Deadline::after(Duration::from_secs(20));
        loop {
            let hits = self.probe.get_metrics().tiers[0].hits;
            self.probe.through().set(1_000, 0).await;
            let is_told = self.probe.flush().await.is_ok();
            if is_told
                && self.probe.through().get(&1_000).await.is_some()
                && self.probe.get_metrics().tiers[0].hits > hits
            {
                return;
            }
            deadline.pause("it does not work again");
            tokio::task::yield_now().await;
        }
    }

    /// Nobody has heard of anything, but for the numbers.
    async fn end(self) {
        self.stop.store(true, Relaxed);
        for caller in self.callers {
            let slowest = caller.await.expect("no caller fails");
            assert!(slowest < TIME_OUT + SLACK, "{slowest:?}");
        }
        let metrics = self.cache.get_metrics();
        println!("{:?}", metrics.tiers[0]);
        assert_eq!(metrics.load_errors, 0);
        assert!(metrics.tiers[0].errors + metrics.tiers[0].time_outs > 0);
    }
}

#[test]
fn it_conforms_and_a_primary_that_dies_costs_no_errors() {
    watchdog(async {
        let mut sentinels = RedisSentinels::start(&[], "");
        conformance(|| tier(&sentinels)).await;
        promises::hold(&tier(&sentinels), &tier(&sentinels), 3 << 20).await;

        let calls = Calls::begin(&sentinels);
        calls.until_the_tier_works().await;
        sentinels.server(0).kill();
        sentinels.until_primary(1);
        calls.until_the_tier_works().await;
        calls.end().await;
    });
}

#[test]
fn a_primary_that_hangs_or_gives_way_costs_no_errors() {
    watchdog(async {
        let sentinels = RedisSentinels::start(&[], "");
        let calls = Calls::begin(&sentinels);
        calls.until_the_tier_works().await;
        // Nobody has the patience to see its connection fail.
        sentinels.servers()[0].stop();
        sentinels.until_primary(1);
        calls.until_the_tier_works().await;
        sentinels.servers()[0].cont();
        sentinels.until_replicas();
        sentinels.fail_over();
        sentinels.until_primary(0);
        calls.until_the_tier_works().await;
        calls.end().await;
    });
}

/// What is stored on this server.
fn names(server: &Server) -> Vec<String> {
    redis::from_redis_value(server.ask(&["KEYS", "*"]).unwrap()).unwrap()
}

#[test]
fn a_primary_that_was_demoted_is_left_and_who_hangs_or_lies_is_overruled() {
    watchdog(async {
        let mut sentinels = RedisSentinels::start(&[], "");
        let tier = tier(&sentinels);
        put(&tier, "n", entry("k", "1")).await;

        // The connection stays when a server is made a replica by hand, and the sentinels are told of another primary.
        let other = Server::redis(&[]);
        let port = other.port().to_string();
        for number in 0..3 {
            let sentinel = sentinels.sentinel(number);
            sentinel.ask(&["SENTINEL", "REMOVE", "main"]).unwrap();
            sentinel.ask(&["SENTINEL", "MONITOR", "main", "127.0.0.1", &port, "2"]).unwrap();
        }
        sentinels.servers()[0].ask(&["REPLICAOF", "127.0.0.1", &port]).unwrap();
        tier.clear("n").await.expect("what it was refused is sent to the other one");
        assert_eq!(names(&other), ["larder:n:e"]);
        put(&tier, "n", entry("k", "2")).await;
        assert_eq!(get(&tier, "n", "k").await, Some("2".into()));

        // One sentinel names a replica, one does not answer, one is not there: none of them is needed.
        let replica = sentinels.servers()[0].port().to_string();
        let liar = sentinels.sentinel(0);
        liar.ask(&["SENTINEL", "REMOVE", "main"]).unwrap();
        liar.ask(&["SENTINEL", "MONITOR", "main", "127.0.0.1", &replica, "2"]).unwrap();
        sentinels.sentinel(1).stop();
        let url = sentinels.url().replace("redis+sentinel://", "redis+sentinel://127.0.0.1:1,");
        for _ in 0..5 {
            let begun = Instant::now();
            assert_eq!(get(&Redis::connect(&url).unwrap(), "n", "k").await, Some("2".into()));
            assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
        }

        // When nobody names a primary that is one, there is none; and it is found again when somebody does.
        sentinels.sentinel(2).kill();
        let lost =
            Redis::builder(&url).connect_timeout(Duration::from_millis(300)).build().unwrap();
        let error = failure(&lost).await;
        assert!(error.is_retryable(), "{error}");
        sentinels.sentinel(2).restart();
        sentinels.sentinel(2).ask(&["SENTINEL", "REMOVE", "main"]).ok();
        let sentinel = sentinels.sentinel(2);
        sentinel.ask(&["SENTINEL", "MONITOR", "main", "127.0.0.1", &port, "2"]).unwrap();
        recovers(&lost).await;
        assert_eq!(get(&lost, "n", "k").await, Some("2".into()));
        sentinels.sentinel(1).cont();
    });
}

#[test]
fn names_passwords_and_databases() {
    watchdog(async {
        let options = ["--requirepass", "s3cret", "--masterauth", "s3cret"];
        let lines =
            "sentinel auth-pass main s3cret\nrequirepass gu4rd\nsentinel sentinel-pass gu4rd";
        let sentinels = RedisSentinels::start(&options, lines);
        let at = |user: &str, name: &str| {
            sentinels.url().replace("://", &format!("://{user}@")).replace("/main", name)
        };
        let build = |user: &str, name: &str, password: &str| {
            Redis::builder(at(user, name)).sentinel_password(password).build().unwrap()
        };
        let right = build(":s3cret", "/main/3", "gu4rd");
        put(&right, "n", entry("k", "1")).await;
        assert_eq!(get(&right, "n", "k").await, Some("1".into()));
        assert_eq!(get(&build(":s3cret", "/main", "gu4rd"), "n", "k").await, None, "of database 0");
        let address = format!("{}?sentinel_password=gu4rd", at("default:s3cret", "/main/3"));
        let layer = tier::open(&address).unwrap();
        assert_eq!(get(&**layer.tier(), "n", "k").await, Some("1".into()));

        let (servers, guards) = (
            "redis does not accept the user or the password",
            "the sentinels do not accept the password",
        );
        let wrong = [
            (build(":hunter2", "/main", "gu4rd"), servers),
            (build(":s3cret", "/main", "hunter2"), guards),
            (build(":s3cret", "/nobody", "gu4rd"), "the sentinels do not know this name"),
            (Redis::connect(&at(":s3cret", "/main")).unwrap(), guards),
        ];
        for (wrong, what) in wrong {
            let error = failure(&wrong).await;
            assert_eq!(error.kind(), TierErrorKind::Misconfigured, "{error}");
            assert!(error.to_string().starts_with(what), "{error}");
            assert!(error.to_string().contains("127.0.0.1:"), "it says where: {error}");
            silent(&error);
            silent(&wrong);
        }
    });
}

#[test]
fn tls_to_sentinels_and_servers_with_users() {
    watchdog(async {
        let server = Server::redis_tls(&["--user", "app", "on", ">s3cret", "~*", "+@all"]);
        let configuration = format!(
            "sentinel monitor main 127.0.0.1 {} 1\ntls-replication yes\nrequirepass gu4rd\n",
            server.port()
        );
        let sentinel = Server::redis_sentinel_tls(&configuration);
        // Each has an authority of its own, and both are trusted.
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("trusted.pem");
        let both = [sentinel.ca_file(), server.ca_file()].map(|file| std::fs::read(file).unwrap());
        std::fs::write(&trusted, both.concat()).unwrap();

        let at =
            |scheme: &str| format!("{scheme}://app:s3cret@127.0.0.1:{}/main/1", sentinel.port());
        let build = |ca: &std::path::Path| {
            Redis::builder(at("rediss+sentinel")).ca_file(ca).sentinel_password("gu4rd").build()
        };
        let right = build(&trusted).unwrap();
        put(&right, "n", entry("k", "1")).await;
        assert_eq!(get(&right, "n", "k").await, Some("1".into()));
        // Whoever trusts one of the two comes no further than to the other one.
        for (ca, distrusted) in
            [(server.ca_file(), sentinel.port()), (sentinel.ca_file(), server.port())]
        {
            let error = failure(&build(&ca).unwrap()).await;
            assert_eq!(error.kind(), TierErrorKind::Unavailable);
            let place = format!("(127.0.0.1:{distrusted})");
            assert!(error.to_string().contains(&place), "{error}");
        }
        let plain = Redis::builder(at("redis+sentinel")).sentinel_password("gu4rd").build();
        assert!(failure(&plain.unwrap()).await.is_retryable());
    });
}

#[test]
fn who_is_no_sentinel_and_who_is_no_server() {
    watchdog(async {
        let mut sentinels = RedisSentinels::start(&[], "");
        let server = sentinels.servers()[0].port();
        let address = format!("redis+sentinel://127.0.0.1:{server}/main");
        let error = failure(&Redis::connect(&address).unwrap()).await;
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        let what = format!("this redis is no sentinel: redis:// for a server (127.0.0.1:{server})");
        assert_eq!(error.to_string(), what);

        let address = format!("redis://127.0.0.1:{}", sentinels.sentinel(0).port());
        let policy = BreakerPolicy { failures: 2, ..BreakerPolicy::default() };
        let layer = tier::open(&address).unwrap().breaker(policy);
        let error = failure(&Redis::connect(&address).unwrap()).await;
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        assert!(error.to_string().contains("redis+sentinel://"), "{error}");
        let misled: Cache<u64, u64> =
            Cache::builder().name("misled").maxsize(10).tier(layer).build();
        for key in 0..3 {
            misled.get_with(key, async move { key }).await;
        }
        assert_eq!(misled.get_metrics().tiers[0].breaker, larder::BreakerState::Open);
    });
}

/// Nothing that it shows is a password.
fn silent(shown: &impl std::fmt::Debug) {
    assert!(!format!("{shown:?} {shown:#?}").contains("hunter2"), "{shown:?}");
}

#[test]
fn addresses_that_are_none() {
    let wrong = [
        "redis+sentinel://",
        "redis+sentinel://:hunter2@a",
        "redis+sentinel://:hunter2@a/",
        "redis+sentinel://:hunter2@a/main/db",
        "redis+sentinel://:hunter2@a/main/0/1",
        "redis+sentinel://:hunter2@a:port/main",
        "redis+sentinel://:hunter2@a,/main",
        "redis+sentinel:///main",
    ];
    for address in wrong {
        let Err(error) = Redis::connect(address) else { panic!("{address}") };
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        silent(&error);
    }
    assert!(Redis::sentinel("", ["redis://a"]).build().is_err());
    assert!(Redis::sentinel("main", [""; 0]).build().is_err());
    assert!(Redis::sentinel("main", ["redis://:hunter2@a", "redis://b"]).build().is_err());
    silent(&Redis::sentinel("main", ["redis://:hunter2@a"]).sentinel_password("hunter2"));
    let useless = Redis::builder("redis://h").sentinel_password("hunter2").build();
    assert_eq!(useless.unwrap_err().to_string(), "a password of sentinels without sentinels");
    let shown = format!("{:?}", Redis::connect("redis+sentinel://:hunter2@a,b:1/main").unwrap());
    assert!(shown.contains("main of a:26379,b:1"), "{shown}");
    silent(&shown);
}
