//! The keys, the same for every contestant, and the body that turns a key into its value.

use crate::tally;

/// What a cached function is called with.
///
/// Values are `u64` everywhere: cloning one costs nothing, so the tables show the cost of the
/// cache and not of the value.
pub trait Key: Copy + Send + Sync + 'static {
    /// The value the body computes, cheap and different for different keys.
    fn value(self) -> u64;
}

impl Key for u64 {
    fn value(self) -> u64 {
        value_of_number(self)
    }
}

impl Key for &'static str {
    fn value(self) -> u64 {
        value_of_text(self)
    }
}

fn value_of_number(key: u64) -> u64 {
    !key
}

fn value_of_text(key: &str) -> u64 {
    key.as_bytes().last_chunk().map_or(0, |tail| u64::from_le_bytes(*tail))
}

/// The body behind a number.
pub(crate) async fn load(key: u64) -> u64 {
    tally::count_load();
    value_of_number(key)
}

/// The body behind a text.
pub(crate) async fn load_text(key: &str) -> u64 {
    tally::count_load();
    value_of_text(key)
}

/// `count` numbers without any pattern that a hash function might like, from the `first` on.
pub fn numbers(first: u64, count: u64) -> Vec<u64> {
    (first..first + count).map(scatter).collect()
}

/// `count` texts of 16 bytes, as an identifier or a path would be.
pub fn texts(count: u64) -> Vec<&'static str> {
    let text = |number| &*format!("user:{:011}", scatter(number) % 100_000_000_000).leak();
    (0..count).map(text).collect()
}

/// The output function of `SplitMix64`: a bijection, so that different inputs stay different.
pub(crate) fn scatter(number: u64) -> u64 {
    let z = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_and_their_values_are_distinct() {
        let numbers: HashSet<_> = numbers(0, 1_000).into_iter().map(Key::value).collect();
        let texts: HashSet<_> = texts(1_000).into_iter().map(Key::value).collect();
        assert_eq!((numbers.len(), texts.len()), (1_000, 1_000));
    }

    #[test]
    fn later_numbers_continue_the_earlier() {
        assert_eq!(numbers(0, 20)[10..], numbers(10, 10));
    }
}
