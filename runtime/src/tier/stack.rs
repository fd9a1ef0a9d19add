//! The tiers below one cache: who is asked, in which order, and who is told.

use super::change::Changes;
use super::defaults::{self, Role};
use super::place::{Answer, Identity, Permission, Place, Places, Stamped};
use super::queue::{Put, Work};
use super::{Deadline, Epoch, Layer, TierKey, Write, many, naming};
use crate::cache::{Key, Value};
use crate::clock;
use crate::codec::pack::Pack;
use crate::load::{Below, Change, Keep, Looked, Lookup, LookupMany, Lower, Settling, Wanted};
use crate::metrics::TierMetrics;
use crate::ttl::{Lifetime, Term};
use parking_lot::RwLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The tiers below one cache, from the top down.
pub(crate) struct Stack<K, V> {
    described: Described,
    pack: Arc<dyn Pack<K, V>>,
    identity: OnceLock<Arc<Identity<K, V>>>,
    places: RwLock<Arrangement<K, V>>,
    closed: AtomicBool,
    /// Whether all that was to be written has been, after it was closed.
    over: Arc<AtomicBool>,
}

/// Which tiers there are to be, and what their cache is called.
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) layers: Layers,
}

/// Which tiers there are to be.
#[expect(clippy::large_enum_variant, reason = "there is one for each function")]
pub(crate) enum Layers {
    /// These.
    Given(Vec<Layer>),
    /// Those of a function: its own, or if it names none the defaults of the process.
    OfFunction { disk: Option<Layer>, remote: Option<Layer> },
}

struct Arrangement<K, V> {
    /// Which state of the defaults they were made from.
    version: u64,
    all: Places<K, V>,
    /// Those that were tiers before. What they are owed is not forgotten.
    retired: Vec<Arc<Place<K, V>>>,
}

impl<K: Key, V: Value> Stack<K, V> {
    pub(crate) fn new(described: Described, pack: Arc<dyn Pack<K, V>>) -> Self {
        // No state of the defaults has this number.
        let places = Arrangement { version: u64::MAX, all: Arc::from([]), retired: Vec::new() };
        Self {
            described,
            pack,
            identity: OnceLock::new(),
            places: RwLock::new(places),
            closed: AtomicBool::new(false),
            over: Arc::default(),
        }
    }

    fn identity(&self) -> &Arc<Identity<K, V>> {
        self.identity.get_or_init(|| {
            let Described { name, version, .. } = &self.described;
            let prefix = defaults::prefix();
            let shape = self.pack.fingerprint();
            let namespace = format!("{prefix}{name}@{version}#{shape:016x}");
            Arc::new(Identity { name: name.clone(), namespace, pack: self.pack.clone() })
        })
    }

    /// The tiers as they are to be just now.
    fn places(&self) -> Places<K, V> {
        let places = self.places.read();
        if places.version == self.version() {
            return places.all.clone();
        }
        drop(places);
        self.arrange()
    }

    /// Which state of the defaults the tiers are to be made from.
    fn version(&self) -> u64 {
        match self.described.layers {
            Layers::Given(_) => 0,
            Layers::OfFunction { .. } => defaults::version(),
        }
    }

    /// The tiers that are switched on, and what they are called: the same as if all were.
    fn layers(&self) -> Vec<(Layer, &'static str)> {
        let layers: Vec<Layer> = match &self.described.layers {
            Layers::Given(layers) => layers.clone(),
            Layers::OfFunction { disk: None, remote: None } => {
                let roles = [Role::Disk, Role::Remote];
                roles.into_iter().filter_map(defaults::layer).collect()
            }
            Layers::OfFunction { disk, remote } => disk.iter().chain(remote).cloned().collect(),
        };
        let names = naming::names(&layers);
        layers.into_iter().zip(names).filter(|(layer, _)| layer.enabled).collect()
    }

