//! The static behind an annotated function, and the caches that hang from it.
//!
//! A static inside a function can mention neither the function's type parameters nor those of the `impl` around it. So
//! one static of a fixed type serves every monomorphization, and finds the cache of each by the type of its body,
//! which is different for each. They form a chain; most functions have only the first.

use super::erased::Erased;
use super::overrides::{Overrides, Setting};
use crate::cache::{Cache, CacheBuilder, Key, Policy, Value, Weigher};
use crate::call::weighing::Weighing;
use crate::metrics::Metrics;
#[cfg(feature = "tier")]
use crate::{
    codec::pack::Pack,
    error::Error,
    load::{Below, Settling},
    tier::{Described, Layer, Layers, Stack, TierError},
};
use std::any::{Any, TypeId};
#[cfg(feature = "tier")]
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

/// What the attribute wrote down about a function.
pub struct Spec {
    /// Its name, or the one that `name = ".."` gives it.
    pub name: &'static str,
    /// Gives the path of a type that stands inside the function.
    pub path: fn() -> &'static str,
    /// `version = N`.
    pub version: u32,
    /// The options. A function, because a lifetime may be an expression that is not constant.
    pub options: fn() -> Options,
}

/// The options of a function that concern its cache.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    maxsize: Option<usize>,
    max_bytes: Option<u64>,
    /// Of a type that the calls of the function know: a static cannot name their keys and values.
    weigher: Option<&'static (dyn Any + Send + Sync)>,
    policy: Policy,
    ttl: Option<Duration>,
    sizing: bool,
    #[cfg(feature = "tier")]
    disk: Option<MakeLayer>,
    #[cfg(feature = "tier")]
    remote: Option<MakeLayer>,
}

/// Makes a tier of a function, when its cache is opened.
#[cfg(feature = "tier")]
type MakeLayer = fn() -> Result<Layer, TierError>;

impl Options {
    /// The defaults of `#[async_lru]`.
    #[must_use]
    pub const fn lru_defaults() -> Self {
        Self {
            maxsize: Some(128),
            max_bytes: None,
            weigher: None,
            policy: Policy::Lru,
            ttl: None,
            sizing: false,
            #[cfg(feature = "tier")]
            disk: None,
            #[cfg(feature = "tier")]
            remote: None,
        }
    }

    /// The defaults of `#[async_ttl]`.
    #[must_use]
    pub const fn ttl_defaults() -> Self {
        Self::lru_defaults().maxsize(1024).ttl(Duration::from_mins(1))
    }

    /// `maxsize = N`.
    #[must_use]
    pub const fn maxsize(self, maxsize: usize) -> Self {
        Self { maxsize: Some(maxsize), ..self }
    }

    /// `unbounded`.
    #[must_use]
    pub const fn unbounded(self) -> Self {
        Self { maxsize: None, ..self }
    }

    /// `max_bytes = ..`.
    #[must_use]
    pub const fn max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes: Some(max_bytes), ..self }
    }

    /// `weigher = path`.
    #[must_use]
    pub const fn weigher<F: Any + Send + Sync>(self, weigher: &'static F) -> Self {
        Self { weigher: Some(weigher), ..self }
    }

    /// `policy = ..`.
    #[must_use]
    pub const fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// `sizing`.
    #[must_use]
    pub const fn sizing(self) -> Self {
        Self { sizing: true, ..self }
    }

    /// `ttl = ..`.
    #[must_use]
    pub const fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// `disk = ..`.
    #[cfg(feature = "tier")]
    #[must_use]
    pub const fn disk(self, disk: MakeLayer) -> Self {
        Self { disk: Some(disk), ..self }
    }

    /// `remote = ..`.
    #[cfg(feature = "tier")]
    #[must_use]
    pub const fn remote(self, remote: MakeLayer) -> Self {
        Self { remote: Some(remote), ..self }
    }

    /// The bound on the number of entries.
    #[must_use]
    pub const fn get_maxsize(&self) -> Option<usize> {
        self.maxsize
    }

    /// The bound on what the entries weigh.
    #[must_use]
    pub const fn get_max_bytes(&self) -> Option<u64> {
        self.max_bytes
    }

    /// What weighs entries, if it is of this type.
    #[must_use]
    pub fn get_weigher<F: Any>(&self) -> Option<&'static F> {
        self.weigher?.downcast_ref()
    }

    /// What leaves first.
    #[must_use]
    pub const fn get_policy(&self) -> Policy {
        self.policy
    }

    /// How long entries live.
    #[must_use]
    pub const fn get_ttl(&self) -> Option<Duration> {
        self.ttl
    }

    fn builder<K: Key, V: Value>(
        self,
        name: String,
        weigher: Option<Weigher<K, V>>,
    ) -> CacheBuilder<K, V> {
        let mut builder = Cache::builder()
            .name(name)
            .policy(self.policy)
            .weigher_from(weigher)
            .sizing(self.sizing);
        if let Some(maxsize) = self.maxsize {
            builder = builder.maxsize(maxsize);
        }
        if let Some(max_bytes) = self.max_bytes {
            builder = builder.max_bytes(max_bytes);
        }
        if let Some(ttl) = self.ttl {
            builder = builder.ttl(ttl);
        }
        builder
    }
}

