//! How values lie in a tier.

use super::codecs::Codec;
#[cfg(feature = "compression")]
use super::compression::Compression;
use super::envelope::{HEADER, Header};
use super::error::CodecError;
#[cfg(any(feature = "encryption", feature = "signing"))]
use super::keyring::KeyRing;
use super::protection::{Context, Protection};
use crate::tier::TierKey;
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;

/// Longer keys are hashed.
const LONGEST_KEY: usize = 64;

/// What an address begins with: the key itself, its hash, or its hash by a secret.
const PLAIN: u8 = 0;
const HASHED: u8 = 1;
const SECRET: u8 = 2;

/// How values lie in a tier: which [`Codec`], whether compressed, whether signed or encrypted.
///
/// CBOR, not compressed, and with a checksum, unless it is told otherwise. What is found damaged, expired, in an unknown
/// format, of another type, or not protected as it should be, is not there: that is a miss and counted, never an error.
///
/// ```
/// use larder::tier::{Codec, Packing};
///
/// let packing = Packing::default().codec(Codec::Cbor);
/// # drop(packing);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Packing {
    codec: Codec,
    #[cfg(feature = "compression")]
    compression: Option<Compression>,
    protection: Protection,
}

/// Where a value lies, or is to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) key: &'a TierKey,
}

/// What is noted beside a value. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Of the shape of the value's type.
    pub(crate) fingerprint: u64,
    pub(crate) created: u64,
    /// From when on it is expired; `None` for never. The end of time counts as never.
    pub(crate) deadline: Option<u64>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
    pub(crate) payload: Cow<'a, [u8]>,
    /// What it was encoded with.
    pub(crate) codec: Codec,
    pub(crate) created: u64,
    pub(crate) deadline: Option<u64>,
}

/// Why what was found is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rejected {
    /// Its deadline is over.
    Expired,
    /// It is not what was put there.
    Damaged,
    /// It was not written by larder, or by a later or differently built one.
    UnknownFormat,
    /// It is of a type with another shape.
    OtherType,
    /// It is protected with a key that is not in the ring.
    UnknownKey,
    /// It is not protected as it should be.
    Unprotected,
    /// A younger one was seen before it.
    Replayed,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "it has expired",
            Self::Damaged => "it is damaged",
            Self::UnknownFormat => "it is in an unknown format",
            Self::OtherType => "it is of another type",
            Self::UnknownKey => "it is protected with an unknown key",
            Self::Unprotected => "it is not protected as it should be",
            Self::Replayed => "a younger one was seen before it",
        })
    }
}

impl Packing {
    /// With another codec.
    ///
    /// ```
    /// use larder::tier::{Codec, Packing};
    ///
    /// let packing = Packing::default().codec(Codec::Cbor);
    /// # drop(packing);
    /// ```
    #[must_use]
    pub fn codec(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }

    /// Compressed. Feature `compression`.
    ///
    /// ```
    /// use larder::tier::{Compression, Packing};
    ///
    /// let packing = Packing::default().compress(Compression::above(1024));
    /// # drop(packing);
    /// ```
    #[cfg(feature = "compression")]
    #[must_use]
    pub fn compress(self, compression: Compression) -> Self {
        Self { compression: Some(compression), ..self }
    }

    /// Encrypted with XChaCha20-Poly1305, which also shows every change. Feature `encryption`.
    ///
    /// Neither values nor keys of the cache can be read where they lie; how long values are, when they were made, how long they live,
    /// and the name of the function, can. What is not encrypted is not believed. With this, `sign` adds
    /// nothing and does nothing.
    ///
    /// Somebody who can write to the store can put an old value back in its place. A process that has seen a younger one in
    /// this tier, put it there, removed it or cleared the cache does not believe it; it remembers that for the last 32,768 keys at
    /// least. A process that has not, because it was just started, does, until the value's deadline. So do all when the
    /// younger one was removed by a tag. By the same rule values of machines whose clocks are behind are not believed where
    /// one of a clock that is ahead was seen: to them skewed clocks cost misses.
    ///
    /// ```
    /// use larder::tier::{KeyRing, Packing};
    ///
    /// # let key = [1; 32];
    /// let packing = Packing::default().encrypt(KeyRing::new(1, key)?);
    /// # drop(packing);
    /// # Ok::<(), larder::tier::KeyRingError>(())
    /// ```
    #[cfg(feature = "encryption")]
    #[must_use]
    pub fn encrypt(self, keys: KeyRing) -> Self {
        Self { protection: Protection::Encrypted(keys), ..self }
    }

