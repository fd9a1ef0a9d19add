//! Names that people bring along from other libraries, each with larder's way of saying it.

use super::bytes;
use super::value::Policy;

/// What to do instead of writing `name`, with the value that stands behind it if it can be taken over.
pub(super) fn answer(name: &str, value: Option<&str>) -> Option<String> {
    let (_, answer) = FOREIGN.iter().find(|(foreign, _)| *foreign == name)?;
    let Some((before, (example, behind))) =
        answer.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    else {
        return Some((*answer).to_owned());
    };
    if *answer == MAXSIZE && value.is_some_and(is_size) {
        return self::answer("max_memory", value);
    }
    let fits = |value: &str| match *answer {
        // Only a bound may be a constant of any name; the others would need another type.
        MAXSIZE => is_number(value) || is_constant(value),
        WEIGHT => is_number(value) || is_constant(value) || is_size(value),
        POLICY => Policy::named(value.trim_matches('"')).is_some(),
        _ => is_number(value),
    };
    let value = value.filter(|value| fits(value)).map_or_else(
        || example.to_owned(),
        |value| match *answer {
            POLICY => value.trim_matches('"').to_owned(),
            _ if before.ends_with('"') => value.replace('_', ""),
            _ => value.to_owned(),
        },
    );
    Some(format!("{before}{value}{behind}"))
}

fn is_number(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_digit())
        && value.chars().all(|c| c.is_ascii_digit() || c == '_')
}

fn is_constant(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_uppercase())
        && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn is_size(value: &str) -> bool {
    let text = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    text.is_some_and(|text| bytes::parse(text).is_ok())
}

/// `{..}` is an example that gives way to the value as written.
const FOREIGN: &[(&str, &str)] = &[
    ("size", MAXSIZE),
    ("max_size", MAXSIZE),
    ("max_entries", MAXSIZE),
    ("capacity", MAXSIZE),
    ("max_capacity", MAXSIZE),
    ("limit", MAXSIZE),
    ("time", SECONDS),
    ("ttl_secs", SECONDS),
    ("expire", SECONDS),
    ("expiration", SECONDS),
    (
        "expires",
        "this version does not ask values when they expire: write `ttl = {60}`, or `f(..).ttl(time).await` at the call",
    ),
    ("ttl_millis", "write `ttl = \"{250}ms\"`"),
    ("convert", "`key = EXPR` computes the key; it sees the arguments as references"),
    ("sync_writes", "remove it: calls with the same key always share one load"),
    (
        "sync_writes_buckets",
        "remove it: this version has no buckets, calls wait for the load of their own key only",
    ),
    ("unsync_reads", "remove it: this version has one kind of read, and hits never wait for loads"),
    ("shards", "remove it: this version chooses their number itself"),
    ("sync_lock", "remove it: hits never wait for loads"),
    ("result", "remove it: of a `Result` only `Ok` is stored (`cache_err = \"5s\"` keeps errors)"),
    ("option", "remove it and write `skip_none`: `None` is stored like any other value otherwise"),
    ("cache_none", "remove it: `None` is stored like any other value (`skip_none` turns it off)"),
    (
        "result_fallback",
        "a failed load returns its error and stores nothing; `cache_err = \"5s\"` keeps the error",
    ),
    ("refresh", "a hit does not lengthen a lifetime: `ttl` counts from the load"),
    (
        "time_to_idle",
        "this version has no idle time: `ttl = {60}` counts from the load, reads do not lengthen it",
    ),
    ("durable", DISK),
    ("max_weight", WEIGHT),
    ("max_memory", WEIGHT),
    ("memory", WEIGHT),
    ("memory_limit", WEIGHT),
    ("max_cost", WEIGHT),
    ("weighter", WEIGHER),
    ("weight", WEIGHER),
    ("weight_by", WEIGHER),
    ("cost", WEIGHER),
    ("eviction_policy", POLICY),
    ("eviction", POLICY),
    ("strategy", POLICY),
    ("in_impl", "remove it: methods work as they are (`skip(self)` leaves the receiver out)"),
    ("ty", OWN_CACHE),
    ("create", OWN_CACHE),
    ("map_error", "remove it: a cache never adds errors to those of the function"),
    ("redis", "write `remote = \"redis://127.0.0.1\"`, with feature `redis` of larder"),
    ("sqlite", DISK),
    ("disk_dir", DISK),
    ("force_refresh", FRESH),
    ("use_cache", FRESH),
    ("with_cached_flag", "ask the call: `let (value, how) = f(..).traced().await`"),
    ("unbound", "write `unbounded`"),
    ("companions", "remove it: the function's own name is the handle, as in `f.clear().await`"),
    ("companions_vis", "remove it: the handle is the function itself, and as visible as that"),
    (
        "cache_prefix_block",
        "remove it: keys begin with the function's path; `larder::defaults().prefix(\"app\")` stands before all of them",
    ),
    ("typed", "remove it: keys of different types never meet"),
];

