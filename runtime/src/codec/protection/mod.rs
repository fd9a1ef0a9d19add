//! What shows that a value at rest is what was put there.
//!
//! All three ways cover the same: the header, the namespace and the key that the value is for, and the payload. The
//! namespace and the key are not stored with the value: who asks knows them.

#[cfg(feature = "encryption")]
mod encryption;
#[cfg(feature = "signing")]
mod signing;

use super::envelope::HEADER;
use super::error::CodecError;
#[cfg(any(feature = "encryption", feature = "signing"))]
use super::keyring::KeyRing;
use super::packing::{At, Rejected};
use smallvec::SmallVec;
use std::borrow::Cow;

const CHECKSUM: usize = 16;

/// How values at rest are protected.
#[derive(Debug, Clone, Default)]
pub(crate) enum Protection {
    /// Against damage, and against being found in the wrong place.
    #[default]
    Checksum,
    /// Against those who can write where they lie.
    #[cfg(feature = "signing")]
    Signed(KeyRing),
    /// Against those who can read or write where they lie.
    #[cfg(feature = "encryption")]
    Encrypted(KeyRing),
}

/// Header, namespace and key, each where only it can be: what a seal is made over beside the payload.
pub(crate) struct Context(SmallVec<[u8; 256]>);

impl Context {
    pub(crate) fn new(header: &[u8; HEADER], at: At<'_>) -> Self {
        let mut all = SmallVec::new();
        all.extend_from_slice(header);
        for part in [at.namespace.as_bytes(), at.key.as_bytes()] {
            all.extend_from_slice(&(part.len() as u64).to_le_bytes());
            all.extend_from_slice(part);
        }
        Self(all)
    }
}

impl Protection {
    /// What stands for it in an envelope.
    pub(crate) fn id(&self) -> u8 {
        match self {
            Self::Checksum => 0,
            #[cfg(feature = "signing")]
            Self::Signed(_) => 1,
            #[cfg(feature = "encryption")]
            Self::Encrypted(_) => 2,
        }
    }

    /// The id of the key that seals.
    pub(crate) fn key_id(&self) -> u32 {
        match self {
            Self::Checksum => 0,
            #[cfg(feature = "signing")]
            Self::Signed(ring) => ring.sealing_id(),
            #[cfg(feature = "encryption")]
            Self::Encrypted(ring) => ring.sealing_id(),
        }
    }

    /// What no key of a cache is written down without, if there is such a secret.
    pub(crate) fn address_key(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Checksum => None,
            #[cfg(feature = "signing")]
            Self::Signed(ring) => Some(ring.address_key()),
            #[cfg(feature = "encryption")]
            Self::Encrypted(ring) => Some(ring.address_key()),
        }
    }

    /// How many bytes it adds to a payload.
    pub(crate) fn overhead(&self) -> usize {
        match self {
            Self::Checksum => CHECKSUM,
            #[cfg(feature = "signing")]
            Self::Signed(_) => signing::SIGNATURE,
            #[cfg(feature = "encryption")]
            Self::Encrypted(_) => encryption::NONCE + encryption::TAG,
        }
    }

    /// Appends a payload to `out`, sealed.
    #[cfg_attr(
        not(feature = "encryption"),
        expect(clippy::unnecessary_wraps, reason = "encryption can fail")
    )]
    pub(crate) fn seal(
        &self,
        out: &mut Vec<u8>,
        context: &Context,
        payload: &[u8],
    ) -> Result<(), CodecError> {
        match self {
            Self::Checksum => {
                out.extend_from_slice(payload);
                out.extend_from_slice(&checksum(context, payload));
                Ok(())
            }
            #[cfg(feature = "signing")]
            Self::Signed(ring) => {
                out.extend_from_slice(payload);
                out.extend_from_slice(&signing::sign(ring.sealing(), context, payload));
                Ok(())
            }
            #[cfg(feature = "encryption")]
            Self::Encrypted(ring) => {
                let nonce = encryption::nonce()?;
                encryption::encrypt(ring.sealing(), &nonce, out, context, payload)
            }
        }
    }

    /// The payload of what was sealed, if it was, with the key of this id.
    pub(crate) fn open<'a>(
        &self,
        key_id: u32,
        context: &Context,
        sealed: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, Rejected> {
        match self {
            Self::Checksum if key_id == 0 => {
                let (payload, found) = sealed.split_last_chunk().ok_or(Rejected::Damaged)?;
                let sound = checksum(context, payload) == *found;
                if sound { Ok(Cow::Borrowed(payload)) } else { Err(Rejected::Damaged) }
            }
            Self::Checksum => Err(Rejected::Damaged),
            #[cfg(feature = "signing")]
            Self::Signed(ring) => {
                let key = ring.of_id(key_id).ok_or(Rejected::UnknownKey)?;
                signing::verify(key, context, sealed).map(Cow::Borrowed)
            }
            #[cfg(feature = "encryption")]
            Self::Encrypted(ring) => {
                let key = ring.of_id(key_id).ok_or(Rejected::UnknownKey)?;
                encryption::decrypt(key, context, sealed).map(Cow::Owned)
            }
        }
    }
}

fn checksum(context: &Context, payload: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&context.0).update(payload);
    let hash = hasher.finalize();
    std::array::from_fn(|n| hash.as_bytes()[n])
}
