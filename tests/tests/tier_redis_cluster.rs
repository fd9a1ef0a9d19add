//! The tier in a Redis Cluster, with real nodes.

#[path = "tiers/promises.rs"]
mod promises;

#[path = "tiers/network.rs"]
#[expect(dead_code, reason = "each part has one file that uses it")]
mod network;

use larder::testing::tiers::conformance;
use larder::tier::{Epoch, ReadFrom, Redis, Tier, TierEntry, TierErrorKind};
use larder_tests::{Deadline, Fault, Proxy, RedisCluster, Server, free_port, watchdog};
use network::{failure, recovers};
use promises::{entry, epoch, get, key, put};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

fn tier(cluster: &RedisCluster) -> Redis {
    Redis::connect(&cluster.url()).unwrap()
}

/// The name of an entry that is put now, of which a node had the slot at the beginning.
async fn name_at(tier: &Redis, cluster: &RedisCluster, namespace: &str, node: usize) -> String {
    let Epoch(number) = epoch(tier, namespace).await;
    let stored = |name: &str| format!("larder:{namespace}:v:{number:x}:{name}");
    let mut names = (0..).map(|i| format!("k{i}"));
    names.find(|name| cluster.owner(&stored(name)) == node).unwrap()
}

/// A namespace whose number is not there.
fn namespace_off(cluster: &RedisCluster, node: usize) -> String {
    let mut names = (0..).map(|i| format!("n{i}"));
    names.find(|name| cluster.owner(&format!("larder:{name}:e")) != node).unwrap()
}

/// How often a node was given this command.
fn calls(node: &Server, command: &str) -> usize {
    let stats = node.tells(&["INFO", "commandstats"]);
    let line = stats.lines().find(|line| line.starts_with(&format!("cmdstat_{command}:")));
    let calls = line.and_then(|line| line.split(['=', ',']).nth(1));
    calls.map_or(0, |calls| calls.parse().unwrap())
}

#[test]
fn it_conforms_and_clear_reaches_every_node() {
    watchdog(async {
        let cluster = RedisCluster::start(&[]);
        conformance(|| tier(&cluster)).await;
        promises::hold(&tier(&cluster), &tier(&cluster), 3 << 20).await;

        // What one process has put on all nodes is gone for another one, wherever it lies.
        let (one, two) = (tier(&cluster), tier(&cluster));
        let keys: Vec<_> = (0..200).map(|i| key(format!("k{i}"))).collect();
        let entries: Vec<_> = (0..200).map(|i| entry(format!("k{i}"), "1")).collect();
        one.put("all", &entries).await.unwrap();
        let found = two.get("all", &keys).await.unwrap().values;
        assert!(found.iter().all(Option::is_some));
        let Epoch(number) = epoch(&one, "all").await;
        let stored = |i| format!("larder:all:v:{number:x}:k{i}");
        let owners: Vec<_> = (0..200).map(|i| cluster.owner(&stored(i))).collect();
        assert!((0..3).all(|node| owners.iter().filter(|owner| **owner == node).count() > 30));
        two.clear("all").await.unwrap();
        for tier in [&one, &two, &self::tier(&cluster)] {
            assert!(tier.get("all", &keys).await.unwrap().values.iter().all(Option::is_none));
        }
    });
}

#[test]
fn many_names_are_one_piece_for_each_node() {
    watchdog(async {
        let cluster = RedisCluster::behind_proxies();
        let tier = Arc::new(tier(&cluster));
        put(&*tier, "n", entry("k", "1")).await;
        // So that there is a connection to each.
        let keys: Vec<_> = (0..300).map(|i| key(format!("k{i}"))).collect();
        tier.get("n", &keys).await.unwrap();

        let pieces = |what: &str| {
            let pieces: Vec<_> = cluster.proxies().iter().map(Proxy::writes).collect();
            println!("{what}: {pieces:?}");
            cluster.proxies().iter().for_each(Proxy::reset);
            pieces
        };
        pieces("before");
        let latency = Duration::from_millis(60);
        cluster
            .proxies()
            .iter()
            .for_each(|proxy| proxy.set(Fault::Latency(latency, Duration::ZERO)));
        let begun = Instant::now();
        tier.get("n", &keys).await.unwrap();
        // There and back once, not once for each node.
        assert!(begun.elapsed() < 4 * latency, "{:?}", begun.elapsed());
        assert_eq!(pieces("300 keys"), [1, 1, 1]);
        cluster.proxies().iter().for_each(|proxy| proxy.set(Fault::None));

        let epoch = Some(epoch(&*tier, "n").await);
        let entries: Vec<_> =
            (0..200).map(|i| TierEntry { epoch, ..entry(format!("k{i}"), "1") }).collect();
        pieces("the epoch");
        tier.put("n", &entries).await.unwrap();
        assert_eq!(pieces("200 entries"), [1, 1, 1]);
        tier.remove("n", &keys).await.unwrap();
        // The question for the number may be a piece of its own.
        assert!(pieces("300 removals").iter().sum::<usize>() <= 4);
        assert!(cluster.proxies().iter().all(|proxy| proxy.connections() == 1));

        // Calls of many tasks travel together to each node.
        put(&*tier, "n", entry("k", "1")).await;
        pieces("an entry");
        let gets = (0..64).map(|_| {
            let tier = Arc::clone(&tier);
            tokio::spawn(async move { get(&*tier, "n", "k").await })
        });
        for got in futures_util::future::join_all(gets).await {
            assert_eq!(got.unwrap(), Some("1".into()));
        }
    });
}

