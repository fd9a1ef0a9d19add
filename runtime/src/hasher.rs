//! How keys are hashed: seeded per cache, the same for an owned key and for a borrowed view of it.

#[cfg(not(larder_model))]
pub(crate) type Hasher = foldhash::fast::RandomState;
/// A model checker runs one order of events more than once, and they have to be the same each time.
#[cfg(larder_model)]
pub(crate) type Hasher = foldhash::fast::FixedState;
