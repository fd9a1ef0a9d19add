//! The bytes of a snapshot file.
//!
//! `MAGIC`, the body, and the hash of both. The body is: the first epoch; the namespaces, each a name and an epoch; the
//! entries, each the place of its namespace, key, deadline, tags and value. Numbers are little-endian, texts and bytes have
//! their length before them.

use crate::tier::memory::Contents;
use crate::tier::{Deadline, Epoch, TierEntry, TierKey};
use blake3::Hasher;
use bytes::Bytes;
use std::io::{self, Write};

/// What every version of the format begins with.
pub(super) const OURS: &[u8] = b"larder snapshot ";
/// What this version begins with.
pub(super) const MAGIC: &[u8] = b"larder snapshot 1\n";

/// In the place of the deadline of an entry that has none.
const NEVER: u64 = u64::MAX;

/// Writes a file.
pub(super) fn write(contents: &Contents, out: impl Write) -> io::Result<()> {
    let mut out = Hashing { out, hasher: Hasher::new() };
    out.write_all(MAGIC)?;
    out.number(contents.first_epoch)?;
    out.length(contents.namespaces.len())?;
    for (name, epoch) in &contents.namespaces {
        out.bytes(name.as_bytes())?;
        out.number(epoch.0)?;
    }
    out.length(contents.entries.len())?;
    for (namespace, entry) in &contents.entries {
        out.length(*namespace)?;
        out.entry(entry)?;
    }
    let hash = out.hasher.finalize();
    out.out.write_all(hash.as_bytes())?;
    out.out.flush()
}

/// Hashes what it writes.
struct Hashing<W> {
    out: W,
    hasher: Hasher,
}

impl<W: Write> Hashing<W> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes)
    }

    fn number(&mut self, number: u64) -> io::Result<()> {
        self.write_all(&number.to_le_bytes())
    }

    fn length(&mut self, length: usize) -> io::Result<()> {
        self.number(length as u64)
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length(bytes.len())?;
        self.write_all(bytes)
    }

    fn entry(&mut self, entry: &TierEntry) -> io::Result<()> {
        self.bytes(entry.key.as_bytes())?;
        self.number(entry.deadline.map_or(NEVER, |deadline| deadline.0))?;
        self.length(entry.tags.len())?;
        for tag in &entry.tags {
            self.bytes(tag.as_bytes())?;
        }
        self.bytes(&entry.value)
    }
}

/// What a file holds; `None` unless every byte of it is as it was written.
pub(super) fn read(file: &[u8]) -> Option<Contents> {
    let (hashed, hash) = file.split_last_chunk::<{ blake3::OUT_LEN }>()?;
    if blake3::hash(hashed) != *hash {
        return None;
    }
    let mut body = Reader(hashed.strip_prefix(MAGIC)?);
    let first_epoch = body.number()?;
    let mut contents = Contents { first_epoch, ..Contents::default() };
    for _ in 0..body.number()? {
        let name = body.text()?;
        contents.namespaces.push((name.into(), Epoch(body.number()?)));
    }
    for _ in 0..body.number()? {
        let namespace = body.length()?;
        if namespace >= contents.namespaces.len() {
            return None;
        }
        contents.entries.push((namespace, body.entry()?));
    }
    body.0.is_empty().then_some(contents)
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn length(&mut self) -> Option<usize> {
        self.number()?.try_into().ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn entry(&mut self) -> Option<TierEntry> {
        let key = self.bytes()?;
        if !(1..=TierKey::MAX_LEN).contains(&key.len()) {
            return None;
        }
        let key = TierKey::new(Bytes::copy_from_slice(key));
        let deadline = Some(self.number()?).filter(|at| *at != NEVER).map(Deadline);
        let mut tags = Vec::new();
        for _ in 0..self.number()? {
            tags.push(self.text()?.to_owned());
        }
        let value = Bytes::copy_from_slice(self.bytes()?);
        Some(TierEntry { key, value, deadline, epoch: None, tags })
    }
}

#[cfg(test)]
mod tests {
    use super::{MAGIC, read, write};
    use crate::tier::memory::Contents;
    use crate::tier::{Deadline, Epoch, TierEntry, TierKey};

    fn entry(n: u8) -> TierEntry {
        TierEntry {
            key: TierKey::new(vec![n; usize::from(n)]),
            value: vec![n; 3].into(),
            deadline: (n > 1).then_some(Deadline(n.into())),
            epoch: None,
            tags: vec![String::new(), "tag".to_owned()],
        }
    }

    fn written(contents: &Contents) -> Vec<u8> {
        let mut file = Vec::new();
        write(contents, &mut file).expect("there is room");
        file
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(read(&written(&Contents::default())), Some(Contents::default()));
        let contents = Contents {
            first_epoch: 7,
            namespaces: vec![("one".into(), Epoch(8)), ("".into(), Epoch(u64::MAX))],
            entries: vec![(1, entry(1)), (0, entry(65))],
        };
        assert_eq!(read(&written(&contents)), Some(contents));
    }

    /// The hash guards against accidents, not against somebody who makes a file.
    #[test]
    fn what_nobody_writes_is_no_snapshot() {
        let made = |body: &[&[u8]]| {
            let mut file = [MAGIC, &body.concat()].concat();
            let hash = blake3::hash(&file);
            file.extend(hash.as_bytes());
            read(&file)
        };
        let number = u64::to_le_bytes;
        let (zero, one, most) = (&number(0), &number(1), &number(u64::MAX));
        assert!(made(&[zero, zero, zero]).is_some());
        assert!(made(&[zero, zero, zero, b"more"]).is_none());
        assert!(made(&[zero, most]).is_none());
        assert!(made(&[zero, one, most]).is_none());
        assert!(made(&[zero, one, one, b"\xff", zero, zero]).is_none(), "a name that is no text");
        assert!(made(&[zero, zero, one, zero, one, b"k", zero, zero, zero]).is_none());
        let entry = |key: &[u8]| {
            let length = number(key.len() as u64);
            made(&[zero, one, one, b"n", zero, one, zero, &length, key, zero, zero, zero])
        };
        assert!(entry(b"k").is_some());
        assert!(entry(b"").is_none());
        assert!(entry(&[1; 66]).is_none());
    }
}
