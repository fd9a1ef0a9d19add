//! What is wrong is said, all of it, and changes nothing.

use super::{alone, apply, disk, probe, text};
use larder::Config;
use larder::config::{FunctionConfig, LayerConfig};
use larder::prelude::*;
use std::time::Duration;

fn wrong(text: &str) -> Vec<String> {
    let config: Config = toml::from_str(text).expect("it is known");
    config.apply().expect_err("it is wrong").problems().to_vec()
}

#[tokio::test]
async fn all_problems_are_told_and_nothing_is_changed() {
    let _alone = alone().await;
    let tier = disk("problems", "");
    let other = probe("problems-other");
    let problems = wrong(
        r#"
        prefix = "never"
        enabled = false
        [disk]
        address = "probe:problems-other"
        [remote]
        address = "rabbit://hole"
        codec = "morse"
        encrypt = "1:0000"
        sign = "secret"
        queue = 0
        breaker_probes = 0
        time_out = 0
        [functions."config::txt"]
        maxsize = 1
        [functions."config::text"]
        maxsize = 1
        "#,
    );
    let has = |part: &str| problems.iter().filter(|problem| problem.contains(part)).count();
    assert_eq!(problems.len(), 8, "{problems:#?}");
    assert_eq!(has("`remote`"), 7, "{problems:#?}");
    assert_eq!(has("no scheme `rabbit:`"), 1);
    assert_eq!(
        has("`codec` is `morse`, and has to be one of cbor, json, messagepack, postcard"),
        1
    );
    assert_eq!(has("`encrypt` is wrong: key 1 is not 64 hexadecimal digits"), 1);
    assert_eq!(has("`sign` adds nothing to `encrypt`"), 1);
    assert_eq!(has("`queue` has to be at least 1"), 1);
    assert_eq!(has("`breaker_probes` has to be at least 1"), 1);
    assert_eq!(has("`time_out` is zero"), 1);
    assert_eq!(
        has("there is no memoized function `config::txt`; the nearest is `config::text`"),
        1
    );
    assert!(!problems.concat().contains("secret"));

    text(3).await;
    assert_eq!((tier.len(), other.len(), text.cache().maxsize()), (1, 0, Some(1024)));
    assert!(!tier.namespaces()[0].starts_with("never"));
}

#[tokio::test]
async fn a_tier_needs_an_address() {
    let _alone = alone().await;
    assert_eq!(wrong("[disk]\nttl = 5"), ["`disk`: there is no `address`"]);
    let sign = wrong("[disk]\naddress = \"memory:x\"\nsign = \"my own secret\"");
    assert_eq!(sign, ["`disk`: `sign` is wrong: a key has no number: it is NUMBER:HEX"]);
}

#[tokio::test]
async fn zero_is_no_lifetime() {
    let _alone = alone().await;
    let problems = wrong(
        r#"
        disk = { address = "memory:x", ttl = "0s" }
        functions."config::text".ttl = 0
        "#,
    );
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(problems[0].starts_with("`disk`: `ttl` is zero, so nothing is stored there: leave it"));
    let what = "is zero, so nothing is stored: leave it out, or write `enabled = false`";
    assert_eq!(problems[1], format!("`config::text`: `ttl` {what}"));
}

#[test]
fn what_is_unknown_or_makes_no_sense_cannot_be_read() {
    let wrong = |text: &str| toml::from_str::<Config>(text).expect_err("it is wrong").to_string();
    assert!(wrong("colour = 1").contains("unknown field `colour`, expected one of `prefix`"));
    assert!(wrong("disk.tll = 1").contains("unknown field `tll`, expected one of `address`"));
    assert!(wrong("functions.f.size = 1").contains("unknown field `size`, expected one of `max"));
    assert!(wrong("disk.write = \"perhaps\"").contains("expected one of `through`, `behind`"));
    assert!(wrong("disk.ttl = \"soon\"").contains("a length of time such as `50ms`"));
    assert!(wrong("disk.ttl = -1").contains("a length of time such as `50ms`"));
    assert!(wrong("disk.max_value = \"much\"").contains("a number of bytes such as `4096`"));
    assert!(wrong("disk.queue = -1").contains("-1"));
    assert!(wrong("disk.read = \"yes\"").contains("expected a boolean"));
}

fn full() -> Config {
    let mut layer = LayerConfig::default();
    layer.address = String::from("redis://ada:p4ss@host/0?prefix=hush");
    layer.ttl = Some(Duration::from_millis(90_061_001));
    layer.time_out = Some(Duration::from_nanos(1));
    layer.write = Some(larder::tier::Write::Behind);
    layer.read = Some(true);
    layer.enabled = Some(false);
    layer.max_value = Some(1 << 40);
    layer.queue = Some(7);
    layer.breaker_failures = Some(1);
    layer.breaker_open_for = Some(Duration::ZERO);
    layer.breaker_probes = Some(3);
    layer.retries = Some(4);
    layer.retry_pause = Some(Duration::from_secs(1));
    layer.codec = Some("json".to_owned());
    layer.compress_above = Some(5);
    layer.encrypt = Some("1:hush".into());
    layer.sign = Some("2:hush".into());
    let mut function = FunctionConfig::default();
    function.maxsize = Some(9);
    function.ttl = Some(Duration::from_mins(1));
    function.enabled = Some(true);
    let mut config = Config::default();
    config.prefix = Some("shop-".to_owned());
    config.enabled = Some(true);
    config.disk = Some(layer.clone());
    config.remote = Some(layer);
    config.functions.insert("app::f".to_owned(), function);
    config
}

#[test]
fn what_is_written_is_read_again() {
    let json = serde_json::to_string(&full()).expect("JSON");
    assert_eq!(serde_json::from_str::<Config>(&json).expect("ours"), full());
    let toml = toml::to_string(&full()).expect("TOML");
    assert_eq!(toml::from_str::<Config>(&toml).expect("ours"), full());
    assert_eq!(serde_json::to_string(&Config::default()).expect("JSON"), "{}");
}

#[test]
fn no_secret_is_shown() {
    let shown = format!("{:?}", full());
    for secret in ["ada", "p4ss", "hush"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("redis://..@host/0") && shown.contains("sign: Secret(..)"), "{shown}");
}

#[tokio::test]
async fn nothing_set_changes_nothing() {
    let _alone = alone().await;
    let tier = disk("nothing", "");
    apply("");
    text(3).await;
    assert_eq!(tier.len(), 1);
}
