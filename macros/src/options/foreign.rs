//! Names that people bring along from other libraries, each with larder's way of saying it.

/// What to do instead of writing `name`.
pub(super) fn answer(name: &str) -> Option<&'static str> {
    FOREIGN.iter().find(|(foreign, _)| *foreign == name).map(|(_, answer)| *answer)
}

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
    ("ttl_millis", "write `ttl = \"250ms\"`"),
    ("convert", "`key = EXPR` computes the key; it sees the arguments as references"),
    ("sync_writes", "remove it: calls with the same key always share one load"),
    ("sync_lock", "remove it: hits never wait for loads"),
    ("result", "remove it: of a `Result` only `Ok` is stored (`cache_err = \"5s\"` keeps errors)"),
    ("option", "remove it and write `skip_none`: `None` is stored like any other value otherwise"),
    ("cache_none", "remove it: `None` is stored like any other value (`skip_none` turns it off)"),
    (
        "result_fallback",
        "a failed load returns its error and stores nothing; `cache_err = \"5s\"` keeps the error",
    ),
    ("refresh", "a hit does not lengthen a lifetime: `ttl` counts from the load"),
    ("in_impl", "remove it: methods work as they are (`skip(self)` leaves the receiver out)"),
    ("ty", OWN_CACHE),
    ("create", OWN_CACHE),
    ("map_error", "remove it: a cache never adds errors to those of the function"),
    ("redis", MEMORY),
    ("disk", MEMORY),
    ("disk_dir", MEMORY),
    ("force_refresh", FRESH),
    ("use_cache", FRESH),
    ("with_cached_flag", "ask the call: `let (value, how) = f(..).traced().await`"),
    ("unbound", "write `unbounded`"),
    ("companions", "remove it: the function's own name is the handle, as in `f.clear().await`"),
    ("typed", "remove it: keys of different types never meet"),
];

const MAXSIZE: &str = "write `maxsize = 1000`";
const SECONDS: &str = "write `ttl = 60` (seconds) or `ttl = \"1m\"`";
const OWN_CACHE: &str = "`cache = EXPR` takes a `Cache` that you have built";
const MEMORY: &str = "this version keeps values in memory only";
const FRESH: &str = "say it at the call: `f(..).use_cache(false).await` loads a fresh value";
