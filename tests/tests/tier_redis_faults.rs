//! The tier in Redis behind a network that fails.

#[path = "tiers/promises.rs"]
#[expect(dead_code, reason = "the promises themselves are tested elsewhere")]
mod promises;

#[path = "tiers/network.rs"]
#[expect(dead_code, reason = "each part has one file that uses it")]
mod network;

use larder::tier::{Redis, Tier, TierEntry, TierErrorKind};
use larder_tests::{DeafServer, Fault, Proxy, Server, watchdog};
use network::{failure, recovers};
use promises::{entry, get, put};
use std::time::Duration;
use tokio::time::Instant;

#[test]
fn those_who_cannot_connect_leave_the_server_alone_for_a_while() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Redis::connect(&server.url_at(proxy.port())).unwrap();
        proxy.set(Fault::Down);
        let begun = Instant::now();
        let mut calls = 0;
        while begun.elapsed() < Duration::from_millis(700) {
            assert_eq!(failure(&tier).await.kind(), TierErrorKind::Unavailable);
            calls += 1;
            tokio::task::yield_now().await;
        }
        // 20, 40, 80, 160, 320 ms, or as little as half of each.
        let tried = proxy.connections();
        println!("{calls} calls, {tried} connections");
        assert!((3..=8).contains(&tried) && calls > 3 * tried, "{tried} of {calls}");
        proxy.set(Fault::None);
        recovers(&tier).await;
    });
}

#[test]
fn a_server_that_stands_still_is_given_up_in_time() {
    watchdog(async {
        let server = Server::redis(&[]);
        let tier = Redis::builder(server.url())
            .response_timeout(Duration::from_millis(100))
            .connect_timeout(Duration::from_millis(200))
            .build()
            .unwrap();
        put(&tier, "n", entry("k", "1")).await;
        server.stop();
        let begun = Instant::now();
        assert_eq!(failure(&tier).await.kind(), TierErrorKind::TimedOut);
        assert!(begun.elapsed() >= Duration::from_millis(100));
        assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
        let begun = Instant::now();
        assert_eq!(failure(&tier).await.kind(), TierErrorKind::TimedOut, "while connecting");
        assert!(begun.elapsed() < Duration::from_millis(350), "{:?}", begun.elapsed());
        server.cont();
        recovers(&tier).await;
        assert_eq!(get(&tier, "n", "k").await, Some("1".into()));
    });
}

#[test]
fn any_fault_of_the_network_is_an_error_in_time_and_over_afterwards() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Redis::builder(server.url_at(proxy.port()))
            .response_timeout(Duration::from_millis(50))
            .connect_timeout(Duration::from_millis(100))
            .build()
            .unwrap();
        put(&tier, "n", entry("k", "value")).await;
        let garbage: [&[u8]; 12] = [
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"\0\0\0\0",
            b"*-1\r\n",
            b"$5\r\nxx\r\n",
            b"+OK\r\n",
            b":7\r\n",
            b"*2\r\n$-1\r\n",
            b"*1\r\n$1\r\nx\r\n",
            b"*9999999999\r\n",
            b"*9223372036854775807\r\n",
            b"$9223372036854775807\r\n",
            b"-\r\n",
        ];
        network::faults_are_errors_in_time(&tier, &proxy, &garbage).await;
        assert_eq!(get(&tier, "n", "k").await, Some("value".into()));
    });
}

#[test]
fn a_connection_that_hangs_is_given_up_though_no_caller_waits_for_that() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Redis::builder(server.url_at(proxy.port()))
            .response_timeout(Duration::from_millis(100))
            .build()
            .unwrap();
        put(&tier, "n", entry("k", "1")).await;
        // Who leaves before the answer does no harm to a connection that answers.
        for _ in 0..10 {
            assert!(futures_util::poll!(tier.get("n", &[promises::key("k")])).is_pending());
        }
        put(&tier, "n", entry("k", "1")).await;
        assert_eq!(proxy.connections(), 1);
        proxy.set(Fault::HalfOpen);
        let deadline = Instant::now() + Duration::from_secs(10);
        while proxy.connections() == 1 {
            assert!(Instant::now() < deadline, "nobody has noticed");
            let patience = Duration::from_millis(10);
            let keys = [promises::key("k")];
            assert!(tokio::time::timeout(patience, tier.get("n", &keys)).await.is_err());
        }
        proxy.set(Fault::None);
        recovers(&tier).await;
    });
}

#[test]
fn a_call_that_is_dropped_leaves_the_tier_usable() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Redis::connect(&server.url_at(proxy.port())).unwrap();
        network::a_call_that_is_dropped_leaves_the_tier_usable(&tier, &proxy).await;
    });
}

#[test]
fn what_was_given_up_is_not_sent_later() {
    // As much as the kernel takes over from the client, and more than it gives to a server that does not read.
    const SIZE: usize = 2 << 20;
    let deaf = DeafServer::start(b"+OK\r\n+OK\r\n");
    let tier = Redis::builder(format!("redis://127.0.0.1:{}", deaf.port()))
        .response_timeout(Duration::from_millis(100))
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

/// A program has several servers, and is to be told which of them it is.
#[test]
fn errors_say_where() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let place = format!("(127.0.0.1:{})", proxy.port());
        let (user, kept) = ("app:hunter2@", [Fault::Down, Fault::HalfOpen]);
        for (number, fault) in kept.into_iter().enumerate() {
            proxy.set(fault);
            let address = format!("redis://{user}127.0.0.1:{}/{number}", proxy.port());
            let time_out = Duration::from_millis(50);
            let layer = larder::tier::open(&address).unwrap().time_out(time_out);
            let cache: larder::Cache<u64, u64> =
                larder::Cache::builder().name("lost").maxsize(10).tier(layer).build();
            for key in 0..2 {
                cache.get_with(key, async { 1 }).await;
                let error = cache.get_metrics().tiers[0].last_error.clone().expect("an error");
                assert_eq!(error.matches(&place).count(), 1, "{error}");
                assert!(!error.contains("hunter2"), "{error}");
            }
        }
    });
}
