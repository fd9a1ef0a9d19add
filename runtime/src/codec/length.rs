//! How long a value is as bytes, without making them.

use serde::Serialize;
use std::io;

/// How many bytes `value` takes in CBOR: a fair measure of what it weighs with everything it owns. Feature `serde`.
///
/// It encodes the value and counts, and allocates nothing of its own. That costs about what encoding it costs: where
/// values are large or have a length that they know, a weigher of your own is cheaper.
///
/// To serde a `Vec<u8>` and a `[u8]` are arrays of numbers like any other, and so they are in CBOR: one byte for each
/// number up to 23, two for each above. With the crate `serde_bytes` they are as long as they are, and a few bytes.
///
/// A value whose `Serialize` fails has the length that was written until then, and at least that of the
/// value itself in memory.
///
/// ```
/// use larder::{Cache, encoded_len};
///
/// assert_eq!(encoded_len("flour"), 6); // one byte says: a text of five
/// assert_eq!(encoded_len(&vec![1, 2, 3]), 4);
///
/// let cache: Cache<u64, Vec<String>> =
///     Cache::builder().max_bytes(1 << 20).weigher(|_, value| encoded_len(value)).build();
/// # drop(cache);
/// ```
#[must_use]
pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> u64 {
    let mut length = Length(0);
    match ciborium::into_writer(value, &mut length) {
        Ok(()) => length.0,
        Err(_) => length.0.max(size_of_val(value) as u64),
    }
}

/// Counts what is written to it.
struct Length(u64);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serializer;
    use serde::ser::Error;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn encoded<T: Serialize>(value: &T) -> u64 {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).expect("it can be encoded");
        bytes.len() as u64
    }

    #[test]
    fn as_long_as_the_bytes() {
        let map: BTreeMap<_, _> = (0..300).map(|n| (n.to_string(), Some(f64::from(n)))).collect();
        assert_eq!(encoded_len(&map), encoded(&map));
        assert_eq!(
            encoded_len(&((), "x".repeat(70_000), 'ß')),
            encoded(&((), "x".repeat(70_000), 'ß'))
        );
        assert_eq!(encoded_len(&Arc::new(vec![1; 100])), encoded(&vec![1; 100]));
        assert_eq!(encoded_len(&()), 1);
    }

    #[test]
    fn what_cannot_be_encoded_still_weighs_something() {
        struct Never([u8; 50]);
        impl Serialize for Never {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(S::Error::custom(format_args!("{} bytes", self.0.len())))
            }
        }
        assert_eq!(encoded_len(&Never([0; 50])), 50);
    }
}
