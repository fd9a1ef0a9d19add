//! What can go wrong in a tier.

use super::Tier;
use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What is said of a tier that is left alone.
pub(super) const LEFT_ALONE: &str = "it has failed, and is left alone for a while";

/// What went wrong in a tier. Its message names no key and no value.
///
/// Callers of memoized functions do not see it unless the function asks for that with `on_tier_error = fail`: the call goes on
/// without the tier, and the metrics tell. Those who [open](super), flush or close a tier do.
#[derive(Debug)]
pub struct TierError {
    kind: TierErrorKind,
    /// Of which tier it is said: whoever reads it may have several.
    tier: Option<&'static str>,
    what: What,
    /// Whether it says where that was.
    is_placed: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What is said of it. To copy it costs nothing, for while a tier is left alone every call makes such an error.
#[derive(Debug, Clone)]
enum What {
    Always(&'static str),
    Shared(Arc<str>),
}

/// Which kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TierErrorKind {
    /// It cannot be reached, or is not able to serve just now. The same may succeed later.
    Unavailable,
    /// It did not answer in time. The same may succeed later.
    TimedOut,
    /// It does not want this: too large, not allowed, no room. The same will not succeed later.
    Refused,
    /// It cannot do this at all.
    Unsupported,
    /// What is stored is not what it should be.
    Damaged,
    /// It has been closed.
    Closed,
    /// How it was asked for is wrong: an address, a setting.
    Misconfigured,
}

impl TierError {
    /// An error of this kind. `what` says what was not possible, in a few words, without keys, values or passwords.
    #[must_use]
    pub fn new(kind: TierErrorKind, what: impl Into<String>) -> Self {
        Self::said(kind, What::from(what.into()))
    }

    /// That the tier is not asked for a while, with the words of its breaker for that if it has any.
    pub(super) fn left_alone(why: Option<Arc<str>>) -> Self {
        let what = why.map_or(What::Always(LEFT_ALONE), What::Shared);
        Self::said(TierErrorKind::Unavailable, what)
    }

    fn said(kind: TierErrorKind, what: What) -> Self {
        Self { kind, tier: None, what, is_placed: false, source: None }
    }

    /// With what it came from.
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// [`TierErrorKind::Unavailable`], with what it came from.
    #[must_use]
    pub fn unavailable(
        what: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::new(TierErrorKind::Unavailable, what).because(source)
    }

    /// The message, with those of what it came from.
    pub(super) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Some say of themselves what their cause says too.
            if !text.ends_with(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        text
    }

    /// Said of this tier.
    pub(super) fn of(self, tier: &'static str) -> Self {
        Self { tier: Some(tier), ..self }
    }

    /// Said of this place, host and port, unless it says already where that was.
    pub(super) fn at(self, place: impl fmt::Display) -> Self {
        if self.is_placed {
            return self;
        }
        Self { what: format!("{} ({place})", self.what).into(), is_placed: true, ..self }
    }

    /// Said of where this tier is, if it is somewhere.
    pub(super) fn somewhere(self, tier: &dyn Tier) -> Self {
        if self.is_placed {
            return self;
        }
        // It is not larder's code, and nothing but a part of a message.
        match catch_unwind(AssertUnwindSafe(|| tier.place())).ok().flatten() {
            Some(place) => self.at(place),
            None => self,
        }
    }

    /// The same once more, for somebody else, with the messages of its causes.
    #[cfg(any(feature = "memcached", feature = "redis"))]
    pub(super) fn repeated(&self, more: &str) -> Self {
        let what = What::from(format!("{}{more}", self.with_causes()));
        Self { kind: self.kind, tier: self.tier, what, is_placed: self.is_placed, source: None }
    }

    /// A tier that panics has failed. What tokio says of a runtime without drivers is told as what it is.
    pub(super) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref().copied()).unwrap_or_default();
        if said.contains("timers are disabled") || said.contains("IO is disabled") {
            let what = "the tokio runtime has not the drivers that this tier needs: `enable_all`";
            Self::new(TierErrorKind::Misconfigured, what)
        } else {
            Self::new(TierErrorKind::Unavailable, "the tier has panicked")
        }
    }

    /// [`TierErrorKind::Unsupported`].
    #[must_use]
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::new(TierErrorKind::Unsupported, what)
    }

    /// Which kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> TierErrorKind {
        self.kind
    }

    /// Whether the same may succeed later without anything else changing.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, TierErrorKind::Unavailable | TierErrorKind::TimedOut)
    }
}

impl fmt::Display for TierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tier) = self.tier {
            write!(f, "{tier}: ")?;
        }
        fmt::Display::fmt(&self.what, f)
    }
}

impl From<String> for What {
    fn from(what: String) -> Self {
        Self::Shared(what.into())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always(what) => what,
            Self::Shared(what) => what,
        })
    }
}

impl StdError for TierError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
