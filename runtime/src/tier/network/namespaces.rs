//! Namespaces, epochs, tags and deadlines, over any [`Wire`].

use super::epochs::Epochs;
use super::tags::{Numbers, hashed, stamps};
use super::{Frame, Item, Part, Wire, both};
use crate::clock;
use crate::tier::{
    Deadline, Epoch, Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey,
};
use bytes::Bytes;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A tier over a store behind a network.
pub(in super::super) struct Namespaces<W> {
    pub(in super::super) wire: W,
    name: &'static str,
    /// Nothing is stored for longer.
    max_lifetime: Duration,
    epochs: Epochs,
}

impl<W: Wire> Namespaces<W> {
    /// A tier over this store. Nothing is kept in it for longer than `max_lifetime`.
    pub(in super::super) fn new(wire: W, name: &'static str, max_lifetime: Duration) -> Self {
        Self { wire, name, max_lifetime, epochs: Epochs::default() }
    }

    async fn fetched(&self, namespace: &str, keys: &[TierKey]) -> Result<Fetched, TierError> {
        let guess = self.epochs.guess(namespace);
        let mut names = vec![self.wire.name(namespace, Part::Epoch)];
        if let Some(epoch) = guess {
            names.extend(self.names(namespace, epoch, keys));
        }
        let mut found = self.wire.fetch(&names).await?.into_iter();
        let Some(epoch) = number(found.next().flatten()) else {
            let epoch = Epoch(self.founded(namespace).await?);
            return Ok(Fetched { epoch, values: vec![None; keys.len()] });
        };
        self.epochs.seen(namespace, epoch);
        let found = if keys.is_empty() || guess == Some(epoch) {
            found.collect()
        } else {
            // It need not be the number any more when this is read: it was when the call had begun, and that is enough.
            self.wire.fetch(&self.names(namespace, epoch, keys)).await?
        };
        let now = Now::default();
        let frame = |bytes: Option<Bytes>| Frame::open(&bytes?);
        let live = |frame: &Frame| !now.is_after(frame.deadline);
        let frames = found.into_iter().map(|bytes| frame(bytes).filter(live)).collect();
        let values = self.untouched(namespace, frames).await?;
        Ok(Fetched { epoch: Epoch(epoch), values })
    }

    /// The number of a namespace that had none. If there is no room for it, it gets one that nobody will know: what is put
    /// with that is never found.
    async fn founded(&self, namespace: &str) -> Result<u64, TierError> {
        match self.begun(namespace, Part::Epoch).await {
            Err(error) if error.kind() == TierErrorKind::Refused => Ok(fresh()),
            epoch => Ok(self.epochs.seen(namespace, epoch?)),
        }
    }

    /// The number of something that had none: a new one, unless another process was faster.
    pub(super) async fn begun(&self, namespace: &str, part: Part<'_>) -> Result<u64, TierError> {
        let added = once_more(|| async {
            let (item, new) = self.renewal(namespace, part);
            Ok(self.wire.add(&item).await?.map_or(Some(new), |bytes| number(Some(bytes))))
        });
        match added.await? {
            Some(number) => Ok(number),
            // Something else has taken the name, and has to give way.
            None => self.renewed(namespace, part).await,
        }
    }

    /// Gives this part another number, and returns it.
    pub(super) async fn renewed(&self, namespace: &str, part: Part<'_>) -> Result<u64, TierError> {
        once_more(|| async {
            let (item, new) = self.renewal(namespace, part);
            self.wire.store(&[item]).await.map(|()| new)
        })
        .await
    }

    /// Another number for this part.
    fn renewal(&self, namespace: &str, part: Part<'_>) -> (Item, u64) {
        let new = fresh();
        let name = self.wire.name(namespace, part);
        // There are as many namespaces as functions, but any number of tags.
        let lifetime = matches!(part, Part::Tag(_)).then_some(self.max_lifetime);
        (Item { name, value: new.to_be_bytes().to_vec(), lifetime, once: true }, new)
    }

