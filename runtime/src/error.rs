//! What can go wrong inside larder itself.

/// What can go wrong inside larder itself.
///
/// The error of a memoized function is never wrapped in this: it reaches the caller as the function
/// returned it.
///
/// ```
/// use larder::{Cache, Error};
///
/// let cache: Cache<u64, u64> = Cache::new(10);
/// let missing = cache.try_get(&1).unwrap_err();
/// assert!(matches!(missing, Error::NotFound));
/// assert!(!missing.is_retryable());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The cache holds no live entry for the key.
    NotFound,
    /// A tier has not taken everything that it was to be told. It is owed that, and is told when it can be reached again.
    TierUnavailable {
        /// Which one: `"sqlite"`, `"redis"`.
        tier: &'static str,
    },
}

impl Error {
    /// Whether the same call may succeed later without anything else changing.
    ///
    /// An absent entry stays absent until somebody stores it, so [`Error::NotFound`] is not.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::NotFound => false,
            Error::TierUnavailable { .. } => true,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::NotFound => f.write_str("no live entry for this key"),
            Error::TierUnavailable { tier } => {
                write!(f, "the tier `{tier}` has not taken everything yet")
            }
        }
    }
}

impl std::error::Error for Error {}
