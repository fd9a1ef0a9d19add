//! The tier in memcached, with a real server.

#[path = "tiers/promises.rs"]
mod promises;

#[path = "tiers/network.rs"]
mod network;

use larder::testing::tiers::conformance;
use larder::tier::{Deadline, Memcached, Tier, TierEntry, TierErrorKind};
use larder_tests::{DeafServer, Fault, Proxy, Server, watchdog};
use network::{failure, recovers};
use promises::{entry, epoch, get, key, put};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

fn tier(server: &Server) -> Memcached {
    Memcached::connect(&server.url()).unwrap()
}

fn impatient(server: &Server, port: u16) -> Memcached {
    Memcached::builder(server.url_at(port))
        .response_timeout(Duration::from_millis(50))
        .connect_timeout(Duration::from_millis(100))
        .build()
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "deadlines are moments of the wall clock")]
fn after(lifetime: Duration) -> Deadline {
    Deadline::after(SystemTime::now(), lifetime)
}

/// What the server says to this, until a line ends with `end`.
async fn say(server: &Server, words: &str, end: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    while !said.ends_with(format!("{end}\r\n").as_bytes()) {
        assert_ne!(stream.read_buf(&mut said).await.unwrap(), 0);
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn it_conforms() {
    watchdog(async {
        let server = Server::memcached(&[]);
        conformance(|| tier(&server)).await;
    });
}

#[test]
fn two_processes_share_it() {
    watchdog(async {
        let server = Server::memcached(&[]);
        promises::hold(&tier(&server), &tier(&server), 1_000_000).await;
    });
}

#[test]
fn what_is_too_large_is_refused_and_nothing_older_stays() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let small = Memcached::connect(&server.url_at(proxy.port())).unwrap();
        put(&small, "n", entry("k", "old")).await;
        proxy.reset();
        let entries = [entry("k", vec![7; 1_000_001]), entry("l", "1")];
        let error = small.put("n", &entries).await.unwrap_err();
        assert_eq!(error.kind(), TierErrorKind::Refused);
        assert!(proxy.bytes() < 1000, "it was not sent");
        assert_eq!(get(&small, "n", "k").await, None);
        assert_eq!(get(&small, "n", "l").await, Some("1".into()));

        // The server has the last word.
        let large = Memcached::builder(server.url()).max_value(2 << 20).build().unwrap();
        put(&large, "n", entry("k", "old")).await;
        let error = large.put("n", &[entry("k", vec![7; 3 << 19])]).await.unwrap_err();
        assert_eq!(error.kind(), TierErrorKind::Refused);
        assert_eq!(get(&large, "n", "k").await, None);
        assert_eq!(get(&large, "n", "l").await, Some("1".into()));

        let tags = (0..256).map(|i| i.to_string()).collect();
        let error = large.put("n", &[TierEntry { tags, ..entry("l", "2") }]).await.unwrap_err();
        assert_eq!(error.kind(), TierErrorKind::Refused);
        assert_eq!(get(&large, "n", "l").await, None);
    });
}

#[test]
fn what_the_server_forgets_never_comes_back() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let (one, two) = (tier(&server), tier(&server));
        let proxy = Proxy::before(server.port());
        let before = epoch(&one, "n").await;
        put(&one, "n", entry("k", "1")).await;
        // What the number of the namespace is called is seen on the way.
        let spied = Memcached::connect(&server.url_at(proxy.port())).unwrap();
        epoch(&spied, "n").await;
        let asked = String::from_utf8(proxy.captured()).unwrap();
        let name = asked.lines().find_map(|line| line.strip_prefix("get ")).unwrap();
        assert!(name.len() <= 250 && name.starts_with("larder:e:"), "{name}");

        one.clear("n").await.unwrap();
        say(&server, &format!("delete {name}\r\n"), "DELETED").await;
        assert_eq!(get(&two, "n", "k").await, None);
        put(&one, "n", TierEntry { epoch: Some(before), ..entry("k", "late") }).await;
        assert_eq!(get(&two, "n", "k").await, None);
        put(&one, "n", entry("k", "2")).await;
        assert_eq!(get(&two, "n", "k").await, Some("2".into()));

        // Something else under its name.
        say(&server, &format!("set {name} 0 0 3\r\nxyz\r\n"), "STORED").await;
        assert_eq!(get(&two, "n", "k").await, None);
        put(&one, "n", entry("k", "3")).await;
        assert_eq!(get(&two, "n", "k").await, Some("3".into()));

        let before = epoch(&one, "n").await;
        say(&server, "flush_all\r\n", "OK").await;
        put(&one, "n", TierEntry { epoch: Some(before), ..entry("k", "late") }).await;
        assert_eq!(get(&two, "n", "k").await, None);
    });
}

