//! A tier that keeps bytes in memory: what a tier has to do, in the simplest way.

use super::{Epoch, Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey};
use crate::clock;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What an entry is counted with beside its key and its value.
const OVERHEAD: u64 = 64;

/// A tier in the memory of the process, with a bound on its bytes. What was written longest ago leaves first.
///
/// It keeps tags, and every promise of [`Tier`], in the simplest way there is: for tests of what stands above a tier, and to
/// read before one writes another. It is behind one lock, and nothing waits for anything else.
///
/// ```
/// # fn main() -> Result<(), larder::tier::TierError> {
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use larder::tier::{Memory, Tier, TierEntry, TierKey};
///
/// let memory = Memory::new(1024 * 1024);
/// let key = TierKey::new(b"key".to_vec());
/// let entry = TierEntry {
///     key: key.clone(),
///     value: b"value".to_vec().into(),
///     deadline: None,
///     epoch: None,
///     tags: vec!["tag".to_owned()],
/// };
/// memory.put("namespace", &[entry]).await?;
/// let keys = [key];
/// assert_eq!(memory.get("namespace", &keys).await?.values[0].as_deref(), Some(&b"value"[..]));
/// memory.remove_tagged("namespace", "tag").await?;
/// assert_eq!(memory.get("namespace", &keys).await?.values[0], None);
/// # Ok(()) }) }
/// ```
#[derive(Debug)]
pub struct Memory {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    max_bytes: u64,
    bytes: u64,
    writes: u64,
    /// Where the entries are, in the order in which they were written.
    order: BTreeMap<u64, (Arc<str>, TierKey)>,
    namespaces: HashMap<Arc<str>, Namespace>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Namespace {
    epoch: u64,
    entries: HashMap<TierKey, Held>,
}

#[derive(Debug)]
struct Held {
    entry: TierEntry,
    written: u64,
}

impl Memory {
    /// An empty one, that keeps entries of up to so many bytes together. Each counts with its key, its value, and 64 bytes.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        let state = State {
            max_bytes,
            bytes: 0,
            writes: 0,
            order: BTreeMap::new(),
            namespaces: HashMap::new(),
            closed: false,
        };
        Self { state: Mutex::new(state) }
    }

    /// How many bytes its entries have together, as they are counted for the bound.
    ///
    /// ```
    /// assert_eq!(larder::tier::Memory::new(1000).bytes(), 0);
    /// ```
    pub fn bytes(&self) -> u64 {
        self.state.lock().bytes
    }

    fn run<'a, T: 'a>(
        &'a self,
        work: impl FnOnce(&mut State) -> Result<T, TierError> + Send + 'a,
    ) -> TierFuture<'a, T> {
        Box::pin(async move {
            let mut state = self.state.lock();
            if state.closed {
                return Err(TierError::new(TierErrorKind::Closed, "the tier has been closed"));
            }
            work(&mut state)
        })
    }
}

impl State {
    fn get(&self, namespace: &str, keys: &[TierKey]) -> Fetched {
        let now = clock::wall();
        let Some(namespace) = self.namespaces.get(namespace) else {
            return Fetched { epoch: Epoch(0), values: vec![None; keys.len()] };
        };
        let value = |key: &TierKey| -> Option<Bytes> {
            let entry = &namespace.entries.get(key)?.entry;
            let is_over = entry.deadline.is_some_and(|deadline| deadline.remaining(now).is_zero());
            (!is_over).then(|| entry.value.clone())
        };
        Fetched { epoch: Epoch(namespace.epoch), values: keys.iter().map(value).collect() }
    }

    fn put(&mut self, namespace: &str, entries: &[TierEntry]) -> Result<(), TierError> {
        let epoch = Epoch(self.namespaces.get(namespace).map_or(0, |found| found.epoch));
        let mut refused = false;
        for entry in entries.iter().filter(|entry| entry.epoch.is_none_or(|made| made == epoch)) {
            self.remove(namespace, &entry.key);
            if size(entry) > self.max_bytes {
                refused = true;
                continue;
            }
            self.insert(namespace, entry);
            while self.bytes > self.max_bytes {
                self.remove_oldest();
            }
        }
        if refused {
            return Err(TierError::new(TierErrorKind::Refused, "an entry is too large"));
        }
        Ok(())
    }

    fn insert(&mut self, namespace: &str, entry: &TierEntry) {
        let name = match self.namespaces.get_key_value(namespace) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(namespace),
        };
        self.writes += 1;
        self.bytes += size(entry);
        self.order.insert(self.writes, (Arc::clone(&name), entry.key.clone()));
        // A copy: what was given may be a part of something larger, which would be kept as a whole.
        let value = Bytes::copy_from_slice(&entry.value);
        let held = Held { entry: TierEntry { value, ..entry.clone() }, written: self.writes };
        let entries = &mut self.namespaces.entry(name).or_default().entries;
        entries.insert(entry.key.clone(), held);
    }

    fn remove(&mut self, namespace: &str, key: &TierKey) {
        let found = self.namespaces.get_mut(namespace);
        if let Some(held) = found.and_then(|namespace| namespace.entries.remove(key)) {
            self.order.remove(&held.written);
            self.bytes -= size(&held.entry);
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, (namespace, key))) = self.order.pop_first() {
            self.remove(&namespace, &key);
        }
    }

    fn clear(&mut self, namespace: &str) {
        let namespace = self.namespaces.entry(namespace.into()).or_default();
        namespace.epoch += 1;
        for held in std::mem::take(&mut namespace.entries).into_values() {
            self.order.remove(&held.written);
            self.bytes -= size(&held.entry);
        }
    }

    fn remove_tagged(&mut self, namespace: &str, tag: &str) {
        let Some(found) = self.namespaces.get(namespace) else { return };
        let is_tagged = |held: &&Held| held.entry.tags.iter().any(|own| own == tag);
        let tagged = found.entries.values().filter(is_tagged);
        let keys: Vec<_> = tagged.map(|held| held.entry.key.clone()).collect();
        for key in &keys {
            self.remove(namespace, key);
        }
    }
}

fn size(entry: &TierEntry) -> u64 {
    let tags: usize = entry.tags.iter().map(String::len).sum();
    OVERHEAD + (entry.key.as_bytes().len() + entry.value.len() + tags) as u64
}

impl Tier for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        self.run(move |state| Ok(state.get(namespace, keys)))
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        self.run(move |state| state.put(namespace, entries))
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        self.run(move |state| {
            for key in keys {
                state.remove(namespace, key);
            }
            Ok(())
        })
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        self.run(move |state| {
            state.clear(namespace);
            Ok(())
        })
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        self.run(move |state| {
            state.remove_tagged(namespace, tag);
            Ok(())
        })
    }

    fn flush(&self) -> TierFuture<'_, ()> {
        self.run(|_| Ok(()))
    }

    fn close(&self) -> TierFuture<'_, ()> {
        Box::pin(async {
            let mut state = self.state.lock();
            state.closed = true;
            state.bytes = 0;
            state.order.clear();
            state.namespaces.clear();
            Ok(())
        })
    }
}