#[test]
fn a_node_that_hangs_holds_up_nobody_else() {
    watchdog(async {
        let cluster = RedisCluster::behind_proxies();
        let time_out = Duration::from_millis(100);
        let tier = Redis::builder(cluster.url()).response_timeout(time_out).build().unwrap();
        let namespace = namespace_off(&cluster, 2);
        let mut names = Vec::new();
        for node in 0..3 {
            let name = name_at(&tier, &cluster, &namespace, node).await;
            put(&tier, &namespace, entry(&name, "1")).await;
            names.push(name);
        }
        cluster.proxies()[2].set(Fault::HalfOpen);
        let begun = Instant::now();
        let error = tier.get(&namespace, &[key(&names[2])]).await.unwrap_err();
        assert_eq!(error.kind(), TierErrorKind::TimedOut);
        assert!(begun.elapsed() < 3 * time_out, "{:?}", begun.elapsed());
        // Nobody knows where to ask now, so it is asked for; the node that hangs is one of those who are asked.
        for _ in 0..20 {
            for name in &names[..2] {
                let begun = Instant::now();
                assert_eq!(get(&tier, &namespace, name).await, Some("1".into()));
                assert!(begun.elapsed() < time_out, "{:?}", begun.elapsed());
            }
        }
        cluster.proxies()[2].set(Fault::None);
        let deadline = Deadline::after(Duration::from_secs(10));
        while tier.get(&namespace, &[key(&names[2])]).await.is_err() {
            deadline.pause("the node is not found again");
        }
        assert_eq!(get(&tier, &namespace, &names[2]).await, Some("1".into()));
    });
}

/// A node that is in no cluster yet, and takes its time to say so.
#[test]
fn who_waits_for_the_slots_is_told_together_that_there_are_none() {
    watchdog(async {
        let node = Server::redis(&["--cluster-enabled", "yes"]);
        let proxy = Proxy::before(node.port());
        let latency = Duration::from_millis(100);
        proxy.set(Fault::Latency(latency, Duration::ZERO));
        let url = format!("redis+cluster://127.0.0.1:{}", proxy.port());
        let tier = Arc::new(Redis::connect(&url).unwrap());
        tier.get("n", &[key("k")]).await.unwrap_err();
        let begun = Instant::now();
        let ask = |tier: Arc<Redis>| async move { tier.get("n", &[key("k")]).await };
        let asking: Vec<_> = (0..20).map(|_| tokio::spawn(ask(tier.clone()))).collect();
        for asked in asking {
            let error = asked.await.unwrap().unwrap_err();
            assert!(error.to_string().contains("no nodes with slots"), "{error}");
        }
        assert!(begun.elapsed() < 20 * latency, "one after the other: {:?}", begun.elapsed());
    });
}

/// A node is gone, and the connections to the others, of whom it is asked who has its slots, lead nowhere without saying so.
/// Callers leave before these have had their time.
#[test]
fn slots_are_not_asked_for_on_dead_connections_for_ever() {
    watchdog(async {
        let cluster = RedisCluster::behind_proxies();
        let time_out = Duration::from_millis(300);
        let tier = Redis::builder(cluster.url()).response_timeout(time_out).build().unwrap();
        // So that there is a connection to each; and then only one of the nodes is needed.
        let keys: Vec<_> = (0..100).map(|i| key(format!("k{i}"))).collect();
        tier.get("n", &keys).await.unwrap();
        tier.get("n", &keys).await.unwrap();
        let gone = cluster.owner("larder:n:e");
        let (proxies, before) =
            (cluster.proxies(), cluster.proxies().iter().map(Proxy::connections));
        let before: Vec<_> = before.collect();
        proxies.iter().for_each(Proxy::freeze);
        proxies[gone].set(Fault::Down);
        proxies[gone].cut();
        let deadline = Deadline::after(Duration::from_secs(10));
        let others = (0..3).filter(|node| *node != gone);
        while others.clone().any(|node| proxies[node].connections() == before[node]) {
            let patience = Duration::from_millis(100);
            let _ = tokio::time::timeout(patience, tier.get("n", &[])).await;
            deadline.pause("they are asked on dead connections");
        }
        proxies[gone].set(Fault::None);
        recovers(&tier).await;
    });
}

