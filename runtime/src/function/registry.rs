//! Every memoized function of the program, known from its start.

use super::overrides::Setting;
use super::site::{Function, Handle, Options};
use crate::cache::Policy;
use crate::metrics::Metrics;
use std::time::Duration;

/// An annotated function, entered at link time.
pub struct Registered(pub &'static Function);

inventory::collect!(Registered);

/// One memoized function of the program. See [`functions`].
#[derive(Clone, Copy)]
pub struct FunctionInfo {
    function: &'static Function,
}

/// Every function of the program that bears a larder attribute and has a cache of its own, also those that have not
/// been called yet, ordered by name.
///
/// ```
/// use larder::prelude::*;
///
/// #[async_lru(maxsize = 10)]
/// async fn double(n: u64) -> u64 {
///     2 * n
/// }
///
/// let known = larder::functions();
/// let double = known.iter().find(|function| function.name().ends_with("::double")).unwrap();
/// assert_eq!(double.maxsize(), Some(10));
/// assert_eq!(double.get_metrics().misses, 0);
/// ```
#[must_use]
pub fn functions() -> Vec<FunctionInfo> {
    let mut all: Vec<_> = inventory::iter::<Registered>
        .into_iter()
        .map(|registered| FunctionInfo { function: registered.0 })
        .collect();
    all.sort_by_cached_key(FunctionInfo::name);
    all
}

/// The statics of all of them.
#[cfg(feature = "tier")]
pub(super) fn statics() -> impl Iterator<Item = &'static Function> {
    inventory::iter::<Registered>.into_iter().map(|registered| registered.0)
}

/// The memoized function with this [`name`](FunctionInfo::name), if there is one; the first of several.
///
/// ```
/// use larder::prelude::*;
///
/// #[async_lru]
/// async fn double(n: u64) -> u64 {
///     2 * n
/// }
///
/// # let name = double.cache().name().to_owned();
/// // In the crate `app` this would be "app::double".
/// larder::function(&name).unwrap().set_maxsize(50);
/// assert_eq!(double.cache().maxsize(), Some(50));
/// assert!(larder::function("app::triple").is_none());
/// ```
#[must_use]
#[doc(alias = "cache")]
pub fn function(name: &str) -> Option<FunctionInfo> {
    functions().into_iter().find(|function| function.name() == name)
}

impl FunctionInfo {
    /// The path of the function, `krate::module::function` or `krate::Type::method`; with `name = ".."` it ends in that
    /// name. Type arguments are left out or `_`: see [`instances`](Self::instances) for them.
    #[must_use]
    pub fn name(&self) -> String {
        self.function.path()
    }

    /// The `version` of the attribute, 0 without one.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.function.spec.version
    }

    /// The bound on the number of entries that [`set_maxsize`](Self::set_maxsize) or the attribute set, `None` for `unbounded` and
    /// for `max_bytes` alone.
    #[must_use]
    pub fn maxsize(&self) -> Option<usize> {
        let set = self.function.overrides.get().maxsize;
        set.map_or_else(|| self.options().get_maxsize(), |Setting(maxsize)| maxsize)
    }

    /// Bounds the number of entries of every monomorphization, also of those that have not been called yet, in the place of
    /// the attribute; `None` takes the bound away. As [`Cache::set_maxsize`](crate::Cache::set_maxsize) for each.
    ///
    /// ```
    /// use larder::prelude::*;
    ///
    /// #[async_lru(maxsize = 10)]
    /// async fn double(n: u64) -> u64 {
    ///     2 * n
    /// }
    ///
    /// # let name = double.cache().name().to_owned();
    /// let info = larder::function(&name).unwrap();
    /// info.set_maxsize(500);
    /// assert_eq!((info.maxsize(), double.cache().maxsize()), (Some(500), Some(500)));
    /// ```
    pub fn set_maxsize(&self, maxsize: impl Into<Option<usize>>) {
        self.function.set_maxsize(maxsize.into());
    }

    /// The bound on the weight of entries that the attribute set.
    #[must_use]
    pub fn max_bytes(&self) -> Option<u64> {
        self.options().get_max_bytes()
    }

    /// What leaves first.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.options().get_policy()
    }

    /// The lifetime that [`set_ttl`](Self::set_ttl) or the attribute set.
    #[must_use]
    pub fn ttl(&self) -> Option<Duration> {
        let set = self.function.overrides.get().ttl;
        set.map_or_else(|| self.options().get_ttl(), |Setting(ttl)| ttl)
    }

    /// Sets the lifetime of what every monomorphization stores from now on, also of those that have not been called yet, in the
    /// place of the attribute; `None` for ever.
    ///
    /// ```
    /// use larder::prelude::*;
    /// use std::time::Duration;
    ///
    /// #[async_lru]
    /// async fn double(n: u64) -> u64 {
    ///     2 * n
    /// }
    ///
    /// # let name = double.cache().name().to_owned();
    /// let info = larder::function(&name).unwrap();
    /// info.set_ttl(Duration::from_secs(5));
    /// assert_eq!((info.ttl(), double.cache().ttl()), (Some(Duration::from_secs(5)), info.ttl()));
    /// ```
    pub fn set_ttl(&self, ttl: impl Into<Option<Duration>>) {
        self.function.set_ttl(ttl.into());
    }

    /// What its caches did, summed over the monomorphizations that have been called, their bounds as well.
    #[must_use]
    pub fn get_metrics(&self) -> Metrics {
        let mut all = Vec::new();
        self.for_each(|cache| all.push(cache.metrics()));
        all.into_iter().reduce(Metrics::with).unwrap_or_default()
    }

    /// What each monomorphization did that has been called, by its full path with type arguments.
    #[must_use]
    pub fn instances(&self) -> Vec<(String, Metrics)> {
        let mut all = Vec::new();
        self.for_each(|cache| all.push((cache.name().to_owned(), cache.metrics())));
        all
    }

    /// Removes every entry of every monomorphization.
    pub fn clear(&self) {
        self.for_each(Handle::clear);
    }

    /// Sets the counters of every monomorphization to zero.
    pub fn reset_metrics(&self) {
        self.for_each(Handle::reset_metrics);
    }

    /// Switches caching off and on again for every monomorphization.
    pub fn set_enabled(&self, enabled: bool) {
        self.function.set_enabled(enabled);
    }

    fn options(self) -> Options {
        (self.function.spec.options)()
    }

    fn for_each(self, visit: impl FnMut(&'static dyn Handle)) {
        self.function.for_each(visit);
    }
}

/// Closes what lies below every function that has been called.
#[cfg(feature = "tier")]
pub(crate) fn close_all() -> Vec<crate::load::Settling<Result<(), crate::error::Error>>> {
    let mut all = Vec::new();
    for function in functions() {
        function.for_each(|cache| all.extend(cache.close_below()));
    }
    all
}

impl std::fmt::Debug for FunctionInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FunctionInfo")
            .field("name", &self.name())
            .field("maxsize", &self.maxsize())
            .field("max_bytes", &self.max_bytes())
            .field("policy", &self.policy())
            .field("ttl", &self.ttl())
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}
