//! What an implementation of `Tier` promises, by what it is about.

pub(super) mod calls;
pub(super) mod closing;
pub(super) mod deadlines;
pub(super) mod epochs;
pub(super) mod namespaces;
pub(super) mod removal;
pub(super) mod tags;
pub(super) mod values;
