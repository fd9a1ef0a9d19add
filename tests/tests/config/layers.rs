//! Each setting of a tier.

use super::{LOADS, alone, apply, disk, forget, metrics, probe, text};
use larder::prelude::*;
use larder::{BreakerState, Served};
use larder_tests::Mood;
use std::time::Duration;
use tokio::time::{Instant, advance};

#[tokio::test]
async fn disk_and_remote() {
    let _alone = alone().await;
    let (upper, lower) = (probe("upper"), probe("lower"));
    apply(
        r#"
        disk = { address = "probe:upper" }
        remote = { address = "probe:lower" }
        "#,
    );
    text(3).await;
    assert_eq!((upper.len(), lower.len()), (1, 1));
    // What is left out stays.
    apply(r#"remote = { address = "probe:lower", write = "off" }"#);
    text(4).await;
    assert_eq!((upper.len(), lower.len()), (2, 1));
    apply(r#"disk = { address = "probe:upper", enabled = false }"#);
    text(5).await;
    assert_eq!((upper.len(), lower.len()), (2, 1));
}

#[tokio::test]
async fn an_address_may_stand_alone() {
    let _alone = alone().await;
    let tier = probe("alone");
    apply(r#"remote = "probe:alone?write=behind""#);
    text(3).await;
    text.cache().flush().await.expect("told");
    assert_eq!(tier.len(), 1);

    let read = |file| serde_json::from_str::<larder::Config>(file);
    let config = read(r#"{ "disk": null, "remote": "redis://h/0" }"#).expect("both are known");
    assert_eq!(config.disk, None);
    assert_eq!(config.remote.expect("a tier").address, "redis://h/0");
    let error = read("{\n  \"remote\": 7\n}").expect_err("a number is neither").to_string();
    let what = "invalid type: integer `7`, expected the address of a tier, or its settings with an \
                `address` among them at line 2";
    assert!(error.starts_with(what), "{error}");
    let error = read(r#"{ "remote": { "adress": "x" } }"#).expect_err("misspelt").to_string();
    assert!(error.starts_with("unknown field `adress`, expected one of `address`"), "{error}");
    assert!(error.contains("line 1"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn ttl() {
    let _alone = alone().await;
    disk("ttl", r#"ttl = "1h30m""#);
    text(3).await;
    advance(Duration::from_mins(80)).await;
    assert!(matches!(text(3).traced().await.1, Served::Hit { tier: "map", .. }));
    advance(Duration::from_mins(11)).await;
    assert!(matches!(text(3).traced().await.1, Served::Loaded { .. }));
}

#[tokio::test]
async fn name() {
    let _alone = alone().await;
    disk("name", r#"name = "near""#);
    assert_eq!(metrics().tier, "near");
}

#[tokio::test]
async fn time_out() {
    let _alone = alone().await;
    let tier = disk("time_out", r#"time_out = "10ms""#);
    tier.set_mood(Mood::Silent);
    let begun = Instant::now();
    text(3).await;
    assert!(begun.elapsed() < Duration::from_millis(400), "{:?}", begun.elapsed());
    assert_eq!(metrics().time_outs, 1);
    tier.set_mood(Mood::Well);
}

#[tokio::test]
async fn write() {
    let _alone = alone().await;
    let tier = disk("write", r#"write = "through""#);
    text(1).await;
    assert_eq!(tier.len(), 1);
    disk("write", r#"write = "behind""#);
    text(2).await;
    assert_eq!((tier.len(), metrics().pending), (1, 1));
    text.cache().flush().await.expect("told");
    assert_eq!(tier.len(), 2);
    disk("write", r#"write = "off""#);
    text(3).await;
    assert_eq!(tier.len(), 2);
    forget();
    text(1).await;
    assert_eq!(LOADS.get(), 3, "it is read");
}

#[tokio::test]
async fn read() {
    let _alone = alone().await;
    for (setting, loads) in [("read = true", 1), ("read = false", 2)] {
        disk("read", setting);
        text(3).await;
        forget();
        assert_eq!(LOADS.get(), loads, "{setting}");
    }
}

#[tokio::test]
async fn enabled() {
    let _alone = alone().await;
    let tier = disk("enabled", "enabled = false");
    text(3).await;
    assert!(tier.take_calls().is_empty() && text.get_metrics().tiers.is_empty());
    forget();
    disk("enabled", "enabled = true");
    text(3).await;
    assert_eq!(tier.len(), 1);
}

#[tokio::test]
async fn max_value() {
    let _alone = alone().await;
    let tier = disk("max_value", r#"max_value = "1KiB""#);
    text(1_100).await;
    assert_eq!((tier.len(), metrics().dropped), (0, 1));
    text(100).await;
    assert_eq!(tier.len(), 1);
    disk("max_value", "max_value = 2048");
    forget();
    text(1_100).await;
    assert_eq!(tier.len(), 2);
}

#[tokio::test]
async fn queue() {
    let _alone = alone().await;
    let tier = disk("queue", "queue = 2\nwrite = \"behind\"");
    for n in 1..=5 {
        text(n).await;
    }
    assert_eq!(metrics().dropped, 3);
    text.cache().flush().await.expect("told");
    assert_eq!(tier.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_breaker() {
    let _alone = alone().await;
    let settings = r#"
        breaker_failures = 2
        breaker_open_for = "70s"
        breaker_probes = 3
        retries = 0
        write = "off"
        "#;
    let tier = disk("breaker", settings);
    tier.set_mood(Mood::Failing);
    text(1).await;
    assert_eq!(metrics().breaker, BreakerState::Closed);
    text(2).await;
    assert_eq!(metrics().breaker, BreakerState::Open);
    advance(Duration::from_secs(69)).await;
    assert_eq!(metrics().breaker, BreakerState::Open);
    advance(Duration::from_secs(2)).await;
    assert_eq!(metrics().breaker, BreakerState::HalfOpen);

    tier.set_mood(Mood::Silent);
    tier.take_calls();
    let calls: Vec<_> = (10..20).map(|n| tokio::spawn(async move { text(n).await })).collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(tier.take_calls(), ["get 1", "get 1", "get 1"]);
    tier.set_mood(Mood::Well);
    for call in calls {
        call.await.expect("no panic");
    }
    assert_eq!(metrics().breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn retries_and_the_pause_before_them() {
    let _alone = alone().await;
    let tier = disk("retries", "retries = 2\nretry_pause = 60\nwrite = \"off\"");
    tier.set_mood(Mood::Failing);
    let begun = Instant::now();
    text(3).await;
    assert_eq!(tier.take_calls(), ["get 1", "get 1", "get 1"]);
    // A minute and two, give or take a half of each.
    let took = begun.elapsed();
    assert!((Duration::from_secs(90)..Duration::from_secs(271)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn what_is_set_goes_before_what_the_address_says() {
    let _alone = alone().await;
    let tier = probe("address");
    apply(r#"disk.address = "probe:address?write=off&max_value=2000""#);
    text(100).await;
    assert!(tier.is_empty());
    apply(r#"disk = { address = "probe:address?write=off&max_value=2000", write = "through" }"#);
    text(101).await;
    text(2_000).await;
    assert_eq!(tier.len(), 1);
}

#[tokio::test]
async fn applied_again_it_forgets_nothing_that_is_owed() {
    let _alone = alone().await;
    let tier =
        disk("again", "write = \"behind\"\ncodec = \"json\"\nretries = 0\nbreaker_failures = 0");
    text(1).await;
    assert_eq!(metrics().pending, 1);
    // It cannot be told, and then it is to be told in another way.
    tier.set_mood(Mood::Failing);
    text.cache().flush().await.expect_err("it fails");
    let before = metrics();
    disk("again", "write = \"through\"\ncodec = \"json\"\nretries = 0\ntime_out = \"9s\"");
    assert_eq!((metrics().pending, metrics().misses), (1, before.misses));
    assert!(metrics().failed_changes > 0);
    tier.set_mood(Mood::Well);
    text.cache().flush().await.expect("told");
    assert_eq!(metrics().pending, 0);
    text(3).await;
    assert_eq!(tier.len(), 1);
}
