//! A configuration from environment variables.

use super::values::{lifetime, number, size, switch};
use super::{Config, ConfigError, LayerConfig};
use crate::nearest::near;
use crate::tier::Write;
use std::collections::BTreeMap;

/// What the name of every variable begins with.
const OURS: &str = "LARDER_";
/// What there is, in short.
const KNOWN: &str = "there are `LARDER_PREFIX`, `LARDER_ENABLED`, `LARDER_DISK`, `LARDER_REMOTE`, and the settings of the \
                     last two, such as `LARDER_DISK_TTL`";

/// Sets one thing.
type Set = fn(&mut LayerConfig, &str) -> Result<(), String>;

/// The settings of a tier, by what stands behind `LARDER_DISK_` and `LARDER_REMOTE_`.
const OF_LAYER: [(&str, Set); 17] = [
    ("NAME", |layer, text| set(&mut layer.name, Ok(text.to_owned()))),
    ("TTL", |layer, text| set(&mut layer.ttl, lifetime(text))),
    ("TIME_OUT", |layer, text| set(&mut layer.time_out, lifetime(text))),
    ("WRITE", |layer, text| set(&mut layer.write, write(text))),
    ("READ", |layer, text| set(&mut layer.read, switch(text))),
    ("ENABLED", |layer, text| set(&mut layer.enabled, switch(text))),
    ("MAX_VALUE", |layer, text| set(&mut layer.max_value, size(text))),
    ("QUEUE", |layer, text| set(&mut layer.queue, number(text))),
    ("BREAKER_FAILURES", |layer, text| set(&mut layer.breaker_failures, number(text))),
    ("BREAKER_OPEN_FOR", |layer, text| set(&mut layer.breaker_open_for, lifetime(text))),
    ("BREAKER_PROBES", |layer, text| set(&mut layer.breaker_probes, number(text))),
    ("RETRIES", |layer, text| set(&mut layer.retries, number(text))),
    ("RETRY_PAUSE", |layer, text| set(&mut layer.retry_pause, lifetime(text))),
    ("CODEC", |layer, text| set(&mut layer.codec, Ok(text.to_owned()))),
    ("COMPRESS_ABOVE", |layer, text| set(&mut layer.compress_above, size(text))),
    ("ENCRYPT", |layer, text| set(&mut layer.encrypt, Ok(text.into()))),
    ("SIGN", |layer, text| set(&mut layer.sign, Ok(text.into()))),
];

fn set<T>(field: &mut Option<T>, value: Result<T, String>) -> Result<(), String> {
    *field = Some(value?);
    Ok(())
}

fn write(text: &str) -> Result<Write, String> {
    match text {
        "through" => Ok(Write::Through),
        "behind" => Ok(Write::Behind),
        "off" => Ok(Write::Off),
        _ => Err("has to be `through`, `behind` or `off`".to_owned()),
    }
}

impl Config {
    /// Variables that begin with `LARDER_` and are not settings: larder's own tests read them. They are ignored, and no others.
    pub const RESERVED: [&str; 2] = ["LARDER_SEED", "LARDER_SECONDS"];

