//! The tier in Redis, with a real server.

#[path = "tiers/promises.rs"]
mod promises;

#[path = "tiers/network.rs"]
#[expect(dead_code, reason = "each part has one file that uses it")]
mod network;

use larder::testing::tiers::conformance;
use larder::tier::{Redis, Tier, TierEntry, TierErrorKind};
use larder_tests::{Proxy, Server, watchdog};
use network::{failure, recovers};
use promises::{entry, epoch, get, key, put};
use std::time::Duration;
use tokio::time::Instant;

fn tier(server: &Server) -> Redis {
    Redis::connect(&server.url()).unwrap()
}

/// A connection without larder.
async fn plain(server: &Server) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(server.url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

async fn command(server: &Server, words: &[&str]) -> redis::Value {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(&mut plain(server).await).await.unwrap()
}

/// All names on the server.
async fn names(server: &Server) -> Vec<String> {
    redis::cmd("KEYS").arg("*").query_async(&mut plain(server).await).await.unwrap()
}

#[test]
fn it_conforms() {
    watchdog(async {
        let server = Server::redis(&[]);
        conformance(|| tier(&server)).await;
    });
}

#[test]
fn two_processes_share_it() {
    watchdog(async {
        let server = Server::redis(&[]);
        promises::hold(&tier(&server), &tier(&server), 3 << 20).await;
    });
}

#[test]
fn what_is_written_has_a_lifetime_and_a_name_of_its_own() {
    watchdog(async {
        let server = Server::redis(&[]);
        let shop = Redis::builder(server.url())
            .prefix("sh:op")
            .max_lifetime(Duration::from_mins(1))
            .build()
            .unwrap();
        put(&shop, "a:b", entry("k", "1")).await;
        put(&shop, "a:b", TierEntry { tags: vec!["t".into()], ..entry("l", "1") }).await;
        let mut names = names(&server).await;
        names.sort();
        assert_eq!(names.len(), 4);
        assert_eq!(names[0], "sh%3aop:a%3ab:e");
        assert!(names[1].starts_with("sh%3aop:a%3ab:t:"));
        let number = epoch(&shop, "a:b").await.0;
        let values = ["k", "l"].map(|key| format!("sh%3aop:a%3ab:v:{number:x}:{key}"));
        assert_eq!(names[2..], values);
        for name in &names[1..] {
            let redis::Value::Int(left) = command(&server, &["PTTL", name]).await else { panic!() };
            assert!((50_000..=60_000).contains(&left), "{name}: {left}");
        }
        assert_eq!(command(&server, &["PTTL", &names[0]]).await, redis::Value::Int(-1));
        assert_eq!(get(&tier(&server), "a:b", "k").await, None, "another prefix");
    });
}

#[test]
fn what_the_server_forgets_never_comes_back() {
    watchdog(async {
        let server = Server::redis(&[]);
        let (one, two) = (tier(&server), tier(&server));
        let before = epoch(&one, "n").await;
        let tagged = TierEntry { tags: vec!["t".into()], ..entry("tagged", "1") };
        put(&one, "n", entry("k", "1")).await;
        put(&one, "n", tagged.clone()).await;
        one.clear("n").await.unwrap();
        command(&server, &["DEL", "larder:n:e"]).await;
        assert_eq!(get(&two, "n", "k").await, None);
        put(&one, "n", TierEntry { epoch: Some(before), ..entry("k", "late") }).await;
        put(&two, "n", entry("l", "2")).await;
        assert_eq!(get(&two, "n", "k").await, None);
        assert_eq!(get(&one, "n", "l").await, Some("2".into()));

        put(&one, "n", tagged).await;
        for name in names(&server).await.iter().filter(|name| name.contains(":t:")) {
            command(&server, &["DEL", name]).await;
        }
        assert_eq!(get(&one, "n", "tagged").await, None);

        let before = epoch(&one, "n").await;
        command(&server, &["FLUSHALL"]).await;
        put(&one, "n", TierEntry { epoch: Some(before), ..entry("k", "late") }).await;
        assert_eq!(get(&two, "n", "k").await, None);
        assert_ne!(epoch(&two, "n").await, before);
    });
}

#[test]
fn what_is_not_ours_is_not_there() {
    watchdog(async {
        let server = Server::redis(&[]);
        let tier = tier(&server);
        let number = epoch(&tier, "n").await.0;
        let name = |key: &str| format!("larder:n:v:{number:x}:{key}");
        command(&server, &["LPUSH", &name("list"), "x"]).await;
        command(&server, &["SET", &name("short"), "x"]).await;
        command(&server, &["SET", &name("long"), &"x".repeat(100)]).await;
        for name in ["list", "short", "long"] {
            assert_eq!(get(&tier, "n", name).await, None);
            put(&tier, "n", entry(name, "1")).await;
            assert_eq!(get(&tier, "n", name).await, Some("1".into()));
        }
        for taken in [["LPUSH", "larder:m:e", "x"], ["SET", "larder:m:e", "x"]] {
            command(&server, &["DEL", "larder:m:e"]).await;
            command(&server, &taken).await;
            put(&tier, "m", entry("k", "1")).await;
            assert_eq!(get(&tier, "m", "k").await, Some("1".into()));
        }
        command(&server, &["DEL", "larder:m:e"]).await;
        command(&server, &["LPUSH", "larder:m:e", "x"]).await;
        tier.clear("m").await.unwrap();
        assert_eq!(get(&tier, "m", "k").await, None);
    });
}

#[test]
fn a_get_is_one_round_trip_and_many_travel_together() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let tier = std::sync::Arc::new(Redis::connect(&server.url_at(proxy.port())).unwrap());
        put(&*tier, "n", entry("k", "1")).await;
        proxy.reset();
        let keys: Vec<_> = (0..300).map(|i| key(format!("k{i}"))).collect();
        tier.get("n", &keys).await.unwrap();
        assert_eq!(proxy.writes(), 1, "one command for all keys");

        network::gets_travel_together(tier, &proxy).await;
    });
}

