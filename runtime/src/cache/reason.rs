//! Why an entry left.

/// Why an entry left a cache, as an [`on_evict`](crate::Cache::on_evict) hook hears it.
///
/// ```
/// use larder::{Cache, Reason};
/// use std::sync::{Arc, Mutex};
///
/// let seen = Arc::new(Mutex::new(Vec::new()));
/// let cache = Cache::new(1);
/// cache.on_evict({
///     let seen = seen.clone();
///     move |key: &u64, _: &u64, reason| seen.lock().unwrap().push((*key, reason))
/// });
/// cache.set(1, 10);
/// cache.set(1, 11);
/// cache.set(2, 20);
/// cache.remove(&2);
/// let expected = [(1, Reason::Replaced), (1, Reason::Size), (2, Reason::Removed)];
/// assert_eq!(*seen.lock().unwrap(), expected);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// To make room for others.
    Size,
    /// Its time was up. Noticed when something else passes by, not at the very moment.
    Expired,
    /// A newer value took its place, or a newer value was too heavy to be stored.
    Replaced,
    /// It was removed or invalidated by name.
    Removed,
    /// Everything was cleared.
    Cleared,
}

impl Reason {
    /// Each, in the order of the discriminants.
    pub(crate) const ALL: [Self; 5] =
        [Self::Size, Self::Expired, Self::Replaced, Self::Removed, Self::Cleared];
}
