//! The schemes that larder knows by itself.

use super::registry::Address;
use super::{Memory, Tier, TierError};
use std::sync::Arc;

pub(super) type Make = fn(&mut Address) -> Result<Arc<dyn Tier>, TierError>;

pub(super) fn schemes() -> Vec<(&'static str, Make)> {
    vec![
        ("memory", memory as Make),
        ("snapshot", snapshot),
        #[cfg(feature = "sqlite")]
        ("sqlite", sqlite),
        #[cfg(feature = "redis")]
        ("redis", redis),
        #[cfg(all(feature = "redis", unix))]
        ("unix", redis),
        #[cfg(all(feature = "redis", unix))]
        ("redis+unix", redis),
        #[cfg(feature = "redis")]
        ("redis+cluster", redis),
        #[cfg(feature = "redis")]
        ("redis+sentinel", redis),
        #[cfg(feature = "redis-tls")]
        ("rediss", redis),
        #[cfg(feature = "redis-tls")]
        ("rediss+cluster", redis),
        #[cfg(feature = "redis-tls")]
        ("rediss+sentinel", redis),
        #[cfg(feature = "memcached")]
        ("memcached", memcached),
    ]
}

/// What is known, but not to this build.
pub(super) fn feature_of(scheme: &str) -> Option<&'static str> {
    match scheme {
        "sqlite" => Some("sqlite"),
        "redis" | "unix" | "redis+unix" | "redis+cluster" | "redis+sentinel" => Some("redis"),
        "rediss" | "rediss+cluster" | "rediss+sentinel" => Some("redis-tls"),
        "memcached" => Some("memcached"),
        _ => None,
    }
}

/// Hands the settings of an address that are given to the methods of a builder that have their names.
macro_rules! set {
    ($builder:ident from $address:ident: $($setting:ident as $kind:ident),+) => {
        $(if let Some(value) = $address.$kind(stringify!($setting))? {
            $builder = $builder.$setting(value);
        })+
    };
}

const DEFAULT_MEMORY: u64 = 64 << 20;

fn memory(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    Ok(Arc::new(Memory::new(address.size("max_bytes")?.unwrap_or(DEFAULT_MEMORY))))
}

fn snapshot(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    if address.rest().is_empty() {
        return Err(super::registry::wrong("`snapshot:` is followed by the path of a file"));
    }
    let mut builder = super::Snapshot::builder(address.rest());
    set!(builder from address: max_bytes as size, save_every as duration);
    Ok(super::registry::lazily("snapshot", move |noted| builder.clone().open_noting(noted)))
}

#[cfg(feature = "sqlite")]
fn sqlite(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    if address.rest().starts_with("//") {
        let path = address.rest().trim_start_matches("//");
        let what = format!("`sqlite:` is followed by a path, without `//`: `sqlite:{path}`");
        return Err(super::registry::wrong(what));
    }
    if address.rest().is_empty() {
        let what = "`sqlite:` is followed by a path: `sqlite:cache.db`, `sqlite:/var/cache/app.db`";
        return Err(super::registry::wrong(what));
    }
    let mut builder = super::Sqlite::builder(address.rest());
    set!(
        builder from address:
        max_bytes as size, busy_timeout as duration, purge_every as duration
    );
    Ok(super::registry::lazily("sqlite", move |noted| builder.clone().open_noting(noted)))
}

#[cfg(feature = "redis")]
fn redis(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    let login = socket_login(address);
    let server = format!("{}:{}{login}", address.scheme(), address.rest());
    let mut builder = super::Redis::builder(server);
    if let Some(prefix) = address.text("prefix") {
        builder = builder.prefix(prefix);
    }
    set!(
        builder from address:
        connect_timeout as duration, response_timeout as duration, max_lifetime as duration
    );
    if let Some(file) = address.text("ca_file") {
        builder = builder.ca_file(file);
    }
    if let Some(password) = address.text("sentinel_password") {
        builder = builder.sentinel_password(password);
    }
    match address.text("read_from").as_deref() {
        None => {}
        Some("primary") => builder = builder.read_from(super::ReadFrom::Primary),
        Some("replica") => builder = builder.read_from(super::ReadFrom::Replica),
        Some(_) => {
            let what = "the setting `read_from` has to be `primary` or `replica`";
            return Err(super::registry::wrong(what));
        }
    }
    Ok(Arc::new(builder.build()?))
}

/// What the address of a socket says behind its path, where others have it before the host.
#[cfg(feature = "redis")]
fn socket_login(address: &mut Address) -> String {
    if !matches!(address.scheme(), "unix" | "redis+unix") {
        return String::new();
    }
    // Read as a form, where a plus is a space.
    let given = ["user", "pass", "db"]
        .map(|name| Some(format!("{name}={}", address.text(name)?.replace('+', "%2B"))));
    format!("?{}", given.into_iter().flatten().collect::<Vec<_>>().join("&"))
}

#[cfg(feature = "memcached")]
fn memcached(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    let mut builder = super::Memcached::builder(format!("{}:{}", address.scheme(), address.rest()));
    if let Some(prefix) = address.text("prefix") {
        builder = builder.prefix(prefix);
    }
    set!(builder from address: connect_timeout as duration, response_timeout as duration);
    Ok(Arc::new(builder.build()?))
}