#[test]
fn another_epoch_costs_one_round_trip() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let spied = Redis::connect(&server.url_at(proxy.port())).unwrap();
        // The connection is made before anything is counted.
        epoch(&spied, "elsewhere").await;
        network::another_epoch_costs_one_round_trip(&spied, &tier(&server), &proxy).await;
    });
}

#[test]
fn no_number_is_sent_twice() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Redis::connect(&server.url_at(proxy.port())).unwrap();
        network::no_number_is_sent_twice(&tier, &proxy, b"larder:n:e\r\n$8\r\n").await;
    });
}

#[test]
fn a_server_that_went_and_came_back_is_found_again() {
    watchdog(async {
        let server = Server::redis(&[]);
        let tier = tier(&server);
        network::a_server_that_went_and_came_back_is_found_again(&tier, server).await;
    });
}

#[test]
fn passwords_and_users() {
    watchdog(async {
        let server = Server::redis(&[
            "--requirepass",
            "o/p%n",
            "--user",
            "app",
            "on",
            ">s3cret",
            "~larder:*",
            "+@all",
        ]);
        let at = |user: &str| format!("redis://{user}@127.0.0.1:{}/0", server.port());
        for right in [":o%2Fp%25n", "default:o%2Fp%25n", "app:s3cret"] {
            let tier = Redis::connect(&at(right)).unwrap();
            put(&tier, "n", entry("k", "1")).await;
            assert_eq!(get(&tier, "n", "k").await, Some("1".into()));
        }
        for wrong in [":hunter2", "app:hunter2", "hunter2:hunter2"] {
            let tier = Redis::connect(&at(wrong)).unwrap();
            for _ in 0..3 {
                let error = failure(&tier).await;
                assert_eq!(error.kind(), TierErrorKind::Misconfigured);
                silent(&error);
            }
            silent(&tier);
            silent(&Redis::builder(at(wrong)));
        }
        assert_eq!(failure(&tier(&server)).await.kind(), TierErrorKind::Misconfigured);
        let elsewhere = Redis::builder(at("app:s3cret")).prefix("other").build().unwrap();
        assert_eq!(failure(&elsewhere).await.kind(), TierErrorKind::Refused);
    });
}

/// Nothing that it shows is a password.
fn silent(shown: &impl std::fmt::Debug) {
    assert!(!format!("{shown:?} {shown:#?}").contains("hunter2"), "{shown:?}");
}

#[test]
fn addresses_that_are_none() {
    let wrong = [
        "",
        "localhost",
        "http://localhost",
        "redis://",
        "redis://u:hunter2@h:port",
        "redis://u:hunter2@h:99999",
        "redis://:hunter2@h/db",
        "rediss://:hunter2@h/#insecure",
        "redis://h:6379/0/1?a=%",
        "unix://",
    ];
    for address in wrong {
        let Err(error) = Redis::connect(address) else { panic!("{address}") };
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        silent(&error);
        assert!(!error.to_string().contains('\n'));
    }
    let part = |address: &str| larder::tier::open(address).unwrap_err().to_string();
    assert!(
        part("redis://u:hunter2@127.0.0.1:abc/0").ends_with(": the port is no number up to 65535")
    );
    assert!(part("redis://[::1]:port").ends_with(": the port is no number up to 65535"));
    assert!(part("redis://h/abc").contains(": the database is no number, as in"));
    assert!(part("redis:127.0.0.1").contains(": `//` is missing, as in redis://"));
    assert!(part("redis://:6379").contains(": the host is missing, as in"));
    assert!(part("redis://:hun/ter2@h").ends_with(": / and ? in a password are %2F and %3F"));
    let missing = Redis::builder("rediss://h").ca_file("/nowhere/ca.pem").build();
    assert_eq!(missing.unwrap_err().to_string(), "the CA file cannot be read");
    assert!(Redis::builder("redis://h").ca_file("/dev/null").build().is_err());
    assert!(Redis::builder("rediss://h").ca_file("/dev/null").build().is_err());
}