    /// Signed with HMAC-SHA256: what was not written by somebody with the key, for this function and this key, is not
    /// believed. Feature `signing`.
    ///
    /// Values can be read where they lie; of the keys of the cache there are hashes only. What is said of old values
    /// [there](Self::encrypt) is true of signed ones too.
    ///
    /// ```
    /// use larder::tier::{KeyRing, Packing};
    ///
    /// # let key = [1; 32];
    /// let packing = Packing::default().sign(KeyRing::new(1, key)?);
    /// # drop(packing);
    /// # Ok::<(), larder::tier::KeyRingError>(())
    /// ```
    #[cfg(feature = "signing")]
    #[must_use]
    pub fn sign(self, keys: KeyRing) -> Self {
        match self.protection {
            #[cfg(feature = "encryption")]
            Protection::Encrypted(_) => self,
            _ => Self { protection: Protection::Signed(keys), ..self },
        }
    }

    /// Whether values prove who has made them.
    pub(crate) fn is_protected(&self) -> bool {
        self.protection.id() != 0
    }

    /// What values are to be encoded with.
    pub(crate) fn encodes_with(&self) -> &Codec {
        &self.codec
    }

    /// Where the value of a key lies. Where values are protected, keys are too: hashed, with a secret.
    pub(crate) fn address(&self, namespace: &str, key: &[u8]) -> TierKey {
        if let Some(secret) = self.protection.address_key() {
            let mut hasher = blake3::Hasher::new_keyed(secret);
            hasher.update(&(namespace.len() as u64).to_le_bytes()).update(namespace.as_bytes());
            return address(SECRET, hasher.update(key).finalize().as_bytes());
        }
        match key.len() {
            0..=LONGEST_KEY => address(PLAIN, key),
            _ => address(HASHED, blake3::hash(key).as_bytes()),
        }
    }

    /// The bytes to store for a value that was encoded with [`encodes_with`](Self::encodes_with).
    pub(crate) fn seal(
        &self,
        at: At<'_>,
        payload: &[u8],
        stamp: Stamp,
    ) -> Result<Bytes, CodecError> {
        let (compression, payload) = self.compressed(payload)?;
        let header = Header {
            codec: self.codec.id(),
            compression,
            protection: self.protection.id(),
            key_id: self.protection.key_id(),
            stamp,
        };
        let header = header.to_bytes();
        let mut out = Vec::with_capacity(HEADER + payload.len() + self.protection.overhead());
        out.extend_from_slice(&header);
        self.protection.seal(&mut out, &Context::new(&header, at), &payload)?;
        Ok(out.into())
    }

    /// What was stored, if it can be believed and used. `now` is in milliseconds since 1970.
    pub(crate) fn open<'a>(
        &self,
        at: At<'_>,
        bytes: &'a [u8],
        fingerprint: u64,
        now: u64,
    ) -> Result<Opened<'a>, Rejected> {
        let (header, raw, sealed) = Header::split(bytes)?;
        self.expects(header.protection)?;
        let context = Context::new(raw, at);
        let payload = self.protection.open(header.key_id, &context, sealed)?;
        // From here on it is what was put there.
        let codec = self.codec.of_id(header.codec).ok_or(Rejected::UnknownFormat)?;
        let Stamp { created, deadline, fingerprint: found } = header.stamp;
        if found != fingerprint {
            return Err(Rejected::OtherType);
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(Rejected::Expired);
        }
        let payload = self.decompressed(header.compression, payload)?;
        Ok(Opened { payload, codec, created, deadline })
    }

    /// Nothing but the protection that was asked for will do, and one that was not asked for cannot be looked at.
    fn expects(&self, protection: u8) -> Result<(), Rejected> {
        match (self.protection.id(), protection) {
            (expected, found) if expected == found => Ok(()),
            (0, 1 | 2) => Err(Rejected::UnknownKey),
            (_, 0..=2) => Err(Rejected::Unprotected),
            _ => Err(Rejected::UnknownFormat),
        }
    }

    #[cfg(feature = "compression")]
    fn compressed<'a>(&self, payload: &'a [u8]) -> Result<(u8, Cow<'a, [u8]>), CodecError> {
        let small = self.compression.map(|how| how.compress(payload)).transpose()?.flatten();
        Ok(small.map_or((0, Cow::Borrowed(payload)), |small| (1, Cow::Owned(small))))
    }

    #[cfg(not(feature = "compression"))]
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "where there is zstd it is not so"
    )]
    fn compressed<'a>(&self, payload: &'a [u8]) -> Result<(u8, Cow<'a, [u8]>), CodecError> {
        Ok((0, Cow::Borrowed(payload)))
    }

    #[cfg_attr(
        not(feature = "compression"),
        expect(clippy::unused_self, reason = "where there is zstd it is not so")
    )]
    fn decompressed<'a>(
        &self,
        compression: u8,
        payload: Cow<'a, [u8]>,
    ) -> Result<Cow<'a, [u8]>, Rejected> {
        match compression {
            0 => Ok(payload),
            #[cfg(feature = "compression")]
            1 => self.compression.unwrap_or_default().decompress(&payload),
            _ => Err(Rejected::UnknownFormat),
        }
    }
}

fn address(kind: u8, bytes: &[u8]) -> TierKey {
    let mut address = Vec::with_capacity(1 + bytes.len());
    address.push(kind);
    address.extend_from_slice(bytes);
    TierKey::new(address)
}
