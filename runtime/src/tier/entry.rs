//! What is kept in a tier, and under what.

use bytes::Bytes;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A key in a tier: at most [`TierKey::MAX_LEN`] bytes of any kind, never empty, the same in every process and build.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TierKey(Bytes);

impl TierKey {
    /// No key is longer than this: longer ones are hashed before they get here.
    pub const MAX_LEN: usize = 65;

    /// A key of these bytes. For tests of a tier of your own; elsewhere larder makes the keys.
    ///
    /// # Panics
    /// When there are none, or more than [`MAX_LEN`](Self::MAX_LEN).
    ///
    /// ```
    /// use larder::tier::TierKey;
    ///
    /// assert_eq!(TierKey::new(b"a".to_vec()).as_bytes(), b"a");
    /// ```
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        assert!((1..=Self::MAX_LEN).contains(&bytes.len()), "a key has 1 to 65 bytes");
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// No bytes: a key may be a secret, and this ends up in messages.
impl std::fmt::Debug for TierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TierKey({} bytes)", self.0.len())
    }
}

/// How often a namespace had been cleared, or any other number that [`clear`](super::Tier::clear) changes for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// What a tier was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The epoch that the values were read in.
    pub epoch: Epoch,
    /// One for each key, in their order.
    pub values: Vec<Option<Bytes>>,
}

/// What is put into a tier.
#[derive(Clone, PartialEq, Eq)]
pub struct TierEntry {
    /// Its key.
    pub key: TierKey,
    /// Its value.
    pub value: Bytes,
    /// From when on it must not be found any more; `None` for never.
    pub deadline: Option<Deadline>,
    /// The epoch that it belongs to; `None` for the present one.
    pub epoch: Option<Epoch>,
    /// What it can be removed by, together with others.
    pub tags: Vec<String>,
}

impl std::fmt::Debug for TierEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TierEntry")
            .field("key", &self.key)
            .field("len", &self.value.len())
            .field("deadline", &self.deadline)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// A moment of the wall clock in milliseconds since 1970: what is at rest outlives every other clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Deadline(pub u64);

impl Deadline {
    /// The moment this long after `now`; at the end of time when that is too far away.
    #[must_use]
    pub fn after(now: SystemTime, lifetime: Duration) -> Self {
        Self(millis(now).saturating_add(u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long it is until then; zero when it is over.
    #[must_use]
    pub fn remaining(self, now: SystemTime) -> Duration {
        Duration::from_millis(self.0.saturating_sub(millis(now)))
    }
}

/// `moment` in milliseconds since 1970, zero before.
fn millis(moment: SystemTime) -> u64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