#[test]
fn a_database_that_there_is_not() {
    watchdog(async {
        let server = Server::redis(&["--databases", "16"]);
        let tier = Redis::connect(&format!("redis://127.0.0.1:{}/99", server.port())).unwrap();
        let error = failure(&tier).await;
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        let what = "redis refuses the database: DB index is out of range";
        assert!(error.to_string().contains(what), "{error}");
    });
}

#[test]
fn names_can_be_found_as_the_page_says() {
    watchdog(async {
        let server = Server::redis(&[]);
        let users: larder::Cache<u64, u64> = larder::Cache::builder()
            .name("shop/app::users::find")
            .maxsize(10)
            .tier(tier(&server))
            .build();
        users.through().set(7, 49).await;
        let pattern = "larder:shop%2fapp%3a%3ausers%3a%3afind%40*";
        for (part, count) in [(":v:*", 1), (":e", 1), (":*", 2)] {
            let found = command(&server, &["KEYS", &format!("{pattern}{part}")]).await;
            assert_eq!(
                redis::from_redis_value::<Vec<String>>(found).unwrap().len(),
                count,
                "{part}"
            );
        }
        let number = names(&server).await.into_iter().find(|name| name.ends_with(":e")).unwrap();
        command(&server, &["DEL", &number]).await;
        users.set_maxsize(0);
        assert_eq!(users.through().get(&7).await, None, "without its number all of it is a miss");
    });
}

/// What can be read is read, and nobody leaves the server alone.
#[test]
fn a_command_that_is_missing_takes_no_other_along() {
    watchdog(async {
        let server = Server::redis(&["--rename-command", "UNLINK", ""]);
        let tier = tier(&server);
        put(&tier, "n", entry("k", "1")).await;
        let error = tier.remove("n", &[key("k")]).await.unwrap_err();
        assert_eq!(error.kind(), TierErrorKind::Unsupported);
        assert!(error.to_string().contains("does not know the command UNLINK"), "{error}");
        assert_eq!(get(&tier, "n", "k").await, Some("1".into()));
    });
}

#[test]
fn a_socket_in_a_folder() {
    watchdog(async {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("redis.sock");
        let options = ["--unixsocket", socket.to_str().unwrap(), "--requirepass", "s3%c+ret"];
        let _server = Server::redis(&options);
        for scheme in ["unix", "redis+unix"] {
            let address =
                format!("{scheme}://{}?pass=s3%25c+ret&db=3&prefix=sock", socket.display());
            let layer = larder::tier::open(&address).unwrap();
            put(&**layer.tier(), "n", entry("k", scheme)).await;
            assert_eq!(get(&**layer.tier(), "n", "k").await, Some(scheme.into()));
        }
        let wrong = format!("unix://{}?pass=hunter2", socket.display());
        let error = failure(&**larder::tier::open(&wrong).unwrap().tier()).await;
        assert_eq!(error.kind(), TierErrorKind::Misconfigured);
        silent(&error);
        assert!(larder::tier::open("redis://h?db=3").is_err(), "others have it in their path");
    });
}

#[test]
fn tls() {
    watchdog(async {
        let server = Server::redis_tls(&["--requirepass", "secret"]);
        let at = |host: &str| format!("rediss://:secret@{host}:{}", server.port());
        for host in ["127.0.0.1", "localhost"] {
            let tier = Redis::builder(at(host)).ca_file(server.ca_file()).build().unwrap();
            put(&tier, "n", entry("k", "1")).await;
            assert_eq!(get(&tier, "n", "k").await, Some("1".into()));
        }
        // Signed by somebody whom the system does not know.
        let stranger = Redis::connect(&at("127.0.0.1")).unwrap();
        assert_eq!(failure(&stranger).await.kind(), TierErrorKind::Unavailable);
        let plain = Redis::connect(&format!("redis://127.0.0.1:{}", server.port())).unwrap();
        assert!(failure(&plain).await.is_retryable());
    });
}

