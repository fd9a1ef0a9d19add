//! Memory and the tiers below it as one.

use super::{Boarding, Cache, Cargo, Inner, Key, Value};
use crate::call::Call;
use crate::call::key::Leaf;
use crate::call::memoized::{Answer, Ask, Launch, Memoized};
use crate::call::shape::OnlyOk;
use crate::load::{Lower, Solo, settled};
use crate::metrics::Event;
use crate::store::Expected;
use crate::ttl::{Term, Ttl};
use std::future::{Ready, ready};
use tokio::runtime::Handle;

/// Memory and all tiers below it. From [`Cache::through`].
///
/// A write returns when every tier has been told, or after its time-out; one that could not be told is owed it, and told as
/// soon as it can be. Bulk calls are one round trip per tier.
///
/// # Cancellation
/// A write that is dropped after its first poll happens all the same; a lookup leaves no trace.
pub struct Through<'c, K: Key, V> {
    pub(super) cache: &'c Cache<K, V>,
}

impl<K: Key, V: Value> Through<'_, K, V> {
    /// The value of `key`, wherever it is; memory has it then. Counts as a hit or a miss.
    ///
    /// While somebody loads it, this waits for that load.
    pub async fn get(&self, key: &K) -> Option<V> {
        Call::new(Stored { cache: self.cache, key: key.clone() }).await.ok()
    }

    /// The entries of those `keys` that there are. Counts a hit or a miss per key.
    pub async fn get_many(&self, keys: impl IntoIterator<Item = K>) -> Vec<(K, V)> {
        let keys: Vec<K> = keys.into_iter().collect();
        let values = self.get_many_ordered(&keys).await;
        keys.into_iter().zip(values).filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// The value of every key in turn, `None` where there is none. Counts a hit or a miss per key.
    pub async fn get_many_ordered(&self, keys: &[K]) -> Vec<Option<V>> {
        let mut values: Vec<_> = keys.iter().map(|key| self.cache.hit(key)).collect();
        let missing = (0..keys.len()).filter(|place| values[*place].is_none());
        let missing: Vec<_> = missing.map(|place| (place, keys[place].clone())).collect();
        if missing.is_empty() {
            return values;
        }
        let below = below(self.cache.clone(), missing);
        // On its own: it holds claims on its keys, and a caller who does not poll it is to hold up nobody.
        let found = match Handle::try_current() {
            Ok(runtime) => runtime.spawn(below).await.unwrap_or_default(),
            Err(_) => below.await,
        };
        for (place, found) in found {
            values[place] = match found {
                Sought::Value(value) => value,
                Sought::Elsewhere => self.get(&keys[place]).await,
            };
        }
        values
    }

    /// Stores `value` with the lifetime of the cache.
    pub async fn set(&self, key: K, value: V) {
        self.set_with(key, value, Ttl::Default).await;
    }

    /// Stores `value` with a lifetime of its own. A lifetime of zero removes the entry.
    pub async fn set_with(&self, key: K, value: V, ttl: impl Into<Ttl>) {
        let set = self.cache.inner.set(key, value, Term::from(ttl.into()), Expected::Anything);
        settled(set.settling).await;
    }

    /// Stores every pair with the lifetime of the cache.
    pub async fn set_many(&self, entries: impl IntoIterator<Item = (K, V)>) {
        let inner = &self.cache.inner;
        let sets = entries
            .into_iter()
            .map(|(key, value)| inner.set(key, value, Term::DEFAULT, Expected::Anything).settling);
        for set in sets.collect::<Vec<_>>() {
            settled(set).await;
        }
    }

    /// Removes the entry of `key` everywhere. Whether there was a live one in memory.
    pub async fn remove(&self, key: &K) -> bool {
        let removed = self.cache.inner.remove(key, Expected::Anything);
        settled(removed.settling).await;
        removed.so
    }

    /// Removes the entries of `keys` everywhere. The number of live ones among them in memory.
    pub async fn remove_many<'k>(&self, keys: impl IntoIterator<Item = &'k K>) -> usize
    where
        K: 'k,
    {
        let inner = &self.cache.inner;
        let removals: Vec<_> =
            keys.into_iter().map(|key| inner.remove(key, Expected::Anything)).collect();
        let mut live = 0;
        for removal in removals {
            live += usize::from(removal.so);
            settled(removal.settling).await;
        }
        live
    }

    /// Removes every entry, everywhere.
    pub async fn clear(&self) {
        settled(self.cache.inner.clear()).await;
    }
}

impl<K: Key, V: Value> std::fmt::Debug for Through<'_, K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Through").field(self.cache).finish()
    }
}

/// What came of a key that was sought below memory.
enum Sought<V> {
    Value(Option<V>),
    /// Somebody else is at it, or it is asked for twice.
    Elsewhere,
}

/// Seeks keys below memory, each with a number. What is invalidated while the tiers answer is not stored: there is a claim on
/// each key.
async fn below<K: Key, V: Value>(
    cache: Cache<K, V>,
    keys: Vec<(usize, K)>,
) -> Vec<(usize, Sought<V>)> {
    let inner = &cache.inner;
    let (mut sought, mut claims, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for (number, key) in keys {
        match inner.board(key.clone(), Term::DEFAULT) {
            Boarding::Leads(ticket) => {
                claims.push((number, Solo::new(ticket, &**inner)));
                asked.push(key);
            }
            Boarding::Hit(found) => {
                inner.count(Event::Hit);
                inner.tell_hit(&found);
                sought.push((number, Sought::Value(Some(found.value))));
            }
            Boarding::Joined(_) => sought.push((number, Sought::Elsewhere)),
        }
    }
    let found = match inner.look_below_many(&asked) {
        Some(lookup) => lookup.await,
        None => asked.iter().map(|_| None).collect(),
    };
    for ((number, solo), found) in claims.into_iter().zip(found) {
        inner.count(if found.is_some() { Event::Hit } else { Event::Miss });
        let value = found.map(|lower| take_in(inner, &solo, lower));
        sought.push((number, Sought::Value(value)));
    }
    sought
}

/// Memory takes in what was found below it.
fn take_in<K: Key, V: Value>(inner: &Inner<K, V>, solo: &Solo<'_>, lower: Lower<V>) -> V {
    let value = lower.value.clone();
    let cargo = Cargo::from_below(lower, inner.lifetime());
    drop(inner.arrive(solo.ticket(), Some(cargo), true));
    solo.hand_over();
    value
}

/// A call that loads nothing.
struct Stored<'c, K: Key, V> {
    cache: &'c Cache<K, V>,
    key: K,
}

/// There is no such entry anywhere.
struct Absent;

impl<'c, K: Key, V: Value> Memoized for Stored<'c, K, V> {
    type Output = Result<V, Absent>;
    type Key = K;
    type Value = V;
    type Body = Ready<Result<V, Absent>>;
    type Shape = OnlyOk<V, Absent>;
    type Home = &'c Cache<K, V>;

    const LOADS: bool = false;

    fn home(&self) -> &Self::Home {
        &self.cache
    }

    fn ask(&self, ask: Ask<'_, K, V>) -> Answer<K, V> {
        ask.with(Leaf::new(&self.key))
    }

    fn shape(&self) -> Self::Shape {
        OnlyOk::new()
    }

    fn body(&mut self) -> Self::Body {
        ready(Err(Absent))
    }

    fn launch(&mut self) -> Launch<V, Self::Body> {
        Launch::Own(self.body())
    }
}