    async fn stored(&self, namespace: &str, entries: &[TierEntry]) -> Result<(), TierError> {
        // Read before anything is written. If it is moved on meanwhile, the values were put before that.
        let present = if entries.iter().any(|entry| entry.epoch.is_none()) {
            Some(self.fetched(namespace, &[]).await?.epoch)
        } else {
            None
        };
        let numbers = self.numbers_for(namespace, entries).await?;
        let now = Now::default();
        let mut fits = true;
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut item = self.item(namespace, entry, present, &numbers, &now);
            if entry.value.len() > self.wire.max_value() || entry.tags.len() > Frame::MAX_TAGS {
                // What its key had before is older, and goes all the same.
                fits = false;
                item.lifetime = Some(Duration::ZERO);
            }
            items.push(item);
        }
        self.wire.store(&items).await?;
        if fits {
            Ok(())
        } else {
            Err(TierError::new(
                TierErrorKind::Refused,
                "a value is too large, or has too many tags",
            ))
        }
    }

    fn item(
        &self,
        namespace: &str,
        entry: &TierEntry,
        present: Option<Epoch>,
        numbers: &Numbers,
        now: &Now,
    ) -> Item {
        let stamps = stamps(entry, numbers);
        let epoch = entry.epoch.or(present).map_or(0, |epoch| epoch.0);
        let deadline = entry.deadline.map_or(0, |deadline| deadline.0.max(1));
        let left = entry.deadline.map_or(self.max_lifetime, |deadline| now.until(deadline));
        Item {
            name: self.wire.name(namespace, Part::Entry(epoch, &entry.key)),
            value: Frame::seal(deadline, &stamps, &entry.value),
            lifetime: Some(left.min(self.max_lifetime)),
            once: false,
        }
    }

    /// Removes the values of the number that the namespace has when this begins. Which one that is can be guessed, but has
    /// to be seen: another process may have cleared, and what was put since then has to go too. What has come under a number
    /// that is newer than the one that is seen here was put later than this began, and may stay.
    async fn removed(&self, namespace: &str, keys: &[TierKey]) -> Result<(), TierError> {
        if keys.is_empty() {
            return Ok(());
        }
        let guess = self.epochs.guess(namespace);
        // Both travel together. It does not matter which is first: if the guess turns out right, it was so all the time.
        let (seen, removed) = both(self.epoch(namespace), async {
            match guess {
                Some(epoch) => self.wire.remove(&self.names(namespace, epoch, keys)).await,
                None => Ok(()),
            }
        })
        .await;
        removed?;
        match seen? {
            // Without a number nothing is found, now or ever.
            None => Ok(()),
            Some(epoch) if Some(epoch) == guess => Ok(()),
            Some(epoch) => self.wire.remove(&self.names(namespace, epoch, keys)).await,
        }
    }

    /// The number of a namespace, if it has one.
    async fn epoch(&self, namespace: &str) -> Result<Option<u64>, TierError> {
        let name = self.wire.name(namespace, Part::Epoch);
        let epoch = number(self.wire.fetch(&[name]).await?.pop().flatten());
        Ok(epoch.map(|epoch| self.epochs.seen(namespace, epoch)))
    }

    /// What the values of these keys are called that were made under this number.
    fn names(&self, namespace: &str, epoch: u64, keys: &[TierKey]) -> Vec<Vec<u8>> {
        keys.iter().map(|key| self.wire.name(namespace, Part::Entry(epoch, key))).collect()
    }

    async fn cleared(&self, namespace: &str) -> Result<(), TierError> {
        let new = self.renewed(namespace, Part::Epoch).await?;
        self.epochs.seen(namespace, new);
        Ok(())
    }
}

impl<W: Wire> Tier for Namespaces<W> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        Box::pin(self.fetched(namespace, keys))
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        Box::pin(self.stored(namespace, entries))
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        Box::pin(self.removed(namespace, keys))
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        Box::pin(self.cleared(namespace))
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        Box::pin(async move { self.renewed(namespace, Part::Tag(&hashed(tag))).await.map(drop) })
    }

    fn close(&self) -> TierFuture<'_, ()> {
        self.wire.close();
        Box::pin(async { Ok(()) })
    }
}

/// The moment that a call looks at, read when it is first needed.
#[derive(Default)]
struct Now(std::sync::OnceLock<SystemTime>);

impl Now {
    fn get(&self) -> SystemTime {
        *self.0.get_or_init(clock::wall)
    }

    fn until(&self, deadline: Deadline) -> Duration {
        deadline.remaining(self.get())
    }

    fn is_after(&self, deadline: u64) -> bool {
        deadline != 0 && self.until(Deadline(deadline)).is_zero()
    }
}

/// What `attempt` comes to; once more if the store was not to be had, for the connection may have been an old one. Each
/// attempt draws a number of its own.
async fn once_more<T, F>(attempt: impl Fn() -> F) -> Result<T, TierError>
where
    F: Future<Output = Result<T, TierError>>,
{
    match attempt().await {
        Err(error) if error.kind() == TierErrorKind::Unavailable => attempt().await,
        end => end,
    }
}

/// A number that there never was, as far as chance allows.
fn fresh() -> u64 {
    let now = clock::wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    RandomState::new().hash_one((now, std::process::id()))
}

/// The number that is stored as these bytes.
pub(super) fn number(bytes: Option<Bytes>) -> Option<u64> {
    Some(u64::from_be_bytes(bytes?.as_ref().try_into().ok()?))
}
