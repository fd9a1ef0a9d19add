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
    /// Counts what changes the entries or an epoch.
    changes: u64,
    /// The epoch of a namespace that was never cleared.
    first_epoch: u64,
    /// Where the entries are, in the order in which they were written.
    order: BTreeMap<u64, (Arc<str>, TierKey)>,
    namespaces: HashMap<Arc<str>, Namespace>,
    closed: bool,
}

/// All that a tier in memory holds, to be put into a file or taken out of one.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Contents {
    /// The epoch of a namespace that is not named here.
    pub(super) first_epoch: u64,
    pub(super) namespaces: Vec<(Arc<str>, Epoch)>,
    /// In the order in which they were written, each with the place of its namespace in the list.
    pub(super) entries: Vec<(usize, TierEntry)>,
}

#[derive(Debug)]
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
        Self::with(max_bytes, 0)
    }

    fn with(max_bytes: u64, first_epoch: u64) -> Self {
        let state = State {
            max_bytes,
            bytes: 0,
            writes: 0,
            changes: 0,
            first_epoch,
            order: BTreeMap::new(),
            namespaces: HashMap::new(),
            closed: false,
        };
        Self { state: Mutex::new(state) }
    }

    /// One that holds what another held, as far as there is room: what was written longest ago is left out first.
    pub(super) fn holding(contents: Contents, max_bytes: u64) -> Self {
        let mut memory = Self::with(max_bytes, contents.first_epoch);
        let state = memory.state.get_mut();
        for (name, epoch) in &contents.namespaces {
            state.namespaces.insert(name.clone(), Namespace::begun(epoch.0));
        }
        for (namespace, entry) in contents.entries {
            // One that does not fit any more is refused, and that is all.
            let _ = state.put(&contents.namespaces[namespace].0, &[entry]);
        }
        state.changes = 0;
        memory
    }

    /// What it holds and is not over yet, and the number of changes that it took.
    pub(super) fn contents(&self) -> (Contents, u64) {
        let now = clock::wall();
        let state = self.state.lock();
        let mut contents = Contents { first_epoch: state.first_epoch, ..Contents::default() };
        let mut places = HashMap::new();
        for (name, namespace) in &state.namespaces {
            places.insert(name.clone(), contents.namespaces.len());
            contents.namespaces.push((name.clone(), Epoch(namespace.epoch)));
        }
        for (name, key) in state.order.values() {
            let entry = &state.namespaces[name].entries[key].entry;
            if entry.deadline.is_none_or(|deadline| !deadline.remaining(now).is_zero()) {
                contents.entries.push((places[name], entry.clone()));
            }
        }
        (contents, state.changes)
    }

    /// The number of changes so far.
    pub(super) fn changes(&self) -> u64 {
        self.state.lock().changes
    }

    /// Gives everything back. Later calls fail.
    pub(super) fn shut(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.bytes = 0;
        state.order.clear();
        state.namespaces.clear();
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

impl Namespace {
    fn begun(epoch: u64) -> Self {
        Self { epoch, entries: HashMap::new() }
    }
}

impl State {
    fn get(&self, namespace: &str, keys: &[TierKey]) -> Fetched {
        let now = clock::wall();
        let Some(namespace) = self.namespaces.get(namespace) else {
            return Fetched { epoch: Epoch(self.first_epoch), values: vec![None; keys.len()] };
        };
        let value = |key: &TierKey| -> Option<Bytes> {
            let entry = &namespace.entries.get(key)?.entry;
            let is_over = entry.deadline.is_some_and(|deadline| deadline.remaining(now).is_zero());
            (!is_over).then(|| entry.value.clone())
        };
        Fetched { epoch: Epoch(namespace.epoch), values: keys.iter().map(value).collect() }
    }

    fn put(&mut self, namespace: &str, entries: &[TierEntry]) -> Result<(), TierError> {
        let epoch = self.namespaces.get(namespace).map_or(self.first_epoch, |found| found.epoch);
        let epoch = Epoch(epoch);
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
        self.changes += 1;
        self.bytes += size(entry);
        self.order.insert(self.writes, (Arc::clone(&name), entry.key.clone()));
        // A copy: what was given may be a part of something larger, which would be kept as a whole.
        let value = Bytes::copy_from_slice(&entry.value);
        let held = Held { entry: TierEntry { value, ..entry.clone() }, written: self.writes };
        let entries = &mut self.namespace(name).entries;
        entries.insert(entry.key.clone(), held);
    }

    fn namespace(&mut self, name: Arc<str>) -> &mut Namespace {
        let first = self.first_epoch;
        self.namespaces.entry(name).or_insert_with(|| Namespace::begun(first))
    }

    fn remove(&mut self, namespace: &str, key: &TierKey) {
        let found = self.namespaces.get_mut(namespace);
        if let Some(held) = found.and_then(|namespace| namespace.entries.remove(key)) {
            self.order.remove(&held.written);
            self.bytes -= size(&held.entry);
            self.changes += 1;
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, (namespace, key))) = self.order.pop_first() {
            self.remove(&namespace, &key);
        }
    }

    fn clear(&mut self, namespace: &str) {
        self.changes += 1;
        let namespace = self.namespace(namespace.into());
        // By the clock, so that an epoch does not come back when the clear is lost and another one follows.
        namespace.epoch = namespace.epoch.wrapping_add(1).max(clock::wall_millis());
        let gone = std::mem::take(&mut namespace.entries);
        for held in gone.into_values() {
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
            self.shut();
            Ok(())
        })
    }
}
