//! Values as bytes: feature `serde`.

mod length;

pub use length::encoded_len;