    #[cold]
    fn arrange(&self) -> Places<K, V> {
        if !self.layers().is_empty() {
            // Before the lock: to find the shape of the values runs code of the user's.
            self.identity();
        }
        let mut places = self.places.write();
        let version = self.version();
        if places.version == version {
            return places.all.clone();
        }
        let known: Vec<_> = places.all.iter().chain(&places.retired).cloned().collect();
        // A tier that stays, or comes back, keeps its queue and its numbers, though it may be used otherwise.
        let place = |(layer, name)| {
            let same = known.iter().find(|place| place.layer.is(&layer));
            Arc::new(match same {
                Some(place) => place.used_as(layer, name),
                None => Place::new(layer, name, self.identity().clone()),
            })
        };
        let all: Places<K, V> = self.layers().into_iter().map(place).collect();
        let stays = |old: &Arc<Place<K, V>>| all.iter().any(|place| place.layer.is(&old.layer));
        let retired = known.into_iter().filter(|place| !stays(place)).collect();
        let new = Arrangement { version, all: all.clone(), retired };
        let before = std::mem::replace(&mut *places, new);
        drop(places);
        // Outside the lock: what is left of tiers and values may be anybody's code.
        drop(before);
        all
    }

    /// The tiers, and those that were and may be owed something.
    fn everything(&self) -> Vec<Arc<Place<K, V>>> {
        let present = self.places();
        let retired = self.places.read().retired.clone();
        present.iter().cloned().chain(retired).collect()
    }

    /// The tiers, unless this was closed.
    fn open_places(&self) -> Option<Places<K, V>> {
        let places = self.places();
        (!places.is_empty() && !self.closed.load(Relaxed)).then_some(places)
    }

    /// The tiers and the bytes of `key`, if it has any.
    fn at(&self, key: &K) -> Option<(Places<K, V>, Vec<u8>)> {
        let places = self.open_places()?;
        let bytes = self.pack.key(key).ok()?;
        Some((places, bytes))
    }
}

impl<K: Key, V: Value> Below<K, V> for Stack<K, V> {
    fn look_up(&self, key: &K, wanted: Wanted, strict: bool) -> Option<Lookup<V>> {
        let (places, bytes) = self.at(key)?;
        let plan = Plan { places, key: bytes, wanted, asked: Vec::new() };
        Some(Box::pin(plan.look_up(strict)))
    }

    fn look_up_many(&self, keys: &[K]) -> Option<LookupMany<V>> {
        let places = self.open_places()?;
        let keys = keys.iter().map(|key| self.pack.key(key).ok()).collect();
        Some(Box::pin(many::look_up(places, keys)))
    }

    fn put(&self, key: &K, value: V, ttl: Term, lifetime: Lifetime) -> Option<Box<dyn Change>> {
        let (places, bytes) = self.at(key)?;
        let asked = places
            .iter()
            .map(|place| Asked {
                key: place.address(&bytes),
                permission: Permission::Granted(None),
                took: Duration::ZERO,
            })
            .collect();
        let plan = Plan { places, key: bytes, wanted: Wanted::Permission, asked };
        Box::new(plan).keep(value, ttl, lifetime)
    }

    fn remove(&self, key: &K) -> Option<Box<dyn Change>> {
        let (places, bytes) = self.at(key)?;
        let mut changes = Changes::default();
        for place in places.iter() {
            changes.add(place, place.address(&bytes), Work::Remove, Some(place.layer.time_out));
        }
        Some(Box::new(changes))
    }

    fn clear(&self) -> Option<Box<dyn Change>> {
        let places = self.open_places()?;
        Some(Box::new(super::change::Clear::new(places)))
    }

    fn exists(&self) -> bool {
        self.open_places().is_some()
    }

    fn flush(&self) -> Settling<Result<(), crate::Error>> {
        let places = self.everything();
        Box::pin(async move { super::change::flush(&places).await })
    }

    fn close(&self) -> Settling<Result<(), crate::Error>> {
        if self.closed.swap(true, Relaxed) {
            return Box::pin(std::future::ready(Ok(())));
        }
        let (flushed, over) = (self.flush(), self.over.clone());
        Box::pin(async move {
            let flushed = flushed.await;
            over.store(true, Relaxed);
            flushed
        })
    }

    fn metrics(&self) -> Vec<TierMetrics> {
        // A function is closed with the process, and its tiers are gone then, whoever has named them. A cache by hand is closed
        // alone: how that went can be read.
        if self.over.load(Relaxed) && matches!(self.described.layers, Layers::OfFunction { .. }) {
            return Vec::new();
        }
        self.places().iter().map(|place| place.metrics()).collect()
    }

    fn reset_metrics(&self) {
        self.places().iter().for_each(|place| place.counters.reset());
    }
}

/// One key on its way down the tiers, and what was learned on the way.
pub(super) struct Plan<K, V> {
    pub(super) places: Places<K, V>,
    pub(super) key: Vec<u8>,
    pub(super) wanted: Wanted,
    pub(super) asked: Vec<Asked>,
}

