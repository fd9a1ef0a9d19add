//! No bound, and so no victims.

use super::{Marks, Residents};
use crate::store::list::Place;

/// Keeps the marks as the policy will want them that a bound may bring.
#[derive(Debug)]
pub(in crate::store) struct Unbounded {
    pub(super) marks: Marks,
}

impl Unbounded {
    pub(super) fn admit(&mut self, place: Place, residents: &impl Residents) {
        if self.marks == Marks::Time {
            residents.set_mark(place, residents.now());
        }
    }

    pub(super) fn replace(&mut self, _: Place, new: Place, residents: &impl Residents) {
        self.admit(new, residents);
    }

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
