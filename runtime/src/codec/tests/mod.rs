//! What the whole of it promises, whatever the parts are.

mod key;
#[cfg(any(feature = "encryption", feature = "signing"))]
mod keyring;
mod pack;
mod packing;
