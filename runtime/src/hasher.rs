//! How keys are hashed: seeded per cache, the same for an owned key and for a borrowed view of it.

pub(crate) type Hasher = foldhash::fast::RandomState;