const MAXSIZE: &str = "write `maxsize = {1000}`";
const SECONDS: &str = "write `ttl = {60}` (seconds), or a text like `ttl = \"1m\"`";
const WEIGHT: &str =
    "write `max_bytes = {\"64MiB\"}`, which bounds what the entries weigh together";
const WEIGHER: &str =
    "write `weigher = weight_of`, a `fn(&Key, &Value) -> u64`, beside `max_bytes`";
const POLICY: &str =
    "write `policy = {lru}` (one of `lru`, `fifo`, `lfu`, `sieve`, `s3fifo`, `tinylfu`)";
const OWN_CACHE: &str = "`cache = EXPR` takes a `Cache` that you have built";
const DISK: &str = "write `disk = \"sqlite:cache.db\"`, with feature `sqlite` of larder";
const FRESH: &str = "say it at the call: `f(..).use_cache(false).await` loads a fresh value";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_over_where_it_means_the_same() {
        for (name, value, expected) in [
            ("max_size", Some("10"), "write `maxsize = 10`"),
            ("max_size", Some("10_000"), "write `maxsize = 10_000`"),
            ("max_size", Some("CAPACITY"), "write `maxsize = CAPACITY`"),
            ("max_size", Some("\"10\""), "write `maxsize = 1000`"),
            ("max_size", Some("true"), "write `maxsize = 1000`"),
            ("max_size", None, "write `maxsize = 1000`"),
            (
                "max_memory",
                Some("\"100MB\""),
                "write `max_bytes = \"100MB\"`, which bounds what the entries weigh together",
            ),
            (
                "max_weight",
                Some("1_000"),
                "write `max_bytes = 1_000`, which bounds what the entries weigh together",
            ),
            (
                "max_memory",
                Some("\"much\""),
                "write `max_bytes = \"64MiB\"`, which bounds what the entries weigh together",
            ),
            (
                "max_size",
                Some("\"1 GiB\""),
                "write `max_bytes = \"1 GiB\"`, which bounds what the entries weigh together",
            ),
            (
                "eviction",
                Some("\"sieve\""),
                "write `policy = sieve` (one of `lru`, `fifo`, `lfu`, `sieve`, `s3fifo`, `tinylfu`)",
            ),
            (
                "eviction",
                Some("\"random\""),
                "write `policy = lru` (one of `lru`, `fifo`, `lfu`, `sieve`, `s3fifo`, `tinylfu`)",
            ),
            ("ttl_millis", Some("50"), "write `ttl = \"50ms\"`"),
            ("ttl_millis", Some("1_500"), "write `ttl = \"1500ms\"`"),
            ("ttl_millis", Some("TIME"), "write `ttl = \"250ms\"`"),
            ("ttl_secs", Some("TIME"), "write `ttl = 60` (seconds), or a text like `ttl = \"1m\"`"),
            ("ttl_secs", Some("5"), "write `ttl = 5` (seconds), or a text like `ttl = \"1m\"`"),
        ] {
            assert_eq!(answer(name, value).as_deref(), Some(expected), "{name} = {value:?}");
        }
        assert_eq!(answer("maxsize", None), None);
        assert!(FOREIGN.iter().all(|(name, _)| answer(name, Some("7")).is_some()));
    }
}
