//! Values as bytes: feature `serde`. Keys and values at rest: feature `tier`.
//!
//! A value on its way down goes through [`pack`] (which codec, is this value safe in it) and [`packing`] (compression,
//! protection, the envelope); on its way up the other way round. Nothing that comes from below is believed: whatever its
//! bytes are, the answer is the value that was put there, or a [`Rejected`](packing::Rejected).

mod length;

#[cfg(feature = "tier")]
mod bounded;
#[cfg(feature = "tier")]
mod codecs;
#[cfg(feature = "compression")]
mod compression;
#[cfg(feature = "tier")]
mod envelope;
#[cfg(feature = "tier")]
mod error;
#[cfg(feature = "tier")]
mod fingerprint;
#[cfg(feature = "tier")]
mod key;
#[cfg(any(feature = "encryption", feature = "signing"))]
mod keyring;
#[cfg(feature = "tier")]
pub(crate) mod pack;
#[cfg(feature = "tier")]
pub(crate) mod packing;
#[cfg(feature = "tier")]
mod protection;
#[cfg(feature = "tier")]
mod scrutiny;
#[cfg(all(feature = "tier", feature = "testing"))]
mod trial;

#[cfg(all(test, feature = "tier"))]
mod tests;

pub use length::encoded_len;

#[cfg(feature = "tier")]
pub use codecs::{Codec, OwnCodec};
#[cfg(feature = "compression")]
pub use compression::Compression;
#[cfg(feature = "tier")]
pub use error::{CodecError, CodecErrorKind};
#[cfg(any(feature = "encryption", feature = "signing"))]
pub use keyring::{KeyRing, KeyRingError};
#[cfg(feature = "tier")]
pub use packing::Packing;
#[cfg(all(feature = "tier", feature = "testing"))]
pub use trial::Trial;