/// A type that stands for one annotated function.
pub trait Site {
    /// Its static.
    fn function() -> &'static Function;
}

/// The static behind an annotated function.
pub struct Function {
    pub(super) spec: Spec,
    first: Place,
    /// Switched off, for caches that are still to be opened as well.
    disabled: AtomicBool,
    pub(super) overrides: Overrides,
}

/// Where an instance is, once its monomorphization has been called.
type Place = OnceLock<Box<Instance>>;

/// The cache of one monomorphization.
struct Instance {
    body: TypeId,
    cache: Erased,
    handle: Box<dyn Handle>,
    next: Place,
}

/// What can be done to a cache without knowing its types.
pub(super) trait Handle: Send + Sync {
    fn name(&self) -> &str;
    fn metrics(&self) -> Metrics;
    fn clear(&self);
    fn reset_metrics(&self);
    fn set_enabled(&self, enabled: bool);
    fn set_maxsize(&self, maxsize: Option<usize>);
    fn set_ttl(&self, ttl: Option<Duration>);
    /// Closes what lies below it.
    #[cfg(feature = "tier")]
    fn close_below(&self) -> Option<Settling<Result<(), Error>>>;
}

impl<K: Key, V: Value> Handle for Cache<K, V> {
    fn name(&self) -> &str {
        &self.inner.name
    }

    fn metrics(&self) -> Metrics {
        self.get_metrics()
    }

    fn clear(&self) {
        Cache::clear(self);
    }

    fn reset_metrics(&self) {
        Cache::reset_metrics(self);
    }

    fn set_enabled(&self, enabled: bool) {
        Cache::set_enabled(self, enabled);
    }

    fn set_maxsize(&self, maxsize: Option<usize>) {
        if Cache::maxsize(self) != maxsize {
            Cache::set_maxsize(self, maxsize);
        }
    }

    fn set_ttl(&self, ttl: Option<Duration>) {
        Cache::set_ttl(self, ttl);
    }

    #[cfg(feature = "tier")]
    fn close_below(&self) -> Option<Settling<Result<(), Error>>> {
        self.inner.below.as_ref().map(|below| below.close())
    }
}

impl Function {
    /// The static of a function that nobody has called yet.
    #[must_use]
    pub const fn new(spec: Spec) -> Self {
        Self {
            spec,
            first: Place::new(),
            disabled: AtomicBool::new(false),
            overrides: Overrides::none(),
        }
    }

