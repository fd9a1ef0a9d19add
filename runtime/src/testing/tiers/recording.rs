//! A tier that remembers what it was asked for.

use crate::tier::{Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey};
use parking_lot::Mutex;

/// One of the methods of [`Tier`] that do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are the methods of the trait")]
pub enum Operation {
    Get,
    Put,
    Remove,
    Clear,
    RemoveTagged,
    Flush,
    Close,
}

/// One call that a [`Recording`] tier has got.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// For what.
    pub operation: Operation,
    /// In which namespace; empty where there is none to tell.
    pub namespace: String,
    /// For which keys.
    pub keys: Vec<TierKey>,
    /// What was to be stored.
    pub entries: Vec<TierEntry>,
    /// What was to be removed by its tag.
    pub tag: Option<String>,
    /// How it went: `None` while it is under way, and when it was dropped half-way.
    pub outcome: Option<Result<(), TierErrorKind>>,
}

/// A tier that does what another does, and remembers what it was asked for, in the order in which the calls were first polled.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use larder::testing::tiers::{Operation, Recording};
/// use larder::tier::{Memory, Tier};
///
/// let tier = Recording::new(Memory::new(1000));
/// tier.clear("namespace").await.unwrap();
/// tier.get("namespace", &[]).await.unwrap();
///
/// assert_eq!(tier.count(Operation::Get), 1);
/// let asked = tier.take();
/// assert_eq!(asked[0].operation, Operation::Clear);
/// assert_eq!(asked[0].namespace, "namespace");
/// assert_eq!(asked[0].outcome, Some(Ok(())));
/// assert_eq!(tier.count(Operation::Get), 0);
/// # });
/// ```
#[derive(Debug)]
pub struct Recording<T> {
    tier: T,
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    /// How many have been taken away.
    taken: usize,
    asked: Vec<Asked>,
}

impl<T> Recording<T> {
    /// One that has not been asked for anything.
    #[must_use]
    pub fn new(tier: T) -> Self {
        Self { tier, record: Mutex::default() }
    }

    /// What it was asked for since that was last [taken](Self::take).
    pub fn asked(&self) -> Vec<Asked> {
        self.record.lock().asked.clone()
    }

    /// What it was asked for, and forgets that. How calls that are under way end is not remembered then.
    pub fn take(&self) -> Vec<Asked> {
        let mut record = self.record.lock();
        record.taken += record.asked.len();
        std::mem::take(&mut record.asked)
    }

    /// How often it was asked for this.
    pub fn count(&self, operation: Operation) -> usize {
        self.record.lock().asked.iter().filter(|asked| asked.operation == operation).count()
    }

    /// The tier that does it.
    pub fn inner(&self) -> &T {
        &self.tier
    }

    fn note<'a, V: 'a>(&'a self, asked: Asked, call: TierFuture<'a, V>) -> TierFuture<'a, V>
    where
        T: Sync,
    {
        Box::pin(async move {
            let number = {
                let mut record = self.record.lock();
                record.asked.push(asked);
                record.taken + record.asked.len() - 1
            };
            let done = call.await;
            let mut record = self.record.lock();
            let at = number.checked_sub(record.taken);
            if let Some(asked) = at.and_then(|at| record.asked.get_mut(at)) {
                asked.outcome = Some(done.as_ref().map(|_| ()).map_err(TierError::kind));
            }
            drop(record);
            done
        })
    }
}

impl Asked {
    fn new(operation: Operation, namespace: &str) -> Self {
        Self {
            operation,
            namespace: namespace.to_owned(),
            keys: Vec::new(),
            entries: Vec::new(),
            tag: None,
            outcome: None,
        }
    }
}

impl<T: Tier> Tier for Recording<T> {
    fn name(&self) -> &'static str {
        self.tier.name()
    }

    fn place(&self) -> Option<String> {
        self.tier.place()
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        let asked = Asked { keys: keys.to_vec(), ..Asked::new(Operation::Get, namespace) };
        self.note(asked, self.tier.get(namespace, keys))
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        let asked = Asked { entries: entries.to_vec(), ..Asked::new(Operation::Put, namespace) };
        self.note(asked, self.tier.put(namespace, entries))
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        let asked = Asked { keys: keys.to_vec(), ..Asked::new(Operation::Remove, namespace) };
        self.note(asked, self.tier.remove(namespace, keys))
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        self.note(Asked::new(Operation::Clear, namespace), self.tier.clear(namespace))
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        let asked = Asked::new(Operation::RemoveTagged, namespace);
        let asked = Asked { tag: Some(tag.to_owned()), ..asked };
        self.note(asked, self.tier.remove_tagged(namespace, tag))
    }

    fn flush(&self) -> TierFuture<'_, ()> {
        self.note(Asked::new(Operation::Flush, ""), self.tier.flush())
    }

    fn close(&self) -> TierFuture<'_, ()> {
        self.note(Asked::new(Operation::Close, ""), self.tier.close())
    }
}
