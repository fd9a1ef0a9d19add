//! How values become bytes.

use super::bounded::{Bounds, Guarded, MAX_DEPTH};
use super::error::{CodecError, CodecErrorKind};
use super::fingerprint::Shape;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;

/// How values become bytes in a tier.
///
/// What was written by one codec is read by it, also when the tier has another one since: its id stands beside the value.
///
/// CBOR, JSON and `MessagePack` write `None`, `()` and `Some(())` the same way. So a value with a `Some` of nothing, like
/// `Some(None)`, is not stored with them, and neither is a float in JSON that is no number. Postcard tells these apart; it cannot
/// write fields that are left out (`skip_serializing_if`), nor read what asks for the type of its parts (`untagged`,
/// `flatten`), and refuses both. With postcard, `Serialize` and `Deserialize` have to agree on the fields and their
/// order, as they do when derived without `skip_serializing` or `skip_deserializing`.
///
/// Values of types that hold themselves are not stored when they are nested deeper than some 60 levels.
///
/// ```
/// use larder::tier::{Codec, Packing};
///
/// assert_eq!(Codec::default().to_string(), "cbor");
/// let packing = Packing::default().codec(Codec::Cbor);
/// # drop(packing);
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Codec {
    /// Compact, and names its fields. Always there.
    #[default]
    Cbor,
    /// Text that other programs can read. Feature `json`.
    #[cfg(feature = "json")]
    Json,
    /// `MessagePack` with the names of fields. Feature `messagepack`.
    #[cfg(feature = "messagepack")]
    MessagePack,
    /// The smallest and fastest, without names. Feature `postcard`.
    #[cfg(feature = "postcard")]
    Postcard,
    /// One of a user's: see [`Codec::own`].
    Own(Own),
}

/// A codec of a user's, in a [`Codec`].
#[derive(Clone)]
pub struct Own(pub(crate) Arc<dyn OwnCodec>);

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own({})", self.0.id())
    }
}

/// A codec of your own.
///
/// Values come as objects of the crate `erased_serde`, which is [here](crate::tier::erased_serde): it is serde without
/// type parameters.
///
/// - `decode` MUST return the value that was encoded, or an error. It MAY be given any bytes at all.
/// - An `Ok` of `encode` MUST mean that the value can be decoded.
/// - Formats MUST NOT change under one id: a changed one has a new id.
///
/// A panic in either is caught, and counts as an error. Nesting beyond 128 levels is stopped from outside.
///
/// ```
/// use larder::tier::{Codec, CodecError, CodecErrorKind, OwnCodec, erased_serde};
/// use std::sync::Arc;
///
/// struct Indented;
///
/// impl OwnCodec for Indented {
///     fn id(&self) -> u8 {
///         200
///     }
///
///     fn name(&self) -> &'static str {
///         "indented json"
///     }
///
///     fn encode(&self, value: &dyn erased_serde::Serialize) -> Result<Vec<u8>, CodecError> {
///         serde_json::to_vec_pretty(value)
///             .map_err(|error| CodecError::new(CodecErrorKind::Unencodable).because(error))
///     }
///
///     fn decode(
///         &self,
///         bytes: &[u8],
///         read: &mut dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), CodecError>,
///     ) -> Result<(), CodecError> {
///         let mut json = serde_json::Deserializer::from_slice(bytes);
///         read(&mut <dyn erased_serde::Deserializer<'_>>::erase(&mut json))?;
///         json.end().map_err(|_| CodecErrorKind::TrailingBytes.into())
///     }
/// }
///
/// let codec = Codec::own(Arc::new(Indented))?;
/// assert_eq!(codec.to_string(), "indented json");
/// # Ok::<(), CodecError>(())
/// ```
pub trait OwnCodec: Send + Sync + 'static {
    /// What it is told from others by, in what is stored: from 128 on, and the same for ever.
    fn id(&self) -> u8;

    /// How it is called in messages.
    fn name(&self) -> &'static str;

    /// The bytes of a value.
    ///
    /// # Errors
    /// When the value has none.
    fn encode(&self, value: &dyn erased_serde::Serialize) -> Result<Vec<u8>, CodecError>;

    /// Makes a deserializer of all of `bytes` and calls `read` with it, once.
    ///
    /// # Errors
    /// That of `read`; and when there are bytes left over after it.
    fn decode(
        &self,
        bytes: &[u8],
        read: &mut dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError>;

    /// Whether `Some(None)` and `Some(())` come back as they were. Unless this says so, such values are refused before
    /// they get to the codec.
    fn tells_some_of_nothing(&self) -> bool {
        false
    }

    /// Whether floats that are infinite or no numbers come back as they were. Unless this says so, such values are refused
    /// before they get to the codec.
    fn keeps_all_floats(&self) -> bool {
        false
    }
}

impl Codec {
    /// A codec of your own: see [`OwnCodec`], which shows one.
    ///
    /// # Errors
    /// [`CodecErrorKind::CodecId`] when its id is below 128: those are larder's.
    pub fn own(codec: Arc<dyn OwnCodec>) -> Result<Self, CodecError> {
        if codec.id() < 128 {
            return Err(CodecErrorKind::CodecId.into());
        }
        Ok(Self::Own(Own(codec)))
    }

    /// What stands for it in an envelope.
    pub(crate) fn id(&self) -> u8 {
        match self {
            Self::Cbor => 1,
            #[cfg(feature = "json")]
            Self::Json => 2,
            #[cfg(feature = "messagepack")]
            Self::MessagePack => 3,
            #[cfg(feature = "postcard")]
            Self::Postcard => 4,
            Self::Own(own) => own.0.id(),
        }
    }

