//! Values at rest, smaller.

use super::error::{CodecError, CodecErrorKind};
use super::packing::Rejected;
use std::borrow::Cow;

/// A block of zstd is no longer than this, and takes at least four bytes: so much can come of few bytes and not more.
const LONGEST_BLOCK: usize = 128 << 10;

/// How values are compressed in a tier: with zstd, from a size on, and only where that makes them smaller. Feature
/// `compression`.
///
/// What is encrypted is compressed before. Then its length tells something of its contents: where an attacker can have
/// a secret stored beside text of his own, and see how long the result is, leave compression out.
///
/// ```
/// use larder::tier::{Compression, Packing};
///
/// let packing = Packing::default().compress(Compression::above(1024).level(9));
/// # drop(packing);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    above: usize,
    level: i32,
    at_most: usize,
}

impl Compression {
    /// Compresses values whose encoding is longer than `bytes`, at level 3.
    #[must_use]
    pub fn above(bytes: usize) -> Self {
        Self { above: bytes, level: 3, at_most: 64 << 20 }
    }

    /// With a level of zstd: from -7, the fastest, to 22, the smallest. Others become the nearest of these.
    #[must_use]
    pub fn level(self, level: i32) -> Self {
        Self { level: level.clamp(-7, 22), ..self }
    }

    /// Leaves longer values as they are, and does not believe that a compressed one comes to more. 64 MiB unless this is
    /// called.
    ///
    /// ```
    /// use larder::tier::Compression;
    ///
    /// let compression = Compression::above(1024).at_most(1 << 20);
    /// # let _ = compression;
    /// ```
    #[must_use]
    pub fn at_most(self, bytes: usize) -> Self {
        Self { at_most: bytes, ..self }
    }

    /// `payload` compressed, where that is worth it.
    pub(crate) fn compress(self, payload: &[u8]) -> Result<Option<Vec<u8>>, CodecError> {
        if payload.len() <= self.above || payload.len() > self.at_most {
            return Ok(None);
        }
        let small = zstd::bulk::compress(payload, self.level)
            .map_err(|error| CodecError::new(CodecErrorKind::Unsealable).because(error))?;
        Ok(Some(small).filter(|small| small.len() < payload.len()))
    }

    /// What was compressed to `small`.
    pub(crate) fn decompress(self, small: &[u8]) -> Result<Cow<'static, [u8]>, Rejected> {
        let long = zstd::zstd_safe::get_frame_content_size(small).ok().flatten();
        let long = long.and_then(|long| usize::try_from(long).ok()).ok_or(Rejected::Damaged)?;
        let possible = (small.len() / 4).saturating_mul(LONGEST_BLOCK);
        if long > self.at_most.min(possible) {
            return Err(Rejected::Damaged);
        }
        let payload = zstd::bulk::decompress(small, long).map_err(|_| Rejected::Damaged)?;
        if payload.len() == long { Ok(Cow::Owned(payload)) } else { Err(Rejected::Damaged) }
    }
}

/// For what is compressed where the tier does not compress (any more).
impl Default for Compression {
    fn default() -> Self {
        Self::above(1024)
    }
}
