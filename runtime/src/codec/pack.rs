//! How the keys and values of a cache become bytes.

use super::codecs::Codec;
use super::error::{CodecError, CodecErrorKind};
use super::fingerprint::Shape;
use super::key::key_bytes;
use super::scrutiny::scrutinize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

/// How the keys and values of a cache become bytes. An object, so that caches without tiers ask nothing of their types.
///
/// What users wrote runs in all of them but `fingerprint`, so never below a lock. It may panic, and that is an error.
pub trait Pack<K, V>: Send + Sync {
    /// A key as bytes: the same in every process and build, and different for different keys.
    fn key(&self, key: &K) -> Result<Vec<u8>, CodecError>;

    /// A value as bytes. What would not come back as it is, is an error.
    fn encode(&self, codec: &Codec, value: &V) -> Result<Vec<u8>, CodecError>;

    /// The value of all these bytes, whatever they are.
    fn decode(&self, codec: &Codec, bytes: &[u8]) -> Result<V, CodecError>;

    /// What the shape of the values comes to. It takes some time once.
    fn fingerprint(&self) -> u64;
}

/// Packs by serde.
pub(crate) struct BySerde<V> {
    shape: OnceLock<Shape>,
    values: PhantomData<fn() -> V>,
}

impl<V> BySerde<V> {
    pub(crate) const fn new() -> Self {
        Self { shape: OnceLock::new(), values: PhantomData }
    }
}

impl<V: DeserializeOwned> BySerde<V> {
    fn shape(&self) -> &Shape {
        self.shape.get_or_init(Shape::of::<V>)
    }
}

impl<K: Serialize, V: Serialize + DeserializeOwned> Pack<K, V> for BySerde<V> {
    fn key(&self, key: &K) -> Result<Vec<u8>, CodecError> {
        guarded(|| key_bytes(key))
    }

    fn encode(&self, codec: &Codec, value: &V) -> Result<Vec<u8>, CodecError> {
        let (shape, caution) = (self.shape(), codec.caution());
        if caution.forbids(shape) {
            return Err(CodecErrorKind::Unencodable.into());
        }
        guarded(|| {
            if caution.concerns(shape) {
                scrutinize(value, caution)?;
            }
            codec.write(value)
        })
    }

    fn decode(&self, codec: &Codec, bytes: &[u8]) -> Result<V, CodecError> {
        guarded(|| codec.read(bytes))
    }

    fn fingerprint(&self) -> u64 {
        self.shape().fingerprint
    }
}

/// A panic of what users wrote as an error. Nothing of it is looked at afterwards.
fn guarded<T>(work: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(CodecErrorKind::Panicked.into()))
}
