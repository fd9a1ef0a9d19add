//! The shape of a type, as a number.

use serde::de::DeserializeOwned;

/// What is known of the shape of a type.
pub(crate) struct Shape {
    fingerprint: u64,
}

impl Shape {
    pub(crate) fn of<V: DeserializeOwned>() -> Self {
        Self { fingerprint: blake3_64(std::any::type_name::<V>().as_bytes()) }
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

fn blake3_64(text: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(text).as_bytes()[..8]);
    u64::from_le_bytes(first)
}