/// What was learned of one tier.
pub(super) struct Asked {
    pub(super) key: TierKey,
    pub(super) permission: Permission,
    /// How long it took: so much less is waited for it later.
    pub(super) took: Duration,
}

impl<K: Key, V: Value> Plan<K, V> {
    async fn look_up(mut self, strict: bool) -> Looked<V> {
        let places = self.places.clone();
        let mut failed = None;
        for place in places.iter() {
            let key = place.address(&self.key);
            let began = clock::now();
            let answer = match self.wanted {
                Wanted::Value => place.fetch(&key).await,
                Wanted::Permission => place.permission().await,
            };
            // By tokio's clock, which time-outs go by as well.
            let took = clock::since(began);
            let permission = answer.permission();
            match answer {
                Answer::Found(found) => return Looked::Found(self.found(place, found)),
                Answer::Failed(error) => failed = failed.or(Some(error)),
                Answer::Absent(_) | Answer::Unknown => {}
            }
            self.asked.push(Asked { key, permission, took });
        }
        match failed {
            Some(error) if strict => Looked::Failed(error),
            _ => Looked::Missed(Box::new(self)),
        }
    }

    /// A value for memory, and for the tiers above its own.
    pub(super) fn found(self, place: &Place<K, V>, found: Stamped<V>) -> Lower<V> {
        let Stamped { value, created, deadline } = found;
        let now = clock::wall_millis();
        // A clock that was set back makes nothing live longer than it was to.
        let left = deadline.map(|Deadline(at)| {
            Duration::from_millis(at.saturating_sub(now).min(at.saturating_sub(created)))
        });
        let mut promotion = Changes::default();
        let shared = (!self.asked.is_empty()).then(|| Arc::new(value.clone()));
        for (upper, asked) in self.places.iter().zip(self.asked) {
            let Some(value) = shared.clone() else { continue };
            let Some(epoch) = upper.accepts(asked.permission) else { continue };
            let cap = upper.layer.ttl.map(|ttl| after(now, ttl));
            let deadline = deadline.into_iter().chain(cap).min();
            let put = Put { value, created, deadline, epoch };
            promotion.add(upper, asked.key, Work::Put(put), None);
        }
        Lower {
            value,
            left: left.map_or(Lifetime::FOREVER, Lifetime::of),
            age: Duration::from_millis(now.saturating_sub(created)),
            tier: place.name,
            promotion: promotion.boxed(),
        }
    }
}

impl<K: Key, V: Value> Keep<V> for Plan<K, V> {
    fn keep(self: Box<Self>, value: V, ttl: Term, lifetime: Lifetime) -> Option<Box<dyn Change>> {
        let now = clock::wall_millis();
        let value = Arc::new(value);
        let mut changes = Changes::default();
        for (place, asked) in self.places.iter().zip(self.asked) {
            let Some(epoch) = place.accepts(asked.permission) else {
                // Where a fresh value was asked for, the one before it does not come back.
                if self.wanted == Wanted::Permission {
                    changes.add(place, asked.key, Work::Remove, None);
                }
                if place.layer.write != Write::Off {
                    place.counters.dropped.add(1);
                }
                continue;
            };
            let default = place.layer.ttl.map_or(lifetime, Lifetime::of);
            let wait = match place.layer.write {
                Write::Through => Some(place.layer.time_out.saturating_sub(asked.took)),
                Write::Behind | Write::Off => None,
            };
            let lives = ttl.lifetime(default);
            let work = if lives == Lifetime(0) {
                Work::Remove
            } else {
                let deadline = lives.duration().map(|lives| after(now, lives));
                Work::Put(Put { value: value.clone(), created: now, deadline, epoch })
            };
            changes.add(place, asked.key, work, wait);
        }
        changes.boxed()
    }
}

impl<K, V> Place<K, V> {
    /// Into which epoch a value is written, if one is.
    #[expect(clippy::option_option, reason = "the inner one is that of an entry")]
    fn accepts(&self, permission: Permission) -> Option<Option<Epoch>> {
        match permission {
            Permission::Granted(epoch) => (self.layer.write != Write::Off).then_some(epoch),
            Permission::Denied => None,
        }
    }
}

/// The moment so long after `now`, which is in Unix milliseconds.
fn after(now: u64, lifetime: Duration) -> Deadline {
    Deadline(now.saturating_add(u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX)))
}
