//! A tier as part of a cache: how it is used there.

use super::breaker::Breaker;
use super::youngest::Youngest;
use super::{BreakerPolicy, RetryPolicy, Tier, naming};
use crate::codec::Packing;
use std::sync::Arc;
use std::time::Duration;

/// A tier below the memory of a cache, and how it is used there.
///
/// Made from a tier, or by [`open`](super::open) from an address. Cloning it gives another handle to the same tier: caches
/// that share one share its circuit breaker.
///
/// ```
/// use larder::Cache;
/// use larder::tier::{Layer, Memory, Write};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let below = Layer::from(Memory::new(64 << 20))
///     .ttl(Duration::from_secs(86_400))
///     .time_out(Duration::from_millis(200))
///     .write(Write::Behind);
/// let names: Cache<u64, String> =
///     Cache::builder().name("names").maxsize(1000).tier(below).build();
/// let name = names.get_with(7, async { "Ada".to_owned() }).await;
/// assert_eq!(name, "Ada");
/// # }
/// ```
#[derive(Clone)]
pub struct Layer {
    pub(super) tier: Arc<dyn Tier>,
    /// In the place of that of its kind.
    name: Option<&'static str>,
    pub(super) breaker: Arc<Breaker>,
    pub(super) ttl: Option<Duration>,
    pub(super) time_out: Duration,
    pub(super) write: Write,
    pub(super) read: bool,
    pub(super) enabled: bool,
    pub(super) max_value: usize,
    pub(super) queue: usize,
    pub(super) retry: RetryPolicy,
    pub(super) packing: Arc<Packing>,
    pub(super) youngest: Arc<Youngest>,
}

/// When a value is written to a tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Write {
    /// The call whose body ran returns when the tier has the value, or after the tier's time-out. Those who waited for the
    /// same load do not wait for it.
    #[default]
    Through,
    /// The value is queued, and the call returns. Until it is written, this process answers from the queue.
    Behind,
    /// Values are written to the tiers above it only. What is in it is read, and removed when it is invalidated.
    Off,
}

impl Layer {
    /// A tier that others have a handle to as well.
    #[must_use]
    pub fn shared(tier: Arc<dyn Tier>) -> Self {
        Self {
            tier,
            name: None,
            breaker: Arc::new(Breaker::new(BreakerPolicy::default())),
            ttl: None,
            time_out: Duration::from_millis(500),
            write: Write::default(),
            read: true,
            enabled: true,
            max_value: usize::MAX,
            queue: 10_000,
            retry: RetryPolicy::default(),
            packing: Arc::default(),
            youngest: Arc::default(),
        }
    }

    /// What it is called in metrics, events, errors and [`Served::Hit`](crate::Served::Hit), instead of by its kind: `"redis"`.
    /// Where it would be called like memory or like a tier above it, switched on or not, a number follows, with or without
    /// this: `"redis 2"`.
    /// The names are kept for as long as the process lives. An empty one is none.
    ///
    /// ```
    /// use larder::Cache;
    /// use larder::tier::{Layer, Memory};
    ///
    /// let near = Layer::from(Memory::new(1 << 20)).named("near");
    /// let far = Layer::from(Memory::new(1 << 20));
    /// let names: Cache<u64, String> =
    ///     Cache::builder().name("names").maxsize(10).tier(near).tier(far).build();
    /// let tiers: Vec<_> = names.get_metrics().tiers.iter().map(|tier| tier.tier).collect();
    /// assert_eq!(tiers, ["near", "memory 2"]);
    /// ```
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: (!name.is_empty()).then(|| naming::kept(name)), ..self }
    }

    /// What it is called where it is the only tier.
    pub(super) fn name(&self) -> &'static str {
        self.name.unwrap_or_else(|| self.tier.name())
    }

    /// How long values live in this tier, unless a call or a value says otherwise. Default: as long as in memory. Of zero
    /// nothing is stored in it.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// How long a call waits for this tier, for reading and writing together. Default: 500 ms.
    ///
    /// Flushing and closing may take ten seconds, or this if it is longer.
    ///
    /// While tokio's clock is paused there is no time-out, for the clock would run ahead of the tier.
    ///
    /// # Panics
    /// When it is zero, for nothing would ever be in time. What switches a tier off is [`enabled(false)`](Self::enabled).
    #[must_use]
    #[track_caller]
    pub fn time_out(self, time_out: Duration) -> Self {
        assert!(
            !time_out.is_zero(),
            "a time-out of zero, so nothing is ever in time; `enabled(false)` switches a tier off"
        );
        Self { time_out, ..self }
    }

    /// When values are written. Default: [`Write::Through`].
    #[must_use]
    pub fn write(self, write: Write) -> Self {
        Self { write, ..self }
    }

    /// Whether it is read. One that is not is still written to, for others. Default: yes.
    #[must_use]
    pub fn read(self, read: bool) -> Self {
        Self { read, ..self }
    }

    /// Whether it is used at all. Default: yes.
    #[must_use]
    pub fn enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }

    /// Values of more bytes than this, as they lie in the tier, are not written to it, and are counted. Default: no bound.
    #[must_use]
    pub fn max_value(self, bytes: usize) -> Self {
        Self { max_value: bytes, ..self }
    }

    /// How many values may wait to be written. What comes beyond that is not written, and is counted. Default: 10,000.
    #[must_use]
    pub fn queue(self, values: usize) -> Self {
        Self { queue: values.max(1), ..self }
    }

    /// When the tier is left alone because it fails. A breaker of its own: set it before the layer is cloned.
    #[must_use]
    pub fn breaker(self, policy: BreakerPolicy) -> Self {
        Self { breaker: Arc::new(Breaker::new(policy)), ..self }
    }

    /// How often what failed is tried again.
    #[must_use]
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// How values lie in the tier: codec, compression, encryption, signature.
    #[must_use]
    pub fn packing(self, packing: Packing) -> Self {
        Self { packing: Arc::new(packing), ..self }
    }

    /// The tier itself.
    #[must_use]
    pub fn tier(&self) -> &Arc<dyn Tier> {
        &self.tier
    }

    /// With a packing that others may have as well.
    pub(crate) fn packed(self, packing: Arc<Packing>) -> Self {
        Self { packing, ..self }
    }

    /// Whether both are the same tier, with values that lie in it in the same way.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.tier, &other.tier) && Arc::ptr_eq(&self.packing, &other.packing)
    }
}

impl<T: Tier> From<T> for Layer {
    fn from(tier: T) -> Self {
        Self::shared(Arc::new(tier))
    }
}

impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layer")
            .field("tier", &self.name())
            .field("breaker", &self.breaker.state())
            .field("ttl", &self.ttl)
            .field("time_out", &self.time_out)
            .field("write", &self.write)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}
