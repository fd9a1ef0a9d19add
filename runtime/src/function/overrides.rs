//! Settings of a function that take the place of those of its attribute.

use super::site::Handle;
use parking_lot::Mutex;
use std::time::Duration;

/// For all caches of a function, those to come included.
pub(super) struct Overrides(Mutex<Settings>);

/// `None` where the attribute decides.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Settings {
    pub(super) maxsize: Option<Bound>,
    pub(super) ttl: Option<Lifetime>,
}

/// `None` for no bound.
type Bound = Setting<usize>;
/// `None` for ever.
type Lifetime = Setting<Duration>;

/// What was set, which may be that there is to be none.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Setting<T>(pub(super) Option<T>);

impl Overrides {
    pub(super) const fn none() -> Self {
        Self(Mutex::new(Settings { maxsize: None, ttl: None }))
    }

    pub(super) fn get(&self) -> Settings {
        *self.0.lock()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.0.lock());
    }

    /// Makes a cache what it is to be. Outside the lock, for hooks may hear of what leaves; so what is to be may change
    /// meanwhile.
    pub(super) fn settle(&self, cache: &dyn Handle) {
        loop {
            let settings = self.get();
            if let Some(Setting(maxsize)) = settings.maxsize {
                cache.set_maxsize(maxsize);
            }
            if let Some(Setting(ttl)) = settings.ttl {
                cache.set_ttl(ttl);
            }
            if self.get() == settings {
                return;
            }
        }
    }
}
