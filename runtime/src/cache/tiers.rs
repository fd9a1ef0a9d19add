//! A cache with tiers below its memory: how it is built, and how it is used as a whole.

use super::through::Through;
use super::{Cache, CacheBuilder, Key, Value};
use crate::codec::pack::{BySerde, Pack};
use crate::load::Below;
use crate::tier::{Described, Layer, Layers, Stack};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What was said about tiers while a cache was described.
pub(super) struct Tiers<K, V> {
    layers: Vec<Layer>,
    pack: Option<Arc<dyn Pack<K, V>>>,
    version: u32,
}

impl<K, V> Default for Tiers<K, V> {
    fn default() -> Self {
        Self { layers: Vec::new(), pack: None, version: 0 }
    }
}

impl<K: Key, V: Value> Tiers<K, V> {
    /// What lies below the memory of a cache of this name.
    pub(super) fn build(self, name: Option<&str>) -> Option<Arc<dyn Below<K, V>>> {
        let pack = self.pack?;
        let name = name
            .expect("larder: a cache with tiers needs a `name`, which its entries are found by")
            .to_owned();
        let layers = Layers::Given(self.layers);
        Some(Arc::new(Stack::new(Described { name, version: self.version, layers }, pack)))
    }
}

impl<K: Key + Serialize, V: Value + Serialize + DeserializeOwned> CacheBuilder<K, V> {
    /// A tier below memory, and below those that were named before it. Feature `tier`.
    ///
    /// What memory does not have is looked for in it before anything is loaded, and what is loaded is kept there as well.
    /// Entries are found by the [`name`](Self::name) of the cache, which it has to have then, its
    /// [`version`](Self::version), and the shape of its values: a value type with another field, say, finds nothing
    /// of the old entries.
    ///
    /// Synchronous methods of the cache read memory alone. What they write goes to the tiers too, by way of a queue;
    /// [`Cache::through`] has methods that read everything, and wait.
    ///
    /// ```
    /// use larder::Cache;
    /// use larder::tier::Memory;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let below = std::sync::Arc::new(Memory::new(1 << 20));
    /// let build = || -> Cache<u64, String> {
    ///     let below = larder::tier::Layer::shared(below.clone());
    ///     Cache::builder().name("names").maxsize(100).tier(below).build()
    /// };
    /// build().get_with(7, async { "Ada".to_owned() }).await;
    /// // Another cache, or another process:
    /// let name = build().get_with(7, async { unreachable!("it is in the tier") }).await;
    /// assert_eq!(name, "Ada");
    /// # }
    /// ```
    pub fn tier(mut self, layer: impl Into<Layer>) -> Self {
        self.tiers.layers.push(layer.into());
        self.tiers.pack = Some(Arc::new(BySerde::new()));
        self
    }
}

impl<K: Key, V: Value> CacheBuilder<K, V> {
    /// Entries of other versions are not found in the tiers. Feature `tier`. Default: 0.
    pub fn version(mut self, version: u32) -> Self {
        self.tiers.version = version;
        self
    }

    pub(crate) fn below(mut self, below: Option<Arc<dyn Below<K, V>>>) -> Self {
        self.settings.below = below;
        self
    }
}

impl<K: Key, V: Value> Cache<K, V> {
    /// Memory and all tiers below it: methods that read them all, and wait for them. Feature `tier`.
    ///
    /// ```
    /// use larder::Cache;
    /// use larder::tier::Memory;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let cache: Cache<u64, String> =
    ///     Cache::builder().name("names").maxsize(1).tier(Memory::new(1 << 20)).build();
    /// cache.through().set_many([(1, "Ada".to_owned()), (2, "Grace".to_owned())]).await;
    /// assert_eq!(cache.get(&1), None); // memory holds one
    /// assert_eq!(cache.through().get(&1).await.as_deref(), Some("Ada"));
    /// assert!(cache.through().remove(&1).await);
    /// assert_eq!(cache.through().get(&1).await, None);
    /// # }
    /// ```
    #[must_use]
    pub fn through(&self) -> Through<'_, K, V> {
        Through { cache: self }
    }
}