    /// What the environment says.
    ///
    /// | variable | what it is |
    /// |---|---|
    /// | `LARDER_PREFIX`, `LARDER_ENABLED` | [`prefix`](Self::prefix), [`enabled`](Self::enabled) |
    /// | `LARDER_DISK`, `LARDER_REMOTE` | the addresses of the two tiers |
    /// | `LARDER_DISK_TTL`, `LARDER_REMOTE_TTL`, and so on | every other field of [`LayerConfig`], in capitals |
    ///
    /// A variable that is empty counts as not set. Functions have no variables, for their names have colons.
    ///
    /// # Errors
    /// Everything that is wrong: values that are not understood, settings of a tier that has no address, and every other
    /// variable that begins with `LARDER_`, but for those in [`RESERVED`](Self::RESERVED).
    ///
    /// ```no_run
    /// larder::Config::from_env()?.apply()?;
    /// # Ok::<(), larder::config::ConfigError>(())
    /// ```
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::default().with_env()
    }

    /// The same from variables that are given. Those that do not begin with `LARDER_` are ignored.
    ///
    /// # Errors
    /// As for [`from_env`](Self::from_env).
    ///
    /// ```
    /// use larder::Config;
    /// use std::time::Duration;
    ///
    /// let vars = [("LARDER_DISK", "memory:vars"), ("LARDER_DISK_TTL", "1h"), ("HOME", "/root")];
    /// let config = Config::from_vars(vars.map(|(name, value)| (name.to_owned(), value.to_owned())))?;
    /// assert_eq!(config.disk.unwrap().ttl, Some(Duration::from_secs(3600)));
    /// # Ok::<(), larder::config::ConfigError>(())
    /// ```
    pub fn from_vars(
        vars: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::default().with_vars(vars)
    }

    /// This, with what the environment says in the place of what was said before.
    ///
    /// # Errors
    /// As for [`from_env`](Self::from_env).
    ///
    /// ```no_run
    /// # let file = "{}";
    /// let config: larder::Config = serde_json::from_str(file)?;
    /// config.with_env()?.apply()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with(std::env::vars_os().map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.into_string().map_err(drop))
        }))
    }

    /// The same with variables that are given.
    ///
    /// # Errors
    /// As for [`from_env`](Self::from_env).
    ///
    /// ```
    /// use larder::Config;
    ///
    /// let mut config = Config::default();
    /// config.enabled = Some(false);
    /// let config = config.with_vars([("LARDER_ENABLED".to_owned(), "true".to_owned())])?;
    /// assert_eq!(config.enabled, Some(true));
    /// # Ok::<(), larder::config::ConfigError>(())
    /// ```
    pub fn with_vars(
        self,
        vars: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        self.with(vars.into_iter().map(|(name, value)| (name, Ok(value))))
    }

    /// `Err` for a value that is no text.
    fn with(
        mut self,
        vars: impl Iterator<Item = (String, Result<String, ()>)>,
    ) -> Result<Self, ConfigError> {
        let ours = vars.filter(|(name, _)| name.starts_with(OURS));
        // In their order, so that the same is said every time.
        let ours: BTreeMap<_, _> =
            ours.filter(|(name, _)| !Self::RESERVED.contains(&&**name)).collect();
        let mut problems = Vec::new();
        for (name, value) in &ours {
            if let Err(problem) = self.read(&name[OURS.len()..], value) {
                problems.push(format!("`{name}` {problem}"));
            }
        }
        for (name, layer) in [("LARDER_DISK", &self.disk), ("LARDER_REMOTE", &self.remote)] {
            if layer.as_ref().is_some_and(|layer| layer.address.is_empty()) {
                problems.push(format!("there are settings for `{name}`, which is not set"));
            }
        }
        ConfigError::unless(problems, self)
    }

    /// Takes one variable in, by what stands behind `LARDER_`.
    fn read(&mut self, name: &str, value: &Result<String, ()>) -> Result<(), String> {
        let Some(setting) = Setting::called(name) else {
            return Err(match near(name, Setting::all()) {
                Some(near) => format!("is not known; the nearest is `{OURS}{near}`"),
                None => format!("is not known; {KNOWN}"),
            });
        };
        let Ok(text) = value else { return Err("is no text".to_owned()) };
        if text.is_empty() {
            return Ok(());
        }
        match setting {
            Setting::Prefix => set(&mut self.prefix, Ok(text.clone())),
            Setting::Enabled => set(&mut self.enabled, switch(text)),
            Setting::Address(role) => {
                self.layer(role).address.clone_from(text);
                Ok(())
            }
            Setting::OfLayer(role, set) => set(self.layer(role), text),
        }
    }

    fn layer(&mut self, role: Role) -> &mut LayerConfig {
        match role {
            Role::Disk => self.disk.get_or_insert_default(),
            Role::Remote => self.remote.get_or_insert_default(),
        }
    }
}

#[derive(Clone, Copy)]
enum Role {
    Disk,
    Remote,
}

const ROLES: [(&str, Role); 2] = [("DISK", Role::Disk), ("REMOTE", Role::Remote)];

/// What a variable sets.
enum Setting {
    Prefix,
    Enabled,
    Address(Role),
    OfLayer(Role, Set),
}

impl Setting {
    /// By what stands behind `LARDER_`.
    fn called(name: &str) -> Option<Self> {
        match name {
            "PREFIX" => return Some(Self::Prefix),
            "ENABLED" => return Some(Self::Enabled),
            _ => {}
        }
        ROLES.into_iter().find_map(|(prefix, role)| match name.strip_prefix(prefix)? {
            "" => Some(Self::Address(role)),
            more => {
                let more = more.strip_prefix('_')?;
                let (_, set) = OF_LAYER.into_iter().find(|(name, _)| *name == more)?;
                Some(Self::OfLayer(role, set))
            }
        })
    }

    /// The names of all variables, without what all begin with.
    fn all() -> impl Iterator<Item = String> {
        let layers = ROLES.into_iter().flat_map(|(role, _)| {
            let settings = OF_LAYER.map(|(name, _)| format!("{role}_{name}"));
            std::iter::once(role.to_owned()).chain(settings)
        });
        ["PREFIX", "ENABLED"].map(str::to_owned).into_iter().chain(layers)
    }
}

#[cfg(test)]
mod tests {
    use super::Setting;

    #[test]
    fn every_name_is_known() {
        assert_eq!(Setting::all().count(), 38);
        for name in Setting::all() {
            assert!(Setting::called(&name).is_some(), "{name}");
        }
    }
}
