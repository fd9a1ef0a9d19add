//! How a configuration takes effect: everything is checked before anything is changed.

use super::{Config, ConfigError, FunctionConfig, LayerConfig};
use crate::function::{self, FunctionInfo};
use crate::nearest::nearest;
use crate::tier::{Defaults, Layer};
use parking_lot::Mutex;

impl Config {
    /// Lets it take effect, for all functions and for calls from now on. What is left out stays as it is.
    ///
    /// It can be applied while the program runs, and again when it has changed. Tiers are opened when they are first used;
    /// one that was in use already goes on, with what it still has to write. A tier that only code has set stays, unless
    /// this sets another one.
    ///
    /// # Errors
    /// Everything that is wrong with it: an address or a setting that is not understood, a feature that is missing, a function
    /// that does not exist. Then nothing has taken effect.
    ///
    /// ```
    /// use larder::Config;
    ///
    /// let config: Config = serde_json::from_str(
    ///     r#"{ "disk": { "address": "rabbit://hole", "codec": "morse" }, "functions": { "app::gone": {} } }"#,
    /// )?;
    /// let error = config.apply().unwrap_err();
    /// assert_eq!(error.problems().len(), 3);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn apply(&self) -> Result<(), ConfigError> {
        /// Two at once are one after the other.
        static ONE: Mutex<()> = Mutex::new(());
        let _one = ONE.lock();
        self.prepared().map(Prepared::apply)
    }

    fn prepared(&self) -> Result<Prepared<'_>, ConfigError> {
        let Self { prefix, enabled, disk, remote, functions } = self;
        let mut problems = Vec::new();
        let mut layer = |config: &Option<LayerConfig>, role| {
            config.as_ref().and_then(|config| config.layer(role, &mut problems))
        };
        let (disk, remote) = (layer(disk, "disk"), layer(remote, "remote"));
        let all = function::functions();
        let mut named = Vec::new();
        for (name, config) in functions {
            let found = all.iter().filter(|function| function.name() == *name);
            problems.extend(config.problem(name));
            let before = named.len();
            named.extend(found.map(|function| (*function, config)));
            if named.len() == before {
                problems.push(unknown_function(name, &all));
            }
        }
        let prefix = prefix.as_deref();
        ConfigError::unless(problems, Prepared { prefix, enabled: *enabled, disk, remote, named })
    }
}

/// What was found to be right.
struct Prepared<'a> {
    prefix: Option<&'a str>,
    enabled: Option<bool>,
    disk: Option<Layer>,
    remote: Option<Layer>,
    named: Vec<(FunctionInfo, &'a FunctionConfig)>,
}

impl Prepared<'_> {
    fn apply(self) {
        let Self { prefix, enabled, disk, remote, named } = self;
        if let Some(prefix) = prefix {
            crate::defaults().prefix(prefix);
        }
        Defaults::set(disk, remote);
        for (function, config) in named {
            config.apply(function);
        }
        if let Some(enabled) = enabled {
            function::set_enabled(enabled);
        }
    }
}

fn unknown_function(name: &str, all: &[FunctionInfo]) -> String {
    match nearest(name, all.iter().map(FunctionInfo::name)) {
        Some(nearest) => {
            format!("there is no memoized function `{name}`; the nearest is `{nearest}`")
        }
        None => format!("there is no memoized function `{name}`, nor any other"),
    }
}