#[test]
fn names_are_short_and_lifetimes_are_given_to_the_server() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Memcached::builder(server.url_at(proxy.port()))
            .prefix("p".repeat(150))
            .build()
            .unwrap();
        let long_name = "n\r\n ".repeat(1000);
        epoch(&tier, &long_name).await;
        proxy.reset();
        for lifetime in [Duration::from_millis(10), Duration::from_hours(24 * 60)] {
            let deadline = Some(after(lifetime));
            let epoch = Some(larder::tier::Epoch(1));
            put(&tier, &long_name, TierEntry { deadline, epoch, ..entry([7; 65], "1") }).await;
        }
        let said = proxy.captured();
        let sets: Vec<_> = String::from_utf8_lossy(&said)
            .lines()
            .filter(|line| line.starts_with("set "))
            .map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert_eq!(sets.len(), 2);
        assert!(sets.iter().all(|set| set[1].len() <= 250));
        assert_eq!(sets[0][3], "2", "no more than a second too long, for the server");
        assert!(sets[1][3].parse::<u64>().unwrap() <= 30 * 24 * 3600 + 2_000_000_000);
    });
}

#[test]
fn a_get_is_one_round_trip_and_many_travel_together() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Arc::new(Memcached::connect(&server.url_at(proxy.port())).unwrap());
        put(&*tier, "n", entry("k", "1")).await;
        proxy.reset();
        let keys: Vec<_> = (0..300).map(|i| key(format!("k{i}"))).collect();
        tier.get("n", &keys).await.unwrap();
        assert_eq!(proxy.writes(), 1, "one round trip for all keys");

        network::gets_travel_together(tier, &proxy).await;
    });
}

#[test]
fn another_epoch_costs_one_round_trip() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let spied = Memcached::connect(&server.url_at(proxy.port())).unwrap();
        // The connection is made before anything is counted.
        epoch(&spied, "elsewhere").await;
        network::another_epoch_costs_one_round_trip(&spied, &tier(&server), &proxy).await;
    });
}

#[test]
fn no_number_is_sent_twice() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Memcached::connect(&server.url_at(proxy.port())).unwrap();
        network::no_number_is_sent_twice(&tier, &proxy, b" 0 0 8\r\n").await;
    });
}

#[test]
fn a_server_that_went_and_came_back_is_found_again() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let tier = tier(&server);
        network::a_server_that_went_and_came_back_is_found_again(&tier, server).await;
    });
}

#[test]
fn those_who_cannot_connect_leave_the_server_alone_for_a_while() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let tier = impatient(&server, proxy.port());
        proxy.set(Fault::Down);
        let begun = Instant::now();
        let mut calls = 0;
        while begun.elapsed() < Duration::from_millis(700) {
            assert_eq!(failure(&tier).await.kind(), TierErrorKind::Unavailable);
            calls += 1;
            tokio::task::yield_now().await;
        }
        let tried = proxy.connections();
        assert!((3..=8).contains(&tried) && calls > 3 * tried, "{tried} of {calls}");
        proxy.set(Fault::None);
        recovers(&tier).await;
    });
}

#[test]
fn what_was_given_up_is_not_sent_later() {
    // As much as the kernel takes over from the client, and more than it gives to a server that does not read.
    const SIZE: usize = 2 << 20;
    let deaf = DeafServer::start(b"VERSION 1\r\n");
    let tier = Memcached::builder(format!("memcached://127.0.0.1:{}", deaf.port()))
        .response_timeout(Duration::from_millis(100))
        .max_value(100 << 20)
        .build()
        .unwrap();
    let epoch = Some(larder::tier::Epoch(1));
    let entries = [TierEntry { epoch, ..entry("k", vec![7; SIZE]) }];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(tier.put("n", &entries)).unwrap_err();
    assert_eq!(error.kind(), TierErrorKind::TimedOut);
    // With it the connection is closed for certain.
    drop(runtime);
    assert!(deaf.hears() < SIZE, "the rest was sent afterwards");
}

