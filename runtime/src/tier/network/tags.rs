//! Tags: each has a number, and a value has the numbers that its tags had when it was stored.

use super::frame::{Frame, Stamp};
use super::namespaces::{Namespaces, number};
use super::{Part, Wire};
use crate::tier::{TierEntry, TierError};
use bytes::Bytes;
use std::collections::HashMap;

/// The hash of a tag.
type Tag = [u8; 16];

/// The numbers of tags.
pub(super) type Numbers = HashMap<Tag, u64>;

impl<W: Wire> Namespaces<W> {
    /// The values of frames whose tags have not been removed since. Those without tags cost nothing more.
    pub(super) async fn untouched(
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
    async fn numbers(&self, namespace: &str, tags: &[Tag]) -> Result<Numbers, TierError> {
        let names: Vec<_> =
            tags.iter().map(|tag| self.wire.name(namespace, Part::Tag(tag))).collect();
        let found = self.wire.fetch(&names).await?;
        Ok(tags.iter().zip(found).filter_map(|(tag, bytes)| Some((*tag, number(bytes)?))).collect())
    }

    /// The numbers of all tags of `entries`; those that had none get one.
    pub(super) async fn numbers_for(
        &self,
        namespace: &str,
        entries: &[TierEntry],
    ) -> Result<Numbers, TierError> {
        let tags = distinct(entries.iter().flat_map(|entry| &entry.tags).map(|tag| hashed(tag)));
        if tags.is_empty() {
            return Ok(Numbers::new());
        }
        let mut numbers = self.numbers(namespace, &tags).await?;
        for tag in &tags {
            if !numbers.contains_key(tag) {
                numbers.insert(*tag, self.begun(namespace, Part::Tag(tag)).await?);
            }
        }
        Ok(numbers)
    }
}

/// The tags of an entry with their numbers.
pub(super) fn stamps(entry: &TierEntry, numbers: &Numbers) -> Vec<Stamp> {
    let stamp = |tag: &String| {
        let tag = hashed(tag);
        Some(Stamp { tag, number: *numbers.get(&tag)? })
    };
    entry.tags.iter().filter_map(stamp).collect()
}

/// What a tag is called at rest.
pub(super) fn hashed(tag: &str) -> Tag {
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
