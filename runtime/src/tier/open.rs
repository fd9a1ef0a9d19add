//! Tiers by address.

use super::{Layer, Tier, TierError, TierErrorKind};

/// What can be a tier of a cache: a [`Layer`], a tier, or an address.
pub trait IntoLayer {
    /// The layer.
    ///
    /// # Errors
    /// When the address is not understood.
    fn into_layer(self) -> Result<Layer, TierError>;
}

impl IntoLayer for Layer {
    fn into_layer(self) -> Result<Layer, TierError> {
        Ok(self)
    }
}

impl<T: Tier> IntoLayer for T {
    fn into_layer(self) -> Result<Layer, TierError> {
        Ok(self.into())
    }
}

impl IntoLayer for &str {
    fn into_layer(self) -> Result<Layer, TierError> {
        open(self)
    }
}

impl IntoLayer for String {
    fn into_layer(self) -> Result<Layer, TierError> {
        open(&self)
    }
}

impl<L: IntoLayer> IntoLayer for Result<L, TierError> {
    fn into_layer(self) -> Result<Layer, TierError> {
        self.and_then(L::into_layer)
    }
}

/// stub
pub fn open(address: &str) -> Result<Layer, TierError> {
    Err(TierError::new(TierErrorKind::Misconfigured, address))
}
