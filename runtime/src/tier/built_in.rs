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
        #[cfg(feature = "redis-tls")]
        ("rediss", redis),
        #[cfg(feature = "memcached")]
        ("memcached", memcached),
    ]
}

/// What is known, but not to this build.
pub(super) fn feature_of(scheme: &str) -> Option<&'static str> {
    match scheme {
        "sqlite" => Some("sqlite"),
        "redis" => Some("redis"),
        "rediss" => Some("redis-tls"),
        "memcached" => Some("memcached"),
        _ => None,
    }
}

const DEFAULT_MEMORY: u64 = 64 << 20;

fn memory(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    Ok(Arc::new(Memory::new(address.size("max_bytes")?.unwrap_or(DEFAULT_MEMORY))))
}

fn snapshot(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    let path = address.rest().to_owned();
    if path.is_empty() {
        return Err(super::registry::wrong("`snapshot:` is followed by the path of a file"));
    }
    let max_bytes = address.size("max_bytes")?;
    let save_every = address.duration("save_every")?;
    Ok(super::registry::lazily("snapshot", move || {
        let mut builder = super::Snapshot::builder(&path);
        if let Some(bytes) = max_bytes {
            builder = builder.max_bytes(bytes);
        }
        if let Some(interval) = save_every {
            builder = builder.save_every(interval);
        }
        builder.open()
    }))
}

#[cfg(feature = "sqlite")]
fn sqlite(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    let path = address.rest().to_owned();
    if path.is_empty() || path.starts_with("//") {
        let what = "`sqlite:` is followed by a path: `sqlite:cache.db`, `sqlite:/var/cache/app.db`";
        return Err(super::registry::wrong(what));
    }
    let max_bytes = address.size("max_bytes")?;
    let busy_timeout = address.duration("busy_timeout")?;
    let purge_every = address.duration("purge_every")?;
    Ok(super::registry::lazily("sqlite", move || {
        let mut builder = super::Sqlite::builder(&path);
        if let Some(bytes) = max_bytes {
            builder = builder.max_bytes(bytes);
        }
        if let Some(timeout) = busy_timeout {
            builder = builder.busy_timeout(timeout);
        }
        if let Some(interval) = purge_every {
            builder = builder.purge_every(interval);
        }
        builder.open()
    }))
}

#[cfg(feature = "redis")]
fn redis(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    let mut builder = super::Redis::builder(format!("{}:{}", address.scheme(), address.rest()));
    if let Some(prefix) = address.text("prefix") {
        builder = builder.prefix(prefix);
    }
    if let Some(timeout) = address.duration("connect_timeout")? {
        builder = builder.connect_timeout(timeout);
    }
    if let Some(timeout) = address.duration("response_timeout")? {
        builder = builder.response_timeout(timeout);
    }
    if let Some(lifetime) = address.duration("max_lifetime")? {
        builder = builder.max_lifetime(lifetime);
    }
    if let Some(file) = address.text("ca_file") {
        builder = builder.ca_file(file);
    }
    Ok(Arc::new(builder.build()?))
}

#[cfg(feature = "memcached")]
fn memcached(address: &mut Address) -> Result<Arc<dyn Tier>, TierError> {
    let mut builder = super::Memcached::builder(format!("{}:{}", address.scheme(), address.rest()));
    if let Some(prefix) = address.text("prefix") {
        builder = builder.prefix(prefix);
    }
    if let Some(timeout) = address.duration("connect_timeout")? {
        builder = builder.connect_timeout(timeout);
    }
    if let Some(timeout) = address.duration("response_timeout")? {
        builder = builder.response_timeout(timeout);
    }
    Ok(Arc::new(builder.build()?))
}