#[test]
fn a_server_that_stands_still_is_given_up_in_time() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let tier = impatient(&server, server.port());
        put(&tier, "n", entry("k", "1")).await;
        server.stop();
        for _ in 0..3 {
            let begun = Instant::now();
            assert_eq!(failure(&tier).await.kind(), TierErrorKind::TimedOut);
            assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
        }
        server.cont();
        recovers(&tier).await;
        assert_eq!(get(&tier, "n", "k").await, Some("1".into()));
    });
}

#[test]
fn a_full_server_forgets_or_refuses() {
    watchdog(async {
        // Little memory, and no eviction.
        let server = Server::memcached(&["-m", "8", "-M"]);
        let tier = tier(&server);
        let mut stored = 0;
        let error = loop {
            match tier.put("n", &[entry(format!("k{stored}"), vec![7; 100_000])]).await {
                Ok(()) => stored += 1,
                Err(error) => break error,
            }
            assert!(stored < 2000);
        };
        assert_eq!(error.kind(), TierErrorKind::Refused);
        let all: Vec<_> = (0..stored).map(|i| key(format!("k{i}"))).collect();
        tier.remove("n", &all).await.unwrap();
        put(&tier, "n", entry("k", vec![7; 100_000])).await;
        assert!(get(&tier, "n", "k").await.is_some());
    });
}

#[test]
fn any_fault_of_the_network_is_an_error_in_time_and_over_afterwards() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let tier = impatient(&server, proxy.port());
        put(&tier, "n", entry("k", "value")).await;
        let garbage: [&[u8]; 10] = [
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"\0\0\0\0",
            b"END\r\nEND\r\n",
            b"STORED\r\n",
            b"ERROR\r\nERROR\r\n",
            b"SERVER_ERROR out of memory\r\n",
            b"VALUE larder:v:x 0 3\r\nabc\r\nEND\r\n",
            b"VALUE x 0 99999999999999999999\r\n",
            b"VALUE x 0 100000000\r\n",
            b"VALUE x 0 1\r\nabc\r\nEND\r\n",
        ];
        network::faults_are_errors_in_time(&tier, &proxy, &garbage).await;
        put(&tier, "n", entry("k", "value")).await;
        assert_eq!(get(&tier, "n", "k").await, Some("value".into()));
    });
}

#[test]
fn what_nobody_asked_for_is_no_answer() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let tier = impatient(&server, proxy.port());
        put(&tier, "n", entry("k", "1")).await;
        let epoch = Some(epoch(&tier, "n").await);
        // One answer too many: it says that something else was done.
        proxy.set(Fault::Garbage(b"STORED\r\nSTORED\r\n".to_vec()));
        put(&tier, "n", TierEntry { epoch, ..entry("l", "2") }).await;
        proxy.set(Fault::None);
        assert_eq!(get(&tier, "n", "l").await, Some("2".into()));
        assert_eq!(proxy.connections(), 2, "the connection was given up");
    });
}

#[test]
fn runtimes_one_after_the_other_and_side_by_side() {
    let server = Server::memcached(&[]);
    let proxy = Proxy::before(server.port());
    let tier = Memcached::connect(&server.url_at(proxy.port())).unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for i in 0..20 {
        runtime().block_on(async {
            put(&tier, "n", entry("k", i.to_string())).await;
            assert_eq!(get(&tier, "n", "k").await, Some(i.to_string().into()));
        });
    }
    let (idle, busy) = (runtime(), runtime());
    idle.block_on(put(&tier, "n", entry("k", "idle")));
    assert_eq!(busy.block_on(get(&tier, "n", "k")), Some("idle".into()));
    assert_eq!(idle.block_on(get(&tier, "n", "k")), Some("idle".into()));
    assert_eq!(proxy.connections(), 22);
    let outside = futures_util::future::FutureExt::now_or_never(tier.get("n", &[]));
    assert_eq!(outside.unwrap().unwrap_err().kind(), TierErrorKind::Misconfigured);
}

#[test]
fn a_call_that_is_dropped_leaves_the_tier_usable() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Memcached::connect(&server.url_at(proxy.port())).unwrap();
        network::a_call_that_is_dropped_leaves_the_tier_usable(&tier, &proxy).await;
    });
}

#[test]
fn closed_is_closed() {
    watchdog(async {
        let server = Server::memcached(&[]);
        let tier = tier(&server);
        put(&tier, "n", entry("k", "1")).await;
        for _ in 0..2 {
            tier.close().await.unwrap();
            assert_eq!(failure(&tier).await.kind(), TierErrorKind::Closed);
        }
    });
}
