//! No bound, and so no victims.

use super::Residents;
use crate::store::list::Place;

/// Has nothing to do. The marks are as the policy will want them that a bound may bring.
#[derive(Debug)]
pub(in crate::store) struct Unbounded;

impl Unbounded {
    #[expect(clippy::unused_self, reason = "what every policy has")]
    pub(super) fn admit(&mut self, _: Place, _: &impl Residents) {}

    #[expect(clippy::unused_self, reason = "what every policy has")]
    pub(super) fn replace(&mut self, _: Place, _: Place, _: &impl Residents) {}

    #[expect(clippy::unused_self, reason = "what every policy has")]
    pub(super) fn forget(&mut self, _: Place, _: &impl Residents) {}

    #[expect(clippy::unused_self, reason = "what every policy has")]
    pub(super) fn victim(&mut self, _: &impl Residents) -> Option<Place> {
        None
    }

    #[expect(clippy::unused_self, reason = "what every policy has")]
    pub(super) fn resize(&mut self, _: u64) {}

    #[expect(clippy::unused_self, reason = "what every policy has")]
    pub(super) fn vacate(&mut self) {}
}