#[test]
fn replicas_are_read_and_bring_nothing_back_that_was_cleared() {
    watchdog(async {
        let cluster = RedisCluster::start(&[]);
        let build = |from| Redis::builder(cluster.url()).read_from(from).build().unwrap();
        let (tier, primary) = (build(ReadFrom::Replica), build(ReadFrom::Primary));
        let name = name_at(&primary, &cluster, "n", 1).await;
        let (owner, replica) = (&cluster.nodes()[1], &cluster.nodes()[4]);
        let tagged = TierEntry { tags: vec!["t".into()], ..entry(&name, "1") };
        put(&tier, "n", tagged.clone()).await;
        let deadline = Deadline::after(Duration::from_secs(10));
        while get(&tier, "n", &name).await.is_none() {
            deadline.pause("the replica does not hear of it");
        }
        let before = calls(replica, "mget");
        for _ in 0..10 {
            assert_eq!(get(&tier, "n", &name).await, Some("1".into()));
        }
        assert_eq!(calls(replica, "mget") - before, 10, "of the replica");
        let before = calls(replica, "mget");
        assert_eq!(get(&primary, "n", &name).await, Some("1".into()));
        assert_eq!(calls(replica, "mget"), before, "of the primary");

        // From here on the replica hears of nothing.
        owner.ask(&["ACL", "SETUSER", "default", "-psync", "-sync"]).unwrap();
        owner.ask(&["CLIENT", "KILL", "TYPE", "replica"]).unwrap();
        tier.remove_tagged("n", "t").await.unwrap();
        assert_eq!(get(&tier, "n", &name).await, None, "its tag was removed");
        tier.clear("n").await.unwrap();
        assert_eq!(get(&tier, "n", &name).await, None, "it was cleared");
        let name = name_at(&primary, &cluster, "n", 1).await;
        put(&tier, "n", TierEntry { key: key(&name), ..tagged }).await;
        assert_eq!(get(&primary, "n", &name).await, Some("1".into()));
        assert_eq!(get(&tier, "n", &name).await, None, "the replica has not heard of it");
        let wrong = Redis::builder("redis://h").read_from(ReadFrom::Replica).build();
        assert_eq!(wrong.unwrap_err().to_string(), "reading from replicas without a cluster");
    });
}

#[test]
fn users_runtimes_and_the_end() {
    let cluster = RedisCluster::start(&["--user", "app", "on", ">s3cret", "~*", "+@all"]);
    let hosts = cluster.url().split_off("redis+cluster://".len());
    let at = move |user: &str| format!("redis+cluster://{user}@{hosts}/");
    let tier = Redis::connect(&at("app:s3cret")).unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for i in 0..5 {
        runtime().block_on(async {
            put(&tier, "n", entry("k", i.to_string())).await;
            assert_eq!(get(&tier, "n", "k").await, Some(i.to_string().into()));
        });
    }
    let (idle, busy) = (runtime(), runtime());
    idle.block_on(put(&tier, "n", entry("k", "idle")));
    assert_eq!(busy.block_on(get(&tier, "n", "k")), Some("idle".into()));
    let fresh = Redis::connect(&at("app:s3cret")).unwrap();
    let outside = futures_util::future::FutureExt::now_or_never(fresh.get("n", &[]));
    assert_eq!(outside.unwrap().unwrap_err().kind(), TierErrorKind::Misconfigured);

    watchdog(async move {
        let wrong = Redis::connect(&at("app:hunter2")).unwrap();
        for _ in 0..3 {
            let error = failure(&wrong).await;
            assert_eq!(error.kind(), TierErrorKind::Misconfigured);
            silent(&error);
        }
        silent(&wrong);
        assert!(format!("{wrong:?}").contains("127.0.0.1"));

        // A node is no server of its own, and a server of its own is no cluster.
        let node = Redis::connect(&cluster.nodes()[0].url()).unwrap();
        let mut kinds = Vec::new();
        for i in 0..20 {
            kinds.extend(node.get(&i.to_string(), &[]).await.err().map(|error| error.kind()));
        }
        assert!(kinds.contains(&TierErrorKind::Misconfigured), "{kinds:?}");
        let alone = Server::redis(&[]);
        let address = format!("redis+cluster://127.0.0.1:{}", alone.port());
        let error = failure(&Redis::connect(&address).unwrap()).await;
        let what = format!("this redis is no cluster (127.0.0.1:{})", alone.port());
        assert_eq!(error.to_string(), what);

        // One node that can be reached is enough to find the others.
        let port = cluster.nodes()[5].port();
        let seeds = ["redis://127.0.0.1:1".to_owned(), format!("redis://127.0.0.1:{port}")];
        let tier = Redis::cluster(seeds).build().unwrap();
        assert_eq!(get(&tier, "n", "k").await, Some("idle".into()));
        recovers(&tier).await;
        for _ in 0..2 {
            tier.close().await.unwrap();
            assert_eq!(failure(&tier).await.kind(), TierErrorKind::Closed);
            assert_eq!(tier.clear("n").await.unwrap_err().kind(), TierErrorKind::Closed);
        }
    });
}

