//! Bytes as a sequence of operations on a cache, beside a map that knows what must never happen: a wrong value, one past its
//! deadline, one that was removed; more than the bound allows; an entry that is lost although nothing was evicted; a
//! length or a weight that is not that of the entries.

mod codec;
mod random;

pub use codec::codec;
pub use random::run;

use larder::{Cache, Policy, Ttl};
use std::collections::HashMap;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

/// Four of them share a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u8);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.0 / 4);
    }
}

const POLICIES: [Policy; 6] =
    [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];
const NEVER: u64 = u64::MAX;

fn weight(value: u32) -> u64 {
    u64::from(value % 23)
}

#[derive(Debug, Clone, Copy)]
struct Known {
    value: u32,
    /// In milliseconds.
    deadline: u64,
    /// Whether it has to be there: nothing was evicted since it was last seen.
    sure: bool,
}

struct Bench<'b> {
    bytes: &'b [u8],
    cache: Cache<Key, u32>,
    known: HashMap<Key, Known>,
    now: u64,
    lifetime: u64,
    maxsize: Option<usize>,
    max_weight: Option<u64>,
    evicted: u64,
    /// Another number for every value.
    values: u32,
}

/// Runs them. Panics when something is wrong.
pub fn ops(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let Some(mut bench) = Bench::new(bytes) else { return };
        let often = bench.byte() % 2 == 0;
        let mut step = 0;
        while !bench.bytes.is_empty() {
            bench.step().await;
            step += 1;
            // Not always after each step: the look takes out what has expired.
            if often || step % 16 == 0 {
                bench.check();
            }
        }
        bench.check();
    });
}

impl<'b> Bench<'b> {
    fn new(bytes: &'b [u8]) -> Option<Self> {
        let [policy, bound, lifetime, regions, bytes @ ..] = bytes else { return None };
        let policy = POLICIES[usize::from(*policy) % POLICIES.len()];
        let mut builder = Cache::builder().policy(policy).concurrency(usize::from(*regions % 8));
        let maxsize = (bound % 3 != 0).then_some(usize::from(bound % 32));
        let max_weight = (bound % 4 == 0).then_some(u64::from(*bound));
        if let Some(maxsize) = maxsize {
            builder = builder.maxsize(maxsize);
        }
        if let Some(max_weight) = max_weight {
            builder = builder.max_bytes(max_weight).weigher(|_, value| weight(*value));
        }
        let lifetime = if lifetime % 2 == 0 { NEVER } else { u64::from(*lifetime) };
        if lifetime != NEVER {
            builder = builder.ttl(Duration::from_millis(lifetime));
        }
        let (cache, known) = (builder.build(), HashMap::new());
        Some(Self {
            bytes,
            cache,
            known,
            now: 0,
            lifetime,
            maxsize,
            max_weight,
            evicted: 0,
            values: 0,
        })
    }

    fn byte(&mut self) -> u8 {
        let [first, rest @ ..] = self.bytes else { return 0 };
        self.bytes = rest;
        *first
    }

    fn key(&mut self) -> Key {
        Key(self.byte() % 48)
    }

    fn value(&mut self) -> u32 {
        self.values += 1 + u32::from(self.byte());
        self.values
    }

    fn lifetime(&mut self) -> Ttl {
        match self.byte() {
            byte @ 0..200 => Ttl::After(Duration::from_millis(u64::from(byte) * 3)),
            200..220 => Ttl::Never,
            220..240 => Ttl::Default,
            byte => Ttl::After(Duration::from_secs(u64::from(byte) << 20)),
        }
    }

    fn deadline(&self, ttl: Ttl) -> Option<u64> {
        let millis = match ttl {
            Ttl::After(time) => u64::try_from(time.as_millis()).unwrap_or(NEVER),
            Ttl::Default => self.lifetime,
            _ => NEVER,
        };
        (millis != 0).then(|| self.now.saturating_add(millis))
    }

    /// What has been stored, if it could be.
    fn stored(&mut self, key: Key, value: u32, ttl: Ttl) {
        self.known.remove(&key);
        let fits = self.max_weight.is_none_or(|most| weight(value) <= most);
        if let Some(deadline) = self.deadline(ttl)
            && fits
            && self.maxsize != Some(0)
        {
            self.known.insert(key, Known { value, deadline, sure: true });
        }
        self.look_for_evictions();
    }

    /// If something has been evicted it may have been anything.
    fn look_for_evictions(&mut self) {
        let evicted = self.cache.get_metrics().evictions.size;
        if evicted != self.evicted {
            self.evicted = evicted;
            self.known.values_mut().for_each(|known| known.sure = false);
        }
    }

    /// What is found under a key is what is known of it.
    fn found(&mut self, key: Key, found: Option<u32>) {
        let live = self.known.get(&key).copied().filter(|known| self.now < known.deadline);
        match (found, live) {
            (Some(found), Some(known)) => assert_eq!(found, known.value, "{key:?}"),
            (Some(found), None) => panic!("{key:?} is not there any more, and is found: {found}"),
            (None, Some(_)) => {
                self.look_for_evictions();
                let known = self.known.remove(&key).expect("it was there");
                assert!(!known.sure, "{key:?} is lost: {known:?}");
            }
            (None, None) => _ = self.known.remove(&key),
        }
    }

