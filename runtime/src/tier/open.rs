//! Tiers by address.

use super::registry::{self, Address};
use super::{Layer, Tier, TierError};

/// What can be a tier of a function: a [`Layer`], a tier, or an address.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tier",
    label = "neither an address nor a tier",
    note = "an address is a text such as `\"sqlite:cache.db\"`; a tier is what implements `larder::tier::Tier`, or a `Layer` of it"
)]
pub trait IntoLayer {
    /// The layer.
    ///
    /// # Errors
    /// When the address is not understood.
    fn into_layer(self) -> Result<Layer, TierError>;
}

impl IntoLayer for Layer {
    fn into_layer(self) -> Result<Layer, TierError> {
        Ok(self)
    }
}

impl<T: Tier> IntoLayer for T {
    fn into_layer(self) -> Result<Layer, TierError> {
        Ok(self.into())
    }
}

impl IntoLayer for &str {
    fn into_layer(self) -> Result<Layer, TierError> {
        open(self)
    }
}

impl IntoLayer for String {
    fn into_layer(self) -> Result<Layer, TierError> {
        open(&self)
    }
}

impl IntoLayer for &String {
    fn into_layer(self) -> Result<Layer, TierError> {
        open(self)
    }
}

impl<L: IntoLayer> IntoLayer for Result<L, TierError> {
    fn into_layer(self) -> Result<Layer, TierError> {
        self.and_then(L::into_layer)
    }
}

/// The tier at an address.
///
/// | address | feature | what it is |
/// |---|---|---|
/// | `sqlite:cache.db`, `sqlite:/var/lib/app/cache.db` | `sqlite` | a file; see [`Sqlite`] |
/// | `snapshot:cache.snapshot` | | a file that is read and written as a whole; see [`Snapshot`](super::Snapshot) |
/// | `redis://host:6379/0`, `rediss://user:password@host` | `redis` | see [`Redis`] |
/// | `unix:///run/redis.sock` | `redis` | the same through a socket of this machine |
/// | `redis+cluster://one:7000,two:7000` | `redis` | a cluster; see [`Redis`] |
/// | `redis+sentinel://one,two/name/0` | `redis` | the primary that sentinels name; see [`Redis`] |
/// | `memcached://host:11211` | `memcached` | see [`Memcached`] |
/// | `memory:name` | | bytes in the memory of this process; for tests |
/// | another scheme | | what [`register`] was told |
///
/// Nothing is opened yet: that happens when the tier is first used, and again as long as it fails. The same address
/// is the same tier everywhere in the process, with one circuit breaker, also where settings of the [`Layer`] differ.
///
/// After a `?` follow settings, with a `&` between them: `ttl=1d`, `time_out=50ms`, `write=through`, `write=behind` or
/// `write=off`, `read=false`, `enabled=false`, `max_value=1MiB`, `queue=1000`, `name=near`, as the methods of [`Layer`]; and those
/// of the tier itself, as the methods of its builder:
///
/// | tier | settings |
/// |---|---|
/// | `sqlite:` | `max_bytes=1GiB`, `busy_timeout`, `purge_every` |
/// | `snapshot:` | `max_bytes`, `save_every=30s` |
/// | `memory:` | `max_bytes` |
/// | all of Redis, `memcached:` | `prefix`, `connect_timeout`, `response_timeout` |
/// | all of Redis | `max_lifetime`, `ca_file` |
/// | `unix:` | `user`, `pass`, `db` |
/// | `redis+cluster:` | `read_from=replica` |
/// | `redis+sentinel:` | `sentinel_password` |
///
/// # Errors
/// [`TierErrorKind::Misconfigured`](super::TierErrorKind::Misconfigured) when the scheme is unknown, with the list of
/// those that are known, when a setting is, or when the address makes no sense.
///
/// ```
/// use larder::tier::{self, Write};
///
/// let layer = tier::open("memory:example?write=behind&time_out=50ms")?;
/// # drop(layer);
/// let unknown = tier::open("rabbit://hole").unwrap_err();
/// assert!(unknown.to_string().contains("memory"));
/// # Ok::<(), tier::TierError>(())
/// ```
///
#[cfg_attr(
    not(feature = "sqlite"),
    doc = "[`Sqlite`]: https://docs.rs/larder/latest/larder/tier/struct.Sqlite.html"
)]
#[cfg_attr(feature = "sqlite", doc = "[`Sqlite`]: super::Sqlite")]
#[cfg_attr(
    not(feature = "redis"),
    doc = "[`Redis`]: https://docs.rs/larder/latest/larder/tier/struct.Redis.html"
)]
#[cfg_attr(feature = "redis", doc = "[`Redis`]: super::Redis")]
#[cfg_attr(
    not(feature = "memcached"),
    doc = "[`Memcached`]: https://docs.rs/larder/latest/larder/tier/struct.Memcached.html"
)]
#[cfg_attr(feature = "memcached", doc = "[`Memcached`]: super::Memcached")]
pub fn open(address: &str) -> Result<Layer, TierError> {
    let mut address = Address::parse(address)?;
    let settings = super::settings::Settings::take_from(&mut address)?;
    let layer = registry::shared(address)?;
    Ok(settings.apply(layer))
}

/// Teaches [`open`] a scheme of your own, in the place of what it may have meant before.
///
/// `make` gets the address without the settings of the layer, and is called once for each address.
///
/// ```
/// use larder::tier::{self, Memory};
///
/// tier::register("attic", |address| Ok(Memory::new(address.size("max_bytes")?.unwrap_or(1 << 20))));
/// let layer = tier::open("attic:boxes?max_bytes=64KiB&write=behind")?;
/// assert_eq!(layer.tier().name(), "memory");
/// # Ok::<(), tier::TierError>(())
/// ```
pub fn register<T: Tier>(
    scheme: &str,
    make: impl Fn(&mut Address) -> Result<T, TierError> + Send + Sync + 'static,
) {
    registry::register(scheme, move |address| Ok(std::sync::Arc::new(make(address)?)));
}