/// Somebody else asks which node has which slots, and never hears the answer.
#[test]
fn a_runtime_that_stands_still_holds_up_no_other() {
    let cluster = RedisCluster::behind_proxies();
    let tier = tier(&cluster);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (idle, busy) = (runtime(), runtime());
    let keys = [key("k")];
    let mut held = std::pin::pin!(tier.get("n", &keys));
    idle.block_on(async { assert!(futures_util::poll!(&mut held).is_pending()) });
    let patience = Duration::from_secs(5);
    let found = busy.block_on(async { tokio::time::timeout(patience, get(&tier, "n", "k")).await });
    assert_eq!(found.expect("it asks for itself"), None);
    assert_eq!(idle.block_on(held).unwrap().values, [None]);
}

#[test]
fn tls_to_every_node() {
    watchdog(async {
        let (bus, plain) = (free_port().to_string(), free_port().to_string());
        let options = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--port", &plain];
        let server = Server::redis_tls(&[&options[..], &["--tls-cluster", "yes"]].concat());
        let client = redis::Client::open(format!("redis://127.0.0.1:{plain}")).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut slots = redis::cmd("CLUSTER");
        slots.arg("ADDSLOTSRANGE").arg(0).arg(16_383);
        slots.query_async::<()>(&mut connection).await.unwrap();

        // The certificate is for `localhost` too; the node calls itself by its number.
        let address = format!("rediss+cluster://localhost:{}", server.port());
        let tier = Redis::builder(&address).ca_file(server.ca_file()).build().unwrap();
        recovers(&tier).await;
        put(&tier, "n", entry("k", "1")).await;
        assert_eq!(get(&tier, "n", "k").await, Some("1".into()));
        let stranger = Redis::connect(&address).unwrap();
        assert_eq!(failure(&stranger).await.kind(), TierErrorKind::Unavailable);
    });
}

/// Nothing that it shows is a password.
fn silent(shown: &impl std::fmt::Debug) {
    assert!(!format!("{shown:?} {shown:#?}").contains("hunter2"), "{shown:?}");
}

#[test]
fn addresses_that_are_none() {
    let wrong = [
        "redis+cluster://",
        "redis+cluster://a,,b",
        "redis+cluster://:hunter2@a:port,b",
        "redis+cluster://:hunter2@a/1",
        "redis+cluster://:hunter2@a/0/1",
        "redis+clusters://:hunter2@a",
        "redis+cluster:///var/run/redis.sock",
        "unix+cluster://a",
        "rediss+cluster://:hunter2@h/#insecure",
    ];
    for address in wrong {
        let Err(error) = Redis::connect(address) else { panic!("{address}") };
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        silent(&error);
        silent(&larder::tier::open(address).map(drop));
    }
    let lists: [&[&str]; 5] = [
        &[],
        &["redis://:hunter2@a", "redis://b"],
        &["redis://a", "rediss://a"],
        &["redis://:hunter2@a/1", "redis://:hunter2@b/1"],
        &["unix:///hunter2"],
    ];
    for list in lists {
        let error = Redis::cluster(list.iter().copied()).build().unwrap_err();
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        silent(&error);
        silent(&Redis::cluster(list.iter().copied()));
    }
    for right in ["redis+cluster://a:1,b/?read_from=replica", "rediss+cluster://u:p@a/0"] {
        larder::tier::open(right).unwrap();
    }
    for wrong in ["redis+cluster://a?read_from=both", "redis://a?read_from=replica"] {
        assert!(larder::tier::open(wrong).is_err());
    }
}
