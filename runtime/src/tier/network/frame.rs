//! What stands in front of a value.

use bytes::Bytes;

/// A value with what decides whether it is there.
///
/// At rest: the deadline (zero for none) as 8 bytes, and how many tags there are, as one; for each tag 16 bytes of its
/// hash and its number as 8; then the value. The highest byte comes first.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Frame {
    /// In milliseconds since 1970. Stores have lifetimes, but rounded, and counted from when they got the value.
    pub(super) deadline: u64,
    pub(super) stamps: Vec<Stamp>,
    pub(super) value: Bytes,
}

/// A tag of a value, and the number that the tag had when the value was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) tag: [u8; 16],
    pub(super) number: u64,
}

impl Frame {
    /// The bytes in front of a value without tags.
    const HEAD: usize = 9;
    /// The bytes of a tag.
    const STAMP: usize = 24;
    /// No value has more tags.
    pub(super) const MAX_TAGS: usize = 255;

    /// How long a value of this many bytes with so many tags will be.
    pub(super) fn len(value: usize, tags: usize) -> usize {
        Self::HEAD + Self::STAMP * tags + value
    }

    /// `value` with its head.
    pub(super) fn seal(deadline: u64, stamps: &[Stamp], value: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::len(value.len(), stamps.len()));
        bytes.extend_from_slice(&deadline.to_be_bytes());
        bytes.push(u8::try_from(stamps.len()).unwrap_or(u8::MAX));
        for stamp in stamps {
            bytes.extend_from_slice(&stamp.tag);
            bytes.extend_from_slice(&stamp.number.to_be_bytes());
        }
        bytes.extend_from_slice(value);
        bytes
    }

    /// What `bytes` hold; `None` when they are too short, and so not ours.
    pub(super) fn open(bytes: &Bytes) -> Option<Self> {
        let (deadline, rest) = bytes.split_first_chunk()?;
        let (&tags, mut rest) = rest.split_first()?;
        let mut stamps = Vec::with_capacity(usize::from(tags));
        for _ in 0..tags {
            let (tag, after) = rest.split_first_chunk()?;
            let (number, after) = after.split_first_chunk()?;
            stamps.push(Stamp { tag: *tag, number: u64::from_be_bytes(*number) });
            rest = after;
        }
        Some(Self { deadline: u64::from_be_bytes(*deadline), stamps, value: bytes.slice_ref(rest) })
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Stamp};
    use bytes::Bytes;

    #[test]
    fn what_is_sealed_is_opened() {
        for tags in [0, 1, Frame::MAX_TAGS] {
            let stamps = vec![Stamp { tag: [7; 16], number: u64::MAX - 1 }; tags];
            let bytes = Frame::seal(6, &stamps, b"value");
            assert_eq!(bytes.len(), Frame::len(5, tags));
            let value = Bytes::from_static(b"value");
            let opened = Frame::open(&bytes.into());
            assert_eq!(opened, Some(Frame { deadline: 6, stamps, value }));
        }
    }

    #[test]
    fn what_is_too_short_is_not_ours() {
        let bytes = Frame::seal(6, &[Stamp { tag: [7; 16], number: 8 }; 3], b"");
        for len in 0..bytes.len() {
            assert_eq!(Frame::open(&Bytes::copy_from_slice(&bytes[..len])), None);
        }
    }
}
