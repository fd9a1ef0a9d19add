//! What is told to whoever listens with `tracing`. Without that feature nobody is told, and nothing is done.
//!
//! A listener is anybody's code, so he is told outside every lock.

use super::TierError;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What is told is about this tier, below the cache of this name.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) tier: &'static str,
    pub(super) function: &'a str,
}

/// An event, with an error or without.
macro_rules! event {
    ($level:ident, $about:ident $(, $error:ident)?; $what:literal) => {{
        #[cfg(feature = "tracing")]
        tracing::event!(
            target: "larder::tier",
            tracing::Level::$level,
            tier = $about.tier,
            function = $about.function,
            $(kind = ?$error.kind(), error = %$error.with_causes(),)?
            $what
        );
        #[cfg(not(feature = "tracing"))]
        let _ = ($about.tier, $about.function $(, $error)?);
    }};
}

impl About<'_> {
    pub(super) fn read_failed(self, error: &TierError) {
        event!(WARN, self, error; "a tier could not be read");
    }

    pub(super) fn change_failed(self, error: &TierError) {
        event!(WARN, self, error; "a tier could not be told of a change");
    }

    /// By this failure, which was told before.
    pub(super) fn breaker_opened(self, error: &TierError) {
        event!(WARN, self, error; "a tier has failed too often and is left alone");
    }

    pub(super) fn breaker_closed(self) {
        event!(INFO, self; "a tier works again");
    }
}

/// Tells that a queue is full, once until there has been room again: a value is turned away with every call then.
#[derive(Debug, Default)]
pub(super) struct Overflow(AtomicBool);

impl Overflow {
    /// A value has come, and found the queue full or not.
    pub(super) fn found(&self, full: bool, about: About<'_>) {
        let changed = self.0.load(Relaxed) != full && self.0.swap(full, Relaxed) != full;
        if changed && full {
            event!(WARN, about; "too many values wait for a tier, and more are not written to it");
        }
    }
}

/// Files that stood where a tier has its own, could not be it, and were renamed; until they can be told of, outside of the
/// locks that a tier is opened below.
#[derive(Debug, Default)]
#[must_use = "nobody is told"]
pub(super) struct SetAside(Vec<(PathBuf, PathBuf)>);

impl SetAside {
    /// Runs what may rename files below locks of its own, and tells what this tier has renamed once they are given back.
    pub(super) fn told<T>(tier: &'static str, run: impl FnOnce(&mut Self) -> T) -> T {
        let mut noted = Self::default();
        let done = run(&mut noted);
        noted.tell(tier);
        done
    }

    /// What stood at `path` is at `now`.
    pub(super) fn note(&mut self, path: &Path, now: PathBuf) {
        self.0.push((path.to_owned(), now));
    }

    /// Tells of those that this tier has renamed. A file may be that of many functions, so none is named.
    fn tell(self, tier: &'static str) {
        for (path, now) in self.0 {
            #[cfg(feature = "tracing")]
            tracing::event!(
                target: "larder::tier",
                tracing::Level::WARN,
                tier,
                path = %path.display(),
                set_aside = %now.display(),
                "what stood in the place of the file is damaged or something else, and was set aside"
            );
            #[cfg(not(feature = "tracing"))]
            let _ = (tier, path, now);
        }
    }
}
