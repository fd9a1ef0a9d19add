//! Hits: walk over keys that are cached already, again and again.

use std::hint::black_box;
use std::sync::Arc;

use super::{Call, Course, Turn};
use crate::key::Key;
use crate::lane;
use crate::sample::Sample;

/// Laps over a set of keys that the lanes divide among them.
#[derive(Debug, Clone)]
pub struct Laps<K> {
    keys: Arc<[K]>,
    laps: u32,
}

impl<K: Key> Laps<K> {
    /// As many laps over all of `keys` as one thread walks in a turn; two threads walk twice as
    /// many over half of them.
    pub fn new(keys: Vec<K>, laps: u32) -> Self {
        Self { keys: keys.into(), laps }
    }
}

impl<K: Key> Course for Laps<K> {
    type Key = K;

    fn calls(&self) -> u32 {
        u32::try_from(self.keys.len()).expect("a key set is small") * self.laps
    }

    fn run(&self, call: &Arc<impl Call<K>>, turn: Turn) -> Sample {
        lane::run(turn.threads, self.calls(), async |lane| {
            let keys = lane.share(&self.keys);
            if turn.is_warm_up() {
                verify(&**call, keys).await;
            }
            walk(&**call, keys, 1).await;
            lane.measured(walk(&**call, keys, self.laps * turn.threads)).await;
            lane.keep_company(async || walk(&**call, keys, 1).await).await;
        })
    }
}

/// The measured loop.
pub(super) async fn walk<K: Key>(call: &impl Call<K>, keys: &[K], laps: u32) {
    for _ in 0..laps {
        for &key in keys {
            black_box(call(black_box(key)).await);
        }
    }
}

/// Fills the cache, and makes sure that the contestant answers what it was asked.
async fn verify<K: Key>(call: &impl Call<K>, keys: &[K]) {
    for &key in keys {
        assert_eq!(call(key).await, key.value(), "a contestant returned another key's value");
    }
}
