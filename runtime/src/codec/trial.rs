//! Keys and values at rest, for tests that have no tier at hand. Feature `testing`; no part of the interface.

use super::error::CodecError;
use super::pack::{BySerde, Pack};
use super::packing::{At, Opened, Packing, Stamp};
use crate::tier::TierKey;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The values of one namespace, in one packing.
#[doc(hidden)]
pub struct Trial<V> {
    namespace: String,
    packing: Packing,
    pack: BySerde<V>,
}

impl<V: Serialize + DeserializeOwned> Trial<V> {
    #[must_use]
    pub fn new(namespace: &str, packing: Packing) -> Self {
        Self { namespace: namespace.to_owned(), packing, pack: BySerde::new() }
    }

    /// Where a key lies.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn address<K: Serialize>(&self, key: &K) -> Result<TierKey, CodecError> {
        let key = Pack::<K, V>::key(&self.pack, key)?;
        Ok(self.packing.address(&self.namespace, &key))
    }

    /// What is stored for a value.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn seal(
        &self,
        key: &TierKey,
        value: &V,
        created: u64,
        deadline: Option<u64>,
    ) -> Result<Bytes, CodecError> {
        let payload = Pack::<(), V>::encode(&self.pack, self.packing.encodes_with(), value)?;
        self.seal_payload(key, &payload, created, deadline)
    }

    /// What is stored for something that was encoded.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn seal_payload(
        &self,
        key: &TierKey,
        payload: &[u8],
        created: u64,
        deadline: Option<u64>,
    ) -> Result<Bytes, CodecError> {
        let fingerprint = Pack::<(), V>::fingerprint(&self.pack);
        self.packing.seal(self.at(key), payload, Stamp { fingerprint, created, deadline })
    }

    /// The value of what was stored, when it was made, and from when on it is expired.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn open(
        &self,
        key: &TierKey,
        bytes: &[u8],
        now: u64,
    ) -> Result<(V, u64, Option<u64>), String> {
        let fingerprint = Pack::<(), V>::fingerprint(&self.pack);
        let opened = self.packing.open(self.at(key), bytes, fingerprint, now);
        let Opened { payload, codec, created, deadline } =
            opened.map_err(|rejected| rejected.to_string())?;
        let value = Pack::<(), V>::decode(&self.pack, &codec, &payload);
        Ok((value.map_err(|error| error.to_string())?, created, deadline))
    }

    fn at<'a>(&'a self, key: &'a TierKey) -> At<'a> {
        At { namespace: &self.namespace, key }
    }
}