    /// The cache of the monomorphization whose body is a `B`, and whose entries `W` weighs.
    #[inline]
    pub(crate) fn cache<K: Key, V: Value, B, W>(&'static self) -> &'static Cache<K, V>
    where
        W: Weighing<K, V>,
    {
        // Most functions have one instance only.
        match self.first.get().and_then(|first| first.cache.get::<B, _>()) {
            Some(cache) => cache,
            None => self.find_or_open::<K, V, B, W>(),
        }
    }

    fn find_or_open<K: Key, V: Value, B, W>(&'static self) -> &'static Cache<K, V>
    where
        W: Weighing<K, V>,
    {
        let mut known = self.instances().filter_map(|instance| instance.cache.get::<B, _>());
        known.next().unwrap_or_else(|| self.open::<K, V, B, W>())
    }

    /// Those that have been opened so far.
    fn instances(&self) -> impl Iterator<Item = &Instance> {
        let first = self.first.get().map(Box::as_ref);
        std::iter::successors(first, |instance| instance.next.get().map(Box::as_ref))
    }

    #[cold]
    fn open<K: Key, V: Value, B, W>(&'static self) -> &'static Cache<K, V>
    where
        W: Weighing<K, V>,
    {
        let body = typeid::of::<B>();
        let name = path_of(std::any::type_name::<B>(), self.spec.name);
        let options = (self.spec.options)();
        #[cfg(feature = "tier")]
        let below = W::pack().and_then(|pack| self.stack(options, &name, body, pack));
        let builder = options.builder(name, W::weigher(&options));
        #[cfg(feature = "tier")]
        let builder = builder.below(below);
        let cache: Cache<K, V> = builder.build();
        let (cache, handle) = (Erased::new::<B, _>(cache.clone()), Box::new(cache));
        self.overrides.settle(&*handle);
        let mut new = Some(Box::new(Instance { body, cache, handle, next: Place::new() }));
        let mut place = &self.first;
        let instance = loop {
            // Ours, or that of somebody who was faster.
            let instance = place.get_or_init(|| new.take().expect("one place is enough"));
            if instance.body == body {
                break instance;
            }
            place = &instance.next;
        };
        // Whoever changes these looks for instances afterwards, so one of us sees the other.
        self.overrides.settle(&*instance.handle);
        instance.handle.set_enabled(!self.disabled.load(SeqCst));
        instance.cache.get::<B, _>().expect("a body has one key type and one value type")
    }

    /// What lies below the memory of an instance whose entries have bytes. Nothing, if another function or instance goes by its
    /// name: in tiers entries are found by it.
    ///
    /// # Panics
    /// When the attribute names a tier, and it cannot be used.
    #[cfg(feature = "tier")]
    fn stack<K: Key, V: Value>(
        &'static self,
        options: Options,
        name: &str,
        body: TypeId,
        pack: Arc<dyn Pack<K, V>>,
    ) -> Option<Arc<dyn Below<K, V>>> {
        if !self.is_alone(name, body) {
            let named = options.disk.is_some() || options.remote.is_some();
            assert!(!named, "larder: two functions are called `{name}`: give one `name = \"..\"`");
            return None;
        }
        let open = |layer: Option<MakeLayer>| {
            layer.map(|make| make().unwrap_or_else(|error| panic!("larder: `{name}`: {error}")))
        };
        let layers = Layers::OfFunction { disk: open(options.disk), remote: open(options.remote) };
        let described = Described { name: name.to_owned(), version: self.spec.version, layers };
        Some(Arc::new(Stack::new(described, pack)))
    }

    /// Whether no other function has this one's path and version, and no instance with another body this name.
    #[cfg(feature = "tier")]
    fn is_alone(&'static self, name: &str, body: TypeId) -> bool {
        let others = super::registry::statics()
            .filter(|other| !std::ptr::eq(*other, self) && other.spec.version == self.spec.version);
        let path = self.path();
        let mut same = others.filter(|other| other.path() == path);
        // The same body is ours, opened by somebody who was faster.
        let mut instances = self.instances().filter(|instance| instance.body != body);
        same.next().is_none() && instances.all(|instance| instance.handle.name() != name)
    }

    /// The path of the function, without type arguments.
    pub(super) fn path(&self) -> String {
        path_of((self.spec.path)(), self.spec.name)
    }

    /// Switches every cache off or on, those to come included.
    pub(super) fn set_enabled(&'static self, enabled: bool) {
        self.disabled.store(!enabled, SeqCst);
        self.for_each(|cache| cache.set_enabled(enabled));
    }

    /// Bounds every cache by another number, those to come included.
    pub(super) fn set_maxsize(&'static self, maxsize: Option<usize>) {
        self.overrides.change(|settings| settings.maxsize = Some(Setting(maxsize)));
        self.for_each(|cache| self.overrides.settle(cache));
    }

    /// Gives what every cache stores from now on another lifetime, those to come included.
    pub(super) fn set_ttl(&'static self, ttl: Option<Duration>) {
        self.overrides.change(|settings| settings.ttl = Some(Setting(ttl)));
        self.for_each(|cache| self.overrides.settle(cache));
    }

    /// The caches that have been opened so far.
    pub(super) fn for_each(&'static self, visit: impl FnMut(&'static dyn Handle)) {
        self.instances().map(|instance| &*instance.handle).for_each(visit);
    }
}

/// The path of the function called `name` from the path of something inside it: a closure, or its site.
fn path_of(inside: &str, name: &str) -> String {
    let path = inside.trim_end_matches("::__Site").replace("::{{closure}}", "");
    let (parent, written) = path.split_at(last_segment(&path));
    // The name that the attribute gives takes the place of the written one; type arguments stay.
    let arguments = written.find('<').map_or("", |place| &written[place..]);
    format!("{parent}{name}{arguments}")
}

/// Where the last segment of `path` begins. Segments can hold paths themselves, in angle brackets.
fn last_segment(path: &str) -> usize {
    let mut depth = 0;
    for (place, byte) in path.bytes().enumerate().rev() {
        match byte {
            b'>' => depth += 1,
            b'<' => depth -= 1,
            b':' if depth == 0 => return place + 1,
            _ => {}
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn paths_of_functions() {
        let path = |inside| path_of(inside, "name");
        assert_eq!(path("krate::module::f::__Site"), "krate::module::name");
        assert_eq!(path("krate::Type<a::B>::f::{{closure}}"), "krate::Type<a::B>::name");
        assert_eq!(path("krate::f<a::B>::{{closure}}::{{closure}}"), "krate::name<a::B>");
        assert_eq!(
            path("<krate::T<_> as krate::Trait>::f::__Site"),
            "<krate::T<_> as krate::Trait>::name"
        );
    }
}
