//! What is wrong with a configuration.

use std::fmt;

/// Everything that is wrong with a [`Config`](super::Config). Its message shows no keys and no passwords.
///
/// ```
/// use larder::Config;
///
/// let vars = [("LARDER_DISK_TTL", "soon"), ("LARDER_DISC", "memory:x")];
/// let error = Config::from_vars(vars.map(|(k, v)| (k.to_owned(), v.to_owned()))).unwrap_err();
/// assert_eq!(error.problems().len(), 3);
/// assert_eq!(error.problems()[0], "`LARDER_DISC` is not known; the nearest is `LARDER_DISK`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// Each of the problems, in one line.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0
    }

    /// `value`, unless there are problems.
    pub(super) fn unless<T>(problems: Vec<String>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self(problems)) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for ConfigError {}