    /// The codec that an envelope names: one of larder's, or this one.
    pub(crate) fn of_id(&self, id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Cbor),
            #[cfg(feature = "json")]
            2 => Some(Self::Json),
            #[cfg(feature = "messagepack")]
            3 => Some(Self::MessagePack),
            #[cfg(feature = "postcard")]
            4 => Some(Self::Postcard),
            128.. if self.id() == id => Some(self.clone()),
            _ => None,
        }
    }

    /// What is true of how it writes: see [`Caution`].
    pub(crate) fn caution(&self) -> Caution {
        match self {
            Self::Cbor => Caution { nothing_is_null: true, ..Caution::default() },
            #[cfg(feature = "json")]
            Self::Json => {
                Caution { nothing_is_null: true, no_such_floats: true, ..Caution::default() }
            }
            #[cfg(feature = "messagepack")]
            Self::MessagePack => Caution { nothing_is_null: true, ..Caution::default() },
            #[cfg(feature = "postcard")]
            Self::Postcard => Caution { no_names: true, ..Caution::default() },
            Self::Own(own) => Caution {
                nothing_is_null: !own.0.tells_some_of_nothing(),
                no_such_floats: !own.0.keeps_all_floats(),
                ..Caution::default()
            },
        }
    }

    /// The bytes of a value.
    pub(crate) fn write<V: Serialize>(&self, value: &V) -> Result<Vec<u8>, CodecError> {
        match self {
            Self::Cbor => {
                let mut out = Vec::with_capacity(128);
                ciborium::into_writer(value, &mut out).map_err(unencodable)?;
                Ok(out)
            }
            #[cfg(feature = "json")]
            Self::Json => serde_json::to_vec(value).map_err(unencodable),
            // By position, a field that is left out would be taken for the next one.
            #[cfg(feature = "messagepack")]
            Self::MessagePack => rmp_serde::to_vec_named(value).map_err(unencodable),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::to_stdvec(value).map_err(unencodable),
            Self::Own(own) => own.0.encode(&value),
        }
    }

    /// The value of all these bytes.
    ///
    /// All of them are bounded from outside: in a format in which `Some` and newtypes leave no trace, a type that holds
    /// itself by them alone would be read without an end, and without reading anything.
    pub(crate) fn read<V: DeserializeOwned>(&self, bytes: &[u8]) -> Result<V, CodecError> {
        let bounds = Bounds::new(bytes.len());
        match self {
            Self::Cbor => {
                let mut rest = bytes;
                let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, MAX_DEPTH);
                let Guarded(value) = value.map_err(undecodable)?;
                ended(rest, value)
            }
            #[cfg(feature = "json")]
            Self::Json => {
                let mut reader = serde_json::Deserializer::from_slice(bytes);
                let value = V::deserialize(bounds.on(&mut reader)).map_err(undecodable)?;
                reader.end().map_err(|_| CodecErrorKind::TrailingBytes)?;
                Ok(value)
            }
            #[cfg(feature = "messagepack")]
            Self::MessagePack => {
                let mut rest = bytes;
                let mut reader = rmp_serde::Deserializer::new(&mut rest);
                let value = V::deserialize(bounds.on(&mut reader)).map_err(undecodable)?;
                ended(rest, value)
            }
            #[cfg(feature = "postcard")]
            Self::Postcard => {
                let mut reader = postcard::Deserializer::from_bytes(bytes);
                let value = V::deserialize(bounds.on(&mut reader)).map_err(undecodable)?;
                ended(reader.finalize().map_err(undecodable)?, value)
            }
            Self::Own(own) => {
                let mut value = None;
                own.0.decode(bytes, &mut |reader| {
                    value = Some(V::deserialize(bounds.on(reader)).map_err(undecodable)?);
                    Ok(())
                })?;
                value.ok_or_else(|| CodecErrorKind::Undecodable.into())
            }
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cbor => "cbor",
            #[cfg(feature = "json")]
            Self::Json => "json",
            #[cfg(feature = "messagepack")]
            Self::MessagePack => "messagepack",
            #[cfg(feature = "postcard")]
            Self::Postcard => "postcard",
            Self::Own(own) => own.0.name(),
        })
    }
}

/// What a codec would get wrong without a word, or has no answer to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Caution {
    /// `None` and nothing are written the same way.
    pub(crate) nothing_is_null: bool,
    /// There are only finite floats.
    pub(crate) no_such_floats: bool,
    /// Fields go by their position, and nothing says what comes next.
    pub(crate) no_names: bool,
}

impl Caution {
    /// Whether this codec cannot read any value of this shape.
    pub(crate) fn forbids(self, shape: &Shape) -> bool {
        self.no_names && shape.asks
    }

    /// Whether each value of this shape has to be looked at.
    pub(crate) fn concerns(self, shape: &Shape) -> bool {
        shape.unbounded
            || self.nothing_is_null && shape.options_of_nothing
            || self.no_such_floats && shape.floats
            // What is left out is not seen in the shape.
            || self.no_names
    }
}

fn unencodable<E: std::error::Error + Send + Sync + 'static>(error: E) -> CodecError {
    CodecError::new(CodecErrorKind::Unencodable).because(error)
}

/// Without what it came from: those messages show what they have read.
fn undecodable<E>(_: E) -> CodecError {
    CodecErrorKind::Undecodable.into()
}

fn ended<V>(rest: &[u8], value: V) -> Result<V, CodecError> {
    if rest.is_empty() { Ok(value) } else { Err(CodecErrorKind::TrailingBytes.into()) }
}
