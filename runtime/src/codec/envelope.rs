//! What stands around a value at rest.
//!
//! | from | bytes | what |
//! |---|---|---|
//! | 0 | 3 | `LRD` |
//! | 3 | 1 | version of the format: 1 |
//! | 4 | 1 | codec: 1 CBOR, 2 JSON, 3 `MessagePack`, 4 postcard, 128 and above a user's |
//! | 5 | 1 | compression: 0 none, 1 zstd |
//! | 6 | 1 | protection: 0 checksum, 1 signature, 2 encryption |
//! | 7 | 4 | id of the key; 0 with a checksum |
//! | 11 | 8 | fingerprint of the type of the value |
//! | 19 | 8 | when it was made, in milliseconds since 1970 |
//! | 27 | 8 | from when on it is expired, in milliseconds since 1970; all ones for never |
//! | 35 | | with encryption: the nonce, 24 bytes |
//! | | | the payload: encoded, then compressed, then encrypted |
//! | | 16, 32, 16 | the seal: a checksum, a signature or a tag |
//!
//! Numbers have their lowest byte first. The seal is made over header, namespace and key (each with its length before it),
//! and payload: see [`protection`](super::protection).

use super::packing::{Rejected, Stamp};

/// How long a header is.
pub(crate) const HEADER: usize = 35;

const MAGIC: [u8; 4] = *b"LRD\x01";
const NEVER: u64 = u64::MAX;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) codec: u8,
    pub(crate) compression: u8,
    pub(crate) protection: u8,
    pub(crate) key_id: u32,
    pub(crate) stamp: Stamp,
}

impl Header {
    pub(crate) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..7].copy_from_slice(&[self.codec, self.compression, self.protection]);
        bytes[7..11].copy_from_slice(&self.key_id.to_le_bytes());
        bytes[11..19].copy_from_slice(&self.stamp.fingerprint.to_le_bytes());
        bytes[19..27].copy_from_slice(&self.stamp.created.to_le_bytes());
        bytes[27..].copy_from_slice(&self.stamp.deadline.unwrap_or(NEVER).to_le_bytes());
        bytes
    }

    /// The header at the front of `bytes`, and what follows it.
    pub(crate) fn split(bytes: &[u8]) -> Result<(Self, &[u8; HEADER], &[u8]), Rejected> {
        if !bytes.starts_with(&MAGIC) {
            return Err(Rejected::UnknownFormat);
        }
        let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(Rejected::Damaged)?;
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|n| header[at + n]));
        let stamp = Stamp {
            fingerprint: number(11),
            created: number(19),
            deadline: Some(number(27)).filter(|deadline| *deadline != NEVER),
        };
        let read = Self {
            codec: header[4],
            compression: header[5],
            protection: header[6],
            key_id: u32::from_le_bytes(std::array::from_fn(|n| header[7 + n])),
            stamp,
        };
        Ok((read, header, rest))
    }
}
