//! What can go wrong between values and bytes.

use std::error::Error as StdError;
use std::fmt;

/// Why a key or a value could not become bytes, or bytes no value. Its message names no key and no value.
///
/// Callers of memoized functions never see it: what cannot be encoded is not stored in a tier, and what cannot be decoded
/// is not there. The metrics count both. Those who write a [codec](super::OwnCodec) of their own return it.
///
/// ```
/// use larder::tier::{CodecError, CodecErrorKind};
///
/// let error = CodecError::new(CodecErrorKind::Undecodable);
/// assert_eq!(error.to_string(), "the bytes are not such a value");
/// assert_eq!(error.kind(), CodecErrorKind::Undecodable);
/// ```
#[derive(Debug)]
pub struct CodecError {
    kind: CodecErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Which kind of thing went wrong between values and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodecErrorKind {
    /// The codec cannot write this value: its `Serialize` failed, or the format has no place for it.
    Unencodable,
    /// The codec could write this value, but what it writes would be read as another one: a `Some` of nothing, in a codec
    /// that writes `None` the same way. See [`Codec`](super::Codec).
    Ambiguous,
    /// The bytes are not such a value.
    Undecodable,
    /// There is more after the value.
    TrailingBytes,
    /// The value is nested deeper than what would be read back.
    TooDeep,
    /// A `Serialize` or `Deserialize` panicked.
    Panicked,
    /// The operating system had no random bytes to encrypt with.
    NoRandomness,
    /// The value could not be compressed or encrypted.
    Unsealable,
    /// The id of a codec is not one that a user's codec may have.
    CodecId,
}

impl CodecError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: CodecErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// With what it came from. That should name no value: it is logged.
    ///
    /// ```
    /// use larder::tier::{CodecError, CodecErrorKind};
    /// use std::error::Error;
    ///
    /// let error = CodecError::new(CodecErrorKind::Unencodable).because("a map has no such keys");
    /// assert_eq!(error.source().unwrap().to_string(), "a map has no such keys");
    /// ```
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Which kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> CodecErrorKind {
        self.kind
    }
}

impl From<CodecErrorKind> for CodecError {
    fn from(kind: CodecErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CodecErrorKind::Unencodable => "the value cannot be encoded",
            CodecErrorKind::Ambiguous => "the value would be read back as another one",
            CodecErrorKind::Undecodable => "the bytes are not such a value",
            CodecErrorKind::TrailingBytes => "there are more bytes than those of the value",
            CodecErrorKind::TooDeep => "the value is nested too deep",
            CodecErrorKind::Panicked => "encoding or decoding the value panicked",
            CodecErrorKind::NoRandomness => "the system has no random bytes",
            CodecErrorKind::Unsealable => "the value cannot be compressed or encrypted",
            CodecErrorKind::CodecId => "a codec of one's own has an id from 128 on",
        })
    }
}

impl StdError for CodecError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
