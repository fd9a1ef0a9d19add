//! Which schemes there are, and which addresses have been opened.

use super::lazy::Lazy;
use super::report::SetAside;
use super::{Layer, Tier, TierError, TierErrorKind};
use crate::nearest::near;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// An address of a tier, taken apart.
///
/// `scheme:rest?setting=value&..`. Settings are taken out by those who know them; one that is left over is an error.
#[derive(Clone)]
pub struct Address {
    scheme: String,
    rest: String,
    settings: BTreeMap<String, String>,
    /// The settings that there are: those that somebody has asked for.
    known: BTreeSet<String>,
    /// Whether a password is among the settings. With a `&` in it, what stands behind that looks like another one.
    is_secret: bool,
}

/// Without what may be secret: where it is, and all settings.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl Address {
    pub(super) fn parse(address: &str) -> Result<Self, TierError> {
        let known = || wrong(format!("an address begins with a scheme: {}", known()));
        let (scheme, rest) = address.split_once(':').ok_or_else(known)?;
        let (rest, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let mut all = BTreeMap::new();
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| wrong("a setting has no value; `&` in a value is written `%26`"))?;
            if all.insert(name.to_owned(), value.to_owned()).is_some() {
                return Err(wrong(format!("the setting `{name}` is given twice")));
            }
        }
        let is_secret =
            all.keys().any(|name| name.starts_with("pass") || name.ends_with("password"));
        let (scheme, rest) = (scheme.to_owned(), rest.to_owned());
        Ok(Self { scheme, rest, settings: all, known: BTreeSet::new(), is_secret })
    }

    /// What stands before the first colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// What stands behind the first colon, without the settings: a path, or `//host:port`.
    #[must_use]
    pub fn rest(&self) -> &str {
        &self.rest
    }

    /// Takes a setting out.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.known.insert(name.to_owned());
        self.settings.remove(name)
    }

    /// Takes a setting out that is a number.
    ///
    /// # Errors
    /// When it is none.
    pub fn number<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, TierError> {
        self.parsed(name, "a number", |text| text.parse().ok())
    }

    /// Takes a setting out that is a length of time: `50ms`, `1h30m`, `1d`.
    ///
    /// # Errors
    /// When it is none.
    pub fn duration(&mut self, name: &str) -> Result<Option<Duration>, TierError> {
        self.parsed(name, "a length of time such as `50ms` or `1h30m`", |text| {
            humantime::parse_duration(text).ok()
        })
    }

    /// Takes a setting out that is a number of bytes: `4096`, `64MiB`, `1GB`.
    ///
    /// # Errors
    /// When it is none.
    pub fn size(&mut self, name: &str) -> Result<Option<u64>, TierError> {
        self.parsed(name, "a number of bytes such as `4096` or `64MiB`", |text| {
            text.parse::<bytesize::ByteSize>().ok().map(|size| size.as_u64())
        })
    }

    /// Takes a setting out that is `true` or `false`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn switch(&mut self, name: &str) -> Result<Option<bool>, TierError> {
        self.parsed(name, "`true` or `false`", |text| text.parse().ok())
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, TierError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let value = parse(&text)
            .ok_or_else(|| wrong(format!("the setting `{name}` has to be {expected}")))?;
        Ok(Some(value))
    }

    /// Whether nothing is left that nobody knows.
    fn finish(&self) -> Result<(), TierError> {
        match self.settings.keys().next() {
            Some(_) if self.is_secret => {
                let what = "has no setting of one of these names; `&` in a value is written `%26`";
                Err(wrong(format!("`{}:` {what}", self.scheme)))
            }
            Some(name) => {
                let hint = match near(name, self.known.iter().cloned()) {
                    Some(near) => format!("the nearest is `{near}`"),
                    None => format!("it has {}", listed(&self.known, "")),
                };
                Err(wrong(format!("`{}:` has no setting `{name}`; {hint}", self.scheme)))
            }
            None => Ok(()),
        }
    }

    /// The same for the same tier.
    fn identity(&self) -> String {
        let settings: Vec<_> = self.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
        format!("{}:{}?{}", self.scheme, self.rest, settings.join("&"))
    }
}

pub(super) fn wrong(what: impl Into<String>) -> TierError {
    TierError::new(TierErrorKind::Misconfigured, what)
}

fn unknown(address: &Address) -> TierError {
    let Address { scheme, rest, .. } = address;
    if let Some(feature) = super::built_in::feature_of(scheme) {
        return wrong(format!("`{scheme}:` needs the feature `{feature}` of larder"));
    }
    // What looks like a scheme is the host then, and with nothing but digits behind it there is no password.
    let meant = match rest.parse::<u16>() {
        Ok(11_211) => format!("did you mean `memcached://{scheme}:{rest}`? "),
        Ok(_) => format!("did you mean `redis://{scheme}:{rest}`? "),
        Err(_) => String::new(),
    };
    wrong(format!("there is no scheme `{scheme}:`; {meant}known are {}", known()))
}

/// All of them, as they are shown, with what stands behind each.
fn listed<'a>(names: impl IntoIterator<Item = &'a String>, behind: &str) -> String {
    let shown = names.into_iter().map(|name| format!("`{name}{behind}`"));
    shown.collect::<Vec<_>>().join(", ")
}

type Make = dyn Fn(&mut Address) -> Result<Arc<dyn Tier>, TierError> + Send + Sync;

#[derive(Default)]
struct Registry {
    schemes: BTreeMap<String, Arc<Make>>,
    /// By identity.
    opened: HashMap<String, Layer>,
}

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

fn with<R>(use_it: impl FnOnce(&mut Registry) -> R) -> R {
    let mut registry = REGISTRY.lock();
    use_it(registry.get_or_insert_with(|| {
        let mut registry = Registry::default();
        for (scheme, make) in super::built_in::schemes() {
            registry.schemes.insert(scheme.to_owned(), Arc::new(make));
        }
        registry
    }))
}

pub(super) fn register(
    scheme: &str,
    make: impl Fn(&mut Address) -> Result<Arc<dyn Tier>, TierError> + Send + Sync + 'static,
) {
    with(|registry| registry.schemes.insert(scheme.to_owned(), Arc::new(make)));
}

fn known() -> String {
    with(|registry| listed(registry.schemes.keys(), ":"))
}

/// The layer of an address: the same tier and breaker for all who open it.
pub(super) fn shared(mut address: Address) -> Result<Layer, TierError> {
    let identity = address.identity();
    if let Some(layer) = with(|registry| registry.opened.get(&identity).cloned()) {
        return Ok(layer);
    }
    let make = with(|registry| registry.schemes.get(address.scheme()).cloned());
    let make = make.ok_or_else(|| unknown(&address))?;
    // Outside the lock: it may be anybody's code.
    let tier = make(&mut address)?;
    address.finish()?;
    let layer = Layer::shared(tier);
    // Of two who open it at once one is late; what he has made is dropped outside the lock.
    let mine = layer.clone();
    let opened = with(|registry| registry.opened.entry(identity).or_insert(mine).clone());
    drop(layer);
    Ok(opened)
}

/// Everything that was opened by address; from now on an address opens a new one.
pub(super) fn take_all() -> Vec<Layer> {
    with(|registry| std::mem::take(&mut registry.opened)).into_values().collect()
}

/// A tier that is opened when it is first used.
pub(super) fn lazily<T: Tier>(
    name: &'static str,
    open: impl Fn(&mut SetAside) -> Result<T, TierError> + Send + Sync + 'static,
) -> Arc<dyn Tier> {
    Arc::new(Lazy::new(name, open))
}
