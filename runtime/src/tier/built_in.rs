//! The schemes that larder knows by itself.

use super::registry::Address;
use super::{Tier, TierError};
use std::sync::Arc;

type Make = fn(&mut Address) -> Result<Arc<dyn Tier>, TierError>;

pub(super) fn schemes() -> Vec<(&'static str, Make)> {
    Vec::new()
}
