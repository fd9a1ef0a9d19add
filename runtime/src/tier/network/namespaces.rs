//! Namespaces, epochs, tags and deadlines, over any [`Wire`].

use super::frame::Stamp;
use super::{Frame, Item, Part, Wire};
use crate::clock;
use crate::tier::{
    Deadline, Epoch, Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey,
};
use bytes::Bytes;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A tier over a store behind a network.
pub(in super::super) struct Namespaces<W> {
    pub(in super::super) wire: W,
    pub(in super::super) name: &'static str,
    /// Nothing is stored for longer.
    pub(in super::super) max_lifetime: Duration,
}

/// The hash of a tag.
type Tag = [u8; 16];

impl<W: Wire> Namespaces<W> {
    async fn fetched(&self, namespace: &str, keys: &[TierKey]) -> Result<Fetched, TierError> {
        let mut names = Vec::with_capacity(keys.len() + 1);
        names.push(self.wire.name(namespace, Part::Epoch));
        names.extend(keys.iter().map(|key| self.wire.name(namespace, Part::Entry(key))));
        let mut found = self.wire.fetch(&names).await?.into_iter();
        let Some(epoch) = number(found.next().flatten()) else {
            let epoch = Epoch(self.founded(namespace).await?);
            return Ok(Fetched { epoch, values: vec![None; keys.len()] });
        };
        let now = Now::default();
        let frames: Vec<_> = found
            .map(|bytes| Frame::open(&bytes?))
            .map(|frame| {
                frame.filter(|frame| frame.epoch == epoch && !now.is_after(frame.deadline))
            })
            .collect();
        let values = self.untouched(namespace, frames).await?;
        Ok(Fetched { epoch: Epoch(epoch), values })
    }

    /// The values of frames whose tags have not been removed since. Those without tags cost nothing more.
    async fn untouched(
        &self,
        namespace: &str,
        frames: Vec<Option<Frame>>,
    ) -> Result<Vec<Option<Bytes>>, TierError> {
        let stamps = frames.iter().flatten().flat_map(|frame| &frame.stamps);
        let tags = distinct(stamps.map(|stamp| stamp.tag));
        if tags.is_empty() {
            return Ok(frames.into_iter().map(|frame| Some(frame?.value)).collect());
        }
        let numbers = self.numbers(namespace, &tags).await?;
        let now = |stamp: &Stamp| numbers.get(&stamp.tag) == Some(&stamp.number);
        let kept = |frame: &Frame| frame.stamps.iter().all(now);
        Ok(frames.into_iter().map(|frame| Some(frame.filter(kept)?.value)).collect())
    }

    /// The numbers of these tags, as far as they have any.
    async fn numbers(&self, namespace: &str, tags: &[Tag]) -> Result<HashMap<Tag, u64>, TierError> {
        let names: Vec<_> =
            tags.iter().map(|tag| self.wire.name(namespace, Part::Tag(tag))).collect();
        let found = self.wire.fetch(&names).await?;
        Ok(tags.iter().zip(found).filter_map(|(tag, bytes)| Some((*tag, number(bytes)?))).collect())
    }

    /// The number of a namespace that had none. If there is no room for it, it gets one that nobody will know: what is put
    /// with that is never found.
    async fn founded(&self, namespace: &str) -> Result<u64, TierError> {
        match self.begun(namespace, Part::Epoch).await {
            Err(error) if error.kind() == TierErrorKind::Refused => Ok(fresh()),
            epoch => epoch,
        }
    }

    /// The number of something that had none: a new one, unless another process was faster.
    async fn begun(&self, namespace: &str, part: Part<'_>) -> Result<u64, TierError> {
        let (item, new) = self.renewal(namespace, part);
        match self.wire.add(&item).await? {
            Some(bytes) => match number(Some(bytes)) {
                Some(number) => Ok(number),
                // Something else has taken the name, and has to give way.
                None => self.wire.store(&[item]).await.map(|()| new),
            },
            None => Ok(new),
        }
    }

    /// Another number for this part.
    fn renewal(&self, namespace: &str, part: Part<'_>) -> (Item, u64) {
        let new = fresh();
        let name = self.wire.name(namespace, part);
        // There are as many namespaces as functions, but any number of tags.
        let lifetime = matches!(part, Part::Tag(_)).then_some(self.max_lifetime);
        (Item { name, value: new.to_be_bytes().to_vec(), lifetime }, new)
    }

    async fn stored(&self, namespace: &str, entries: &[TierEntry]) -> Result<(), TierError> {
        // Read before anything is written. If it is moved on meanwhile, the values were put before that.
        let present = if entries.iter().any(|entry| entry.epoch.is_none()) {
            Some(self.fetched(namespace, &[]).await?.epoch)
        } else {
            None
        };
        let tags = distinct(entries.iter().flat_map(|entry| &entry.tags).map(|tag| hashed(tag)));
        let mut numbers = HashMap::new();
        if !tags.is_empty() {
            numbers = self.numbers(namespace, &tags).await?;
        }
        for tag in &tags {
            if !numbers.contains_key(tag) {
                numbers.insert(*tag, self.begun(namespace, Part::Tag(tag)).await?);
            }
        }
        let now = Now::default();
        let mut fits = true;
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut item = self.item(namespace, entry, present, &numbers, &now);
            if item.value.len() > self.wire.max_value() || entry.tags.len() > Frame::MAX_TAGS {
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
        numbers: &HashMap<Tag, u64>,
        now: &Now,
    ) -> Item {
        let stamp = |tag: &String| {
            let tag = hashed(tag);
            Some(Stamp { tag, number: *numbers.get(&tag)? })
        };
        let stamps: Vec<_> = entry.tags.iter().filter_map(stamp).collect();
        let epoch = entry.epoch.or(present).map_or(0, |epoch| epoch.0);
        let deadline = entry.deadline.map_or(0, |deadline| deadline.0.max(1));
        let left = entry.deadline.map_or(self.max_lifetime, |deadline| now.until(deadline));
        Item {
            name: self.wire.name(namespace, Part::Entry(&entry.key)),
            value: Frame::seal(epoch, deadline, &stamps, &entry.value),
            lifetime: Some(left.min(self.max_lifetime)),
        }
    }

    async fn renewed(&self, namespace: &str, part: Part<'_>) -> Result<(), TierError> {
        self.wire.store(&[self.renewal(namespace, part).0]).await
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
        Box::pin(async move {
            let name = |key| self.wire.name(namespace, Part::Entry(key));
            self.wire.remove(&keys.iter().map(name).collect::<Vec<_>>()).await
        })
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        Box::pin(self.renewed(namespace, Part::Epoch))
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        Box::pin(async move { self.renewed(namespace, Part::Tag(&hashed(tag))).await })
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

/// A number that there never was, as far as chance allows.
fn fresh() -> u64 {
    let now = clock::wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    RandomState::new().hash_one((now, std::process::id()))
}

/// The number that is stored as these bytes.
fn number(bytes: Option<Bytes>) -> Option<u64> {
    Some(u64::from_be_bytes(bytes?.as_ref().try_into().ok()?))
}

/// What a tag is called at rest.
fn hashed(tag: &str) -> Tag {
    let mut short = Tag::default();
    short.copy_from_slice(&blake3::hash(tag.as_bytes()).as_bytes()[..16]);
    short
}

fn distinct(tags: impl Iterator<Item = Tag>) -> Vec<Tag> {
    let mut tags: Vec<_> = tags.collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}