    async fn step(&mut self) {
        match self.byte() % 24 {
            0..3 => {
                let key = self.key();
                self.found(key, self.cache.get(&key));
            }
            3 => {
                let key = self.key();
                self.found(key, self.cache.peek(&key));
            }
            4..8 => {
                let (key, value) = (self.key(), self.value());
                self.cache.set(key, value);
                self.stored(key, value, Ttl::Default);
            }
            8..10 => {
                let (key, value, ttl) = (self.key(), self.value(), self.lifetime());
                self.cache.set_with(key, value, ttl);
                self.stored(key, value, ttl);
            }
            10 => {
                let key = self.key();
                let before = self.cache.peek(&key);
                self.found(key, before);
                assert_eq!(self.cache.remove(&key), before.is_some());
                self.known.remove(&key);
            }
            11 => {
                let (key, ttl) = (self.key(), self.lifetime());
                let before = self.cache.peek(&key);
                self.found(key, before);
                assert_eq!(self.cache.touch(&key, ttl), before.is_some());
                match self.deadline(ttl) {
                    Some(deadline) => {
                        if let Some(known) = self.known.get_mut(&key) {
                            known.deadline = deadline;
                        }
                    }
                    None => _ = self.known.remove(&key),
                }
            }
            12 => {
                let (key, value) = (self.key(), self.value());
                let before = self.cache.peek(&key);
                self.found(key, before);
                let mut old = None;
                let new = self.cache.update(key, |found| {
                    old = found;
                    (value % 4 != 0).then_some(value)
                });
                assert_eq!(new, (value % 4 != 0).then_some(value));
                assert_eq!(old, before);
                match new {
                    Some(value) => self.stored(key, value, Ttl::Default),
                    None => _ = self.known.remove(&key),
                }
            }
            13 => {
                let (key, value) = (self.key(), self.value());
                let before = self.cache.peek(&key);
                self.found(key, before);
                assert_eq!(self.cache.get_or_insert(key, value), before.unwrap_or(value));
                if before.is_none() {
                    self.stored(key, value, Ttl::Default);
                }
            }
            14 => {
                let (key, value) = (self.key(), self.value());
                let before = self.cache.peek(&key);
                self.found(key, before);
                let got = self.cache.get_with(key, async { value }).await;
                assert_eq!(got, before.unwrap_or(value));
                if before.is_none() {
                    self.stored(key, value, Ttl::Default);
                }
            }
            15 => {
                let key = self.key();
                let got = self.cache.try_get_with(key, async { Err::<u32, ()>(()) }).await;
                self.found(key, got.ok());
            }
            16 => self.load_beside().await,
            17 => {
                let byte = self.byte();
                if byte % 4 == 0 {
                    self.cache.clear();
                    self.known.clear();
                } else {
                    let odd = |value: u32| value % 16 == 1;
                    self.cache.remove_if(|_, value| odd(*value));
                    self.known.retain(|_, known| !odd(known.value));
                }
            }
            18 => {
                let byte = self.byte();
                self.maxsize = match byte {
                    0..64 => Some(usize::from(byte)),
                    64..128 => Some(2000),
                    _ => None,
                };
                self.cache.set_maxsize(self.maxsize);
                self.look_for_evictions();
            }
            19 => {
                let byte = u64::from(self.byte());
                self.lifetime = if byte < 50 { NEVER } else { byte };
                let lifetime = (byte >= 50).then(|| Duration::from_millis(byte));
                self.cache.set_ttl(lifetime);
            }
            20..22 => self.pass(u64::from(self.bytes.first().copied().unwrap_or(1))).await,
            22 => {
                let byte = u32::from(self.byte());
                self.pass(1 << (byte % 34)).await;
            }
            _ => self.check(),
        }
    }

    async fn pass(&mut self, millis: u64) {
        tokio::time::advance(Duration::from_millis(millis)).await;
        self.now += millis;
    }

    /// A load that is begun, overtaken by a write or an invalidation, and then ended or dropped.
    async fn load_beside(&mut self) {
        let (key, value, newer, what) = (self.key(), self.value(), self.value(), self.byte());
        let before = self.cache.peek(&key);
        self.found(key, before);
        let cache = self.cache.clone();
        let load = async {
            tokio::task::yield_now().await;
            value
        };
        let mut call = pin!(cache.get_with(key, load));
        let began = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(began.is_ready(), before.is_some());
        match what % 4 {
            0 => {
                cache.set(key, newer);
                self.stored(key, newer, Ttl::Default);
            }
            1 => {
                cache.remove(&key);
                self.known.remove(&key);
            }
            2 => {
                cache.clear();
                self.known.clear();
            }
            _ => {}
        }
        if before.is_some() || what % 8 >= 4 {
            return;
        }
        assert_eq!(call.await, value);
        if what % 4 == 3 {
            self.stored(key, value, Ttl::Default);
        }
    }

    /// Everything that is there, at once.
    fn check(&mut self) {
        self.look_for_evictions();
        let entries = self.cache.entries();
        let metrics = self.cache.get_metrics();
        assert_eq!(entries.len(), self.cache.len());
        assert_eq!(entries.len(), metrics.entries);
        assert!(self.maxsize.is_none_or(|most| entries.len() <= most));
        if let Some(most) = self.max_weight {
            let weights: u64 = entries.iter().map(|(_, value)| weight(*value)).sum();
            assert_eq!(metrics.weight, weights);
            assert!(weights <= most);
        }
        let entries: HashMap<_, _> = entries.into_iter().collect();
        assert_eq!(entries.len(), metrics.entries, "a key is there twice");
        for (key, value) in &entries {
            let known = self.known.get(key).filter(|known| self.now < known.deadline);
            assert_eq!(known.map(|known| known.value), Some(*value), "{key:?}");
        }
        for (key, known) in &self.known {
            let there = entries.contains_key(key) || self.now >= known.deadline;
            assert!(there || !known.sure, "{key:?} is lost: {known:?}");
        }
        self.known.retain(|key, _| entries.contains_key(key));
        // What is there now has to stay.
        self.known.values_mut().for_each(|known| known.sure = true);
    }
}
