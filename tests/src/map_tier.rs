//! A tier that does what a test wants.

use larder::tier::{
    Epoch, Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Entries in memory, and a switch for how it behaves. Clones are the same tier.
#[derive(Debug, Clone)]
pub struct MapTier {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    mood: watch::Sender<Mood>,
}

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It does what it is told.
    Well,
    /// It fails, and might succeed later.
    Failing,
    /// It wants nothing.
    Refusing,
    /// It does not answer until its mood changes.
    Silent,
}

/// All that a tier holds at a moment.
#[derive(Debug)]
pub struct Snapshot {
    epochs: HashMap<String, u64>,
    entries: HashMap<(String, TierKey), TierEntry>,
}

#[derive(Debug, Default)]
struct State {
    epochs: HashMap<String, u64>,
    entries: HashMap<(String, TierKey), TierEntry>,
    calls: Vec<String>,
}

impl Default for MapTier {
    fn default() -> Self {
        let shared = Shared { state: Mutex::default(), mood: watch::Sender::new(Mood::Well) };
        Self { shared: Arc::new(shared) }
    }
}

impl MapTier {
    /// Behaves like this from now on.
    pub fn set_mood(&self, mood: Mood) {
        self.shared.mood.send_replace(mood);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().expect("no test panics in here")
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().entries.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it was asked since the last time, as `get 1`, `put 3`, `remove 2`, `clear`.
    #[expect(clippy::must_use_candidate, reason = "to forget them is a use too")]
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    /// Changes the bytes of every value.
    pub fn tamper(&self, change: impl Fn(Vec<u8>) -> Vec<u8>) {
        for entry in self.state().entries.values_mut() {
            entry.value = change(entry.value.to_vec()).into();
        }
    }

    /// What it holds, to be [put back](Self::restore) later.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.state();
        Snapshot { epochs: state.epochs.clone(), entries: state.entries.clone() }
    }

    /// Holds again what it held then.
    pub fn restore(&self, then: &Snapshot) {
        let mut state = self.state();
        state.epochs.clone_from(&then.epochs);
        state.entries.clone_from(&then.entries);
    }

    /// Every value as it lies here.
    #[must_use]
    pub fn values(&self) -> Vec<Vec<u8>> {
        self.state().entries.values().map(|entry| entry.value.to_vec()).collect()
    }

    /// The names of the namespaces that hold something.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        let mut all: Vec<_> =
            self.state().entries.keys().map(|(namespace, _)| namespace.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    async fn called(&self, call: String) -> Result<(), TierError> {
        self.state().calls.push(call);
        let mut mood = self.shared.mood.subscribe();
        let _ = mood.wait_for(|mood| *mood != Mood::Silent).await;
        let mood = *mood.borrow();
        match mood {
            Mood::Well | Mood::Silent => Ok(()),
            Mood::Failing => Err(TierError::new(TierErrorKind::Unavailable, "it fails")),
            Mood::Refusing => Err(TierError::new(TierErrorKind::Refused, "it does not want this")),
        }
    }
}

impl Tier for MapTier {
    fn name(&self) -> &'static str {
        "map"
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        Box::pin(async move {
            self.called(format!("get {}", keys.len())).await?;
            let state = self.state();
            let epoch = state.epochs.get(namespace).copied().unwrap_or_default();
            let value = |key: &TierKey| {
                let entry = state.entries.get(&(namespace.to_owned(), key.clone()))?;
                (entry.epoch == Some(Epoch(epoch))).then(|| entry.value.clone())
            };
            Ok(Fetched { epoch: Epoch(epoch), values: keys.iter().map(value).collect() })
        })
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        Box::pin(async move {
            self.called(format!("put {}", entries.len())).await?;
            let mut state = self.state();
            let now = Epoch(state.epochs.get(namespace).copied().unwrap_or_default());
            for entry in entries {
                let entry = TierEntry { epoch: entry.epoch.or(Some(now)), ..entry.clone() };
                state.entries.insert((namespace.to_owned(), entry.key.clone()), entry);
            }
            Ok(())
        })
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        Box::pin(async move {
            self.called(format!("remove {}", keys.len())).await?;
            let mut state = self.state();
            for key in keys {
                state.entries.remove(&(namespace.to_owned(), key.clone()));
            }
            Ok(())
        })
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        Box::pin(async move {
            self.called("clear".to_owned()).await?;
            let mut state = self.state();
            *state.epochs.entry(namespace.to_owned()).or_default() += 1;
            state.entries.retain(|(owner, _), _| owner != namespace);
            Ok(())
        })
    }
}
