//! The environment.

use super::probe;
use larder::Config;
use std::process::Command;
use std::time::Duration;

fn vars(vars: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_vars(vars).map_err(|error| error.problems().to_vec())
}

/// What stands for each field of a tier.
const LAYER: [(&str, &str); 17] = [
    ("name", "near"),
    ("ttl", "1h30m"),
    ("time_out", "0.5"),
    ("write", "behind"),
    ("read", "false"),
    ("enabled", "true"),
    ("max_value", "64MiB"),
    ("queue", "7"),
    ("breaker_failures", "8"),
    ("breaker_open_for", "9s"),
    ("breaker_probes", "10"),
    ("retries", "11"),
    ("retry_pause", "12"),
    ("codec", "json"),
    ("compress_above", "13"),
    ("encrypt", "1:00"),
    ("sign", "2:00"),
];

#[test]
fn every_setting_has_its_variable() {
    for role in ["disk", "remote"] {
        let name = |field: &str| format!("LARDER_{}_{}", role.to_uppercase(), field.to_uppercase());
        let mut all = vec![(format!("LARDER_{}", role.to_uppercase()), "memory:x".to_owned())];
        all.extend(LAYER.map(|(field, value)| (name(field), value.to_owned())));
        let config = Config::from_vars(all).expect("all are known");
        let set = serde_json::to_value(config).expect("JSON");
        let mut set: Vec<_> = set[role].as_object().expect("a tier").keys().cloned().collect();

        let unknown = format!("{role}.unknown = 1");
        let message = toml::from_str::<Config>(&unknown).expect_err("unknown").to_string();
        let known = message.split_once("expected one of").expect("all of them").1;
        let mut known: Vec<_> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        set.sort();
        known.sort();
        assert_eq!(set, known);
    }
}

#[test]
fn values_are_read() {
    let config = vars(&[
        ("LARDER_PREFIX", "shop-"),
        ("LARDER_ENABLED", "false"),
        ("LARDER_DISK", "memory:x"),
        ("LARDER_DISK_TTL", "1h30m"),
        ("LARDER_DISK_TIME_OUT", "2"),
        ("LARDER_DISK_MAX_VALUE", "64MiB"),
        ("LARDER_DISK_WRITE", ""),
        ("LARDER_REMOTE", ""),
        ("LARDER_SEED", "5"),
        ("LARDER_SECONDS", "5"),
        ("larder_other", "x"),
    ]);
    let config = config.expect("all are known");
    assert_eq!((config.prefix.as_deref(), config.enabled), (Some("shop-"), Some(false)));
    assert!(config.remote.is_none());
    let disk = config.disk.expect("a tier");
    assert_eq!((disk.ttl, disk.write), (Some(Duration::from_mins(90)), None));
    assert_eq!(disk.time_out, Some(Duration::from_secs(2)));
    assert_eq!(disk.max_value, Some(64 << 20));
}

#[test]
fn all_problems_are_told() {
    let problems = vars(&[
        ("LARDER_REMOTE_TTL", "soon"),
        ("LARDER_REMOTE_QUEUE", "many"),
        ("LARDER_DISK", "memory:x"),
        ("LARDER_DISK_READ", "yes"),
        ("LARDER_DISK_WRITE", "perhaps"),
        ("LARDER_DISK_MAX_VALUE", "much"),
        ("LARDER_DISK_TIMEOUT", "5s"),
        ("LARDER_", ""),
    ]);
    let expected = [
        "`LARDER_` is not known; there are `LARDER_PREFIX`, `LARDER_ENABLED`, `LARDER_DISK`, \
         `LARDER_REMOTE`, and the settings of the last two, such as `LARDER_DISK_TTL`",
        "`LARDER_DISK_MAX_VALUE` has to be a number of bytes such as `4096` or `64MiB`",
        "`LARDER_DISK_READ` has to be `true` or `false`",
        "`LARDER_DISK_TIMEOUT` is not known; the nearest is `LARDER_DISK_TIME_OUT`",
        "`LARDER_DISK_WRITE` has to be `through`, `behind` or `off`",
        "`LARDER_REMOTE_QUEUE` has to be a whole number",
        "`LARDER_REMOTE_TTL` has to be a length of time such as `50ms` or `1h30m`, or a number of \
         seconds",
        "there are settings for `LARDER_REMOTE`, which is not set",
    ];
    assert_eq!(problems.expect_err("much is wrong"), expected);
}

#[test]
fn the_environment_goes_before_a_file() {
    let file = r#"{ "prefix": "file", "disk": { "address": "memory:file", "ttl": "5s" } }"#;
    let config: Config = serde_json::from_str(file).expect("a configuration");
    let vars = [("LARDER_PREFIX", "env"), ("LARDER_DISK_QUEUE", "3")];
    let config = config.with_vars(vars.map(|(k, v)| (k.to_owned(), v.to_owned()))).expect("right");
    let disk = config.disk.expect("a tier");
    assert_eq!(config.prefix.as_deref(), Some("env"));
    assert_eq!((&*disk.address, disk.ttl), ("memory:file", Some(Duration::from_secs(5))));
    assert_eq!(disk.queue, Some(3));
}

const CHILD: &str = "CONFIG_CHILD";

/// In a process of its own: takes the environment as it is.
#[tokio::test]
async fn the_child_that_has_an_environment() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let tier = probe("environment");
    match Config::from_env() {
        Ok(config) => {
            config.apply().expect("it is right");
            super::text(3).await;
            println!("@{} {}", tier.len(), tier.namespaces()[0]);
        }
        Err(error) => println!("@{error}"),
    }
}

fn child(vars: &[(&str, &std::ffi::OsStr)]) -> String {
    let mut child = Command::new(std::env::current_exe().expect("a program"));
    child.args(["--exact", "environment::the_child_that_has_an_environment", "--nocapture"]);
    child.env(CHILD, "1").env("LARDER_SEED", "1").envs(vars.iter().copied());
    let out = String::from_utf8(child.output().expect("it runs").stdout).expect("text");
    out.lines().find_map(|line| line.strip_prefix('@')).expect(&out).to_owned()
}

#[test]
fn the_environment_is_taken() {
    let right = child(&[
        ("LARDER_DISK", "probe:environment".as_ref()),
        ("LARDER_PREFIX", "from-outside/".as_ref()),
    ]);
    assert!(right.starts_with("1 from-outside/config::text@0#"), "{right}");
    let wrong = child(&[("LARDER_DISC", "memory:x".as_ref())]);
    assert_eq!(wrong, "`LARDER_DISC` is not known; the nearest is `LARDER_DISK`");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let wrong = child(&[("LARDER_PREFIX", std::ffi::OsStr::from_bytes(b"\xff"))]);
        assert_eq!(wrong, "`LARDER_PREFIX` is no text");
    }
}