#[test]
fn a_full_server_refuses_and_recovers() {
    watchdog(async {
        let server = Server::redis(&["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"]);
        let tier = tier(&server);
        let value = vec![7; 100_000];
        let mut stored = 0;
        let error = loop {
            match tier.put("n", &[entry(format!("k{stored}"), value.clone())]).await {
                Ok(()) => stored += 1,
                Err(error) => break error,
            }
            assert!(stored < 100);
        };
        assert_eq!(error.kind(), TierErrorKind::Refused);
        assert_eq!(get(&tier, "n", "k0").await.map(|value| value.len()), Some(100_000));
        // A namespace that gets no number any more is empty, and no error.
        assert_eq!(get(&tier, "new", "k").await, None);
        tier.remove("n", &(0..stored).map(|i| key(format!("k{i}"))).collect::<Vec<_>>())
            .await
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while tier.put("n", &[entry("k", "1")]).await.is_err() {
            assert!(Instant::now() < deadline, "memory is given back in the background");
            tokio::task::yield_now().await;
        }
        assert_eq!(get(&tier, "n", "k").await, Some("1".into()));
    });
}

#[test]
fn what_a_server_refuses_at_the_door() {
    watchdog(async {
        let server = Server::redis(&["--maxclients", "1"]);
        let elsewhere = Redis::connect(&format!("{}/99", server.url())).unwrap();
        assert_eq!(failure(&elsewhere).await.kind(), TierErrorKind::Misconfigured);
        let held = plain(&server).await;
        let tier = tier(&server);
        assert_eq!(failure(&tier).await.kind(), TierErrorKind::Unavailable);
        drop(held);
        recovers(&tier).await;
    });
}

#[test]
fn a_replica_and_too_few_replicas() {
    watchdog(async {
        let server = Server::redis(&["--min-replicas-to-write", "1"]);
        let few = tier(&server);
        let error = few
            .put("n", &[TierEntry { epoch: Some(larder::tier::Epoch(1)), ..entry("k", "1") }])
            .await;
        assert_eq!(error.unwrap_err().kind(), TierErrorKind::Unavailable);
        command(&server, &["CONFIG", "SET", "min-replicas-to-write", "0"]).await;
        put(&few, "n", entry("k", "1")).await;
        command(&server, &["REPLICAOF", "127.0.0.1", "1"]).await;
        assert_eq!(get(&few, "n", "k").await, Some("1".into()), "reading goes on");
        let error = few.clear("n").await.unwrap_err();
        assert_eq!(error.kind(), TierErrorKind::Unavailable);
        command(&server, &["REPLICAOF", "NO", "ONE"]).await;
        few.clear("n").await.unwrap();
    });
}

#[test]
fn runtimes_one_after_the_other_and_side_by_side() {
    let server = Server::redis(&[]);
    let proxy = Proxy::before(server.port());
    let tier = Redis::connect(&server.url_at(proxy.port())).unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for i in 0..20 {
        runtime().block_on(async {
            put(&tier, "n", entry("k", i.to_string())).await;
            assert_eq!(get(&tier, "n", "k").await, Some(i.to_string().into()));
        });
    }
    assert_eq!(proxy.connections(), 20);
    // One that nobody drives keeps its connection, and does not hold up others.
    let (idle, busy) = (runtime(), runtime());
    idle.block_on(put(&tier, "n", entry("k", "idle")));
    assert_eq!(busy.block_on(get(&tier, "n", "k")), Some("idle".into()));
    assert_eq!(idle.block_on(get(&tier, "n", "k")), Some("idle".into()));
    assert_eq!(proxy.connections(), 22);

    let outside = futures_util::future::FutureExt::now_or_never(tier.get("n", &[]));
    assert_eq!(outside.unwrap().unwrap_err().kind(), TierErrorKind::Misconfigured);
}

#[test]
fn closed_is_closed() {
    watchdog(async {
        let server = Server::redis(&[]);
        let tier = tier(&server);
        put(&tier, "n", entry("k", "1")).await;
        for _ in 0..2 {
            tier.close().await.unwrap();
            assert_eq!(failure(&tier).await.kind(), TierErrorKind::Closed);
            assert_eq!(tier.clear("n").await.unwrap_err().kind(), TierErrorKind::Closed);
        }
    });
}

/// With a `&` in it, a part of a password looks like another setting.
#[test]
fn a_part_of_a_password_is_not_told() {
    for address in ["unix:///s?pass=a&secret", "unix:///s?pass=a&secret=1"] {
        let error = larder::tier::open(address).unwrap_err().to_string();
        assert!(!error.contains("secret") && error.contains("%26"), "{error}");
    }
    let error = larder::tier::open("unix:///s?colour=red").unwrap_err().to_string();
    assert!(error.contains("`colour`"), "{error}");
}
