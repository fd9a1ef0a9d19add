//! What every tier behind a network does when the network, the server or a caller does not do his part.

use super::promises::{entry, get, key, put};
use larder::tier::{Tier, TierError, TierErrorKind};
use larder_tests::{Fault, Proxy, Server};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub(crate) async fn failure(tier: &dyn Tier) -> TierError {
    tier.get("n", &[key("k")]).await.expect_err("a server that cannot be asked")
}

/// Waits until the tier works again; back-off may let some calls fail before.
pub(crate) async fn recovers(tier: &dyn Tier) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Err(error) = tier.get("n", &[key("k")]).await {
        assert!(Instant::now() < deadline, "{error}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Calls of many tasks are sent in few pieces.
pub(crate) async fn gets_travel_together(tier: Arc<impl Tier>, proxy: &Proxy) {
    // Each round trip takes a while, in which the calls that come must gather.
    proxy.set(Fault::Latency(Duration::from_millis(5), Duration::ZERO));
    proxy.reset();
    let gets = (0..64).map(|_| {
        let tier = Arc::clone(&tier);
        tokio::spawn(async move { get(&*tier, "n", "k").await })
    });
    for got in futures_util::future::join_all(gets).await {
        assert_eq!(got.unwrap(), Some("1".into()));
    }
    println!("64 gets travelled in {} pieces, {} bytes", proxy.writes(), proxy.bytes());
    assert!(proxy.writes() <= 24, "{}", proxy.writes());
    assert_eq!(proxy.connections(), 1);
}

/// The epoch of a namespace is known as long as nobody else begins another one. `proxy` is in front of `tier`.
pub(crate) async fn another_epoch_costs_one_round_trip(
    tier: &dyn Tier,
    other: &dyn Tier,
    proxy: &Proxy,
) {
    put(other, "n", entry("k", "1")).await;
    // In one process after the other: nothing is known, everything is, and the epoch is no longer the one that is known.
    for (clears, round_trips) in [(0, 2), (0, 1), (0, 1), (1, 2), (0, 1), (3, 2)] {
        for _ in 0..clears {
            other.clear("n").await.unwrap();
            put(other, "n", entry("k", "1")).await;
        }
        proxy.reset();
        assert_eq!(get(tier, "n", "k").await, Some("1".into()));
        assert_eq!(proxy.writes(), round_trips, "after {clears} clears");
    }
    // Its own it knows.
    tier.clear("n").await.unwrap();
    proxy.reset();
    assert_eq!(get(tier, "n", "k").await, None);
    assert_eq!(proxy.writes(), 1);
    // To remove is to ask and to remove, at the same time.
    proxy.reset();
    tier.remove("n", &[key("k")]).await.unwrap();
    assert!(proxy.writes() <= 2, "{}", proxy.writes());
}

/// A number that may have arrived or not is not sent again: another one is. `before` stands before each in what is sent.
pub(crate) async fn no_number_is_sent_twice(tier: &dyn Tier, proxy: &Proxy, before: &[u8]) {
    let mut most = 0;
    // Where it is cut after as much as a server says when a connection is made, and no more, neither the answer on the
    // connection that there is arrives nor that on a new one.
    for length in (1..400).step_by(8) {
        put(tier, "n", entry("k", "1")).await;
        proxy.reset();
        proxy.set(Fault::CutAfter(length));
        // It may succeed where the cut comes late, or fail before anything is sent.
        let _ = tier.clear("n").await;
        proxy.set(Fault::None);
        let sent = proxy.captured();
        let places = sent.windows(before.len()).enumerate().filter(|(_, bytes)| *bytes == before);
        let mut numbers: Vec<_> = places.map(|(at, _)| &sent[at + before.len()..][..8]).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count, "one was sent twice");
        most = most.max(count);
        recovers(tier).await;
    }
    assert!(most >= 2, "it was never tried again");
}

pub(crate) async fn a_server_that_went_and_came_back_is_found_again(
    tier: &dyn Tier,
    mut server: Server,
) {
    put(tier, "n", entry("k", "1")).await;
    // The broken connection is noticed by the call that would use it, which does not fail.
    server.restart();
    assert_eq!(get(tier, "n", "k").await, None);
    put(tier, "n", entry("k", "2")).await;
    assert_eq!(get(tier, "n", "k").await, Some("2".into()));
    server.kill();
    for _ in 0..50 {
        assert_eq!(failure(tier).await.kind(), TierErrorKind::Unavailable);
    }
    server.restart();
    recovers(tier).await;
}

/// Any fault of the network is an error in time, and over afterwards. What is stored is "value".
pub(crate) async fn faults_are_errors_in_time(tier: &dyn Tier, proxy: &Proxy, garbage: &[&[u8]]) {
    let mut faults: Vec<_> = garbage.iter().map(|bytes| Fault::Garbage(bytes.to_vec())).collect();
    faults.extend((0..64).map(Fault::CutAfter));
    faults.extend([Fault::HalfOpen, Fault::Down, Fault::Drip(Duration::from_millis(10))]);
    faults.push(Fault::Latency(Duration::from_millis(80), Duration::from_millis(20)));
    for fault in faults {
        for fresh in [false, true] {
            recovers(tier).await;
            proxy.set(fault.clone());
            if fresh {
                proxy.cut();
            }
            let begun = Instant::now();
            match tier.get("n", &[key("k")]).await {
                Ok(got) => {
                    assert!(got.values[0].as_ref().is_none_or(|v| v == "value"), "{fault:?}");
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            let took = begun.elapsed();
            assert!(took < Duration::from_millis(450), "{fault:?}: {took:?}");
            proxy.set(Fault::None);
        }
    }
    recovers(tier).await;
}

pub(crate) async fn a_call_that_is_dropped_leaves_the_tier_usable(tier: &dyn Tier, proxy: &Proxy) {
    for polls in 0..200 {
        let entries = [entry("k", polls.to_string())];
        let mut put = tier.put("n", &entries);
        for _ in 0..polls % 7 {
            if futures_util::poll!(&mut put).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    put(tier, "n", entry("k", "last")).await;
    assert_eq!(get(tier, "n", "k").await, Some("last".into()));
    assert_eq!(proxy.connections(), 1);
}
