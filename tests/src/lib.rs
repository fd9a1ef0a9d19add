//! What the tests of larder share.

mod bomb;
mod clusters;
mod log;
mod map_tier;
mod proxy;
mod sentinels;
mod servers;

pub use bomb::{Bomb, Fuse, panics};
pub use clusters::RedisCluster;
pub use log::Log;
pub use map_tier::{MapTier, Mood, Snapshot};
pub use proxy::{Fault, Proxy};
pub use sentinels::RedisSentinels;
pub use servers::{Deadline, DeafServer, Server, free_port};

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

// The pages beside the README: what they show compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/tiers.md")]
mod tiers {}
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-cached.md")]
mod from_cached {}
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-moka.md")]
mod from_moka {}
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-async-cache.md")]
mod from_async_cache {}

/// Counts what a test wants to be counted.
#[derive(Debug, Default)]
pub struct Counter(AtomicUsize);

impl Counter {
    /// With nothing counted.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Counts one, and returns its number, beginning with 1.
    pub fn count(&self) -> usize {
        self.0.fetch_add(1, SeqCst) + 1
    }

    /// How many there were.
    pub fn get(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// Runs `test` on a multi-thread runtime, and fails when it takes longer than a minute: it hangs.
///
/// # Panics
/// When `test` panics or hangs.
pub fn watchdog(test: impl Future<Output = ()> + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime");
    let outcome = runtime
        .block_on(async { tokio::time::timeout(Duration::from_mins(1), tokio::spawn(test)).await });
    runtime.shutdown_background();
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(failed)) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(failed) => panic!("{failed}"),
        },
        Err(elapsed) => panic!("hangs: {elapsed}"),
    }
}

/// Random numbers that can be had again: the seed is printed, and `LARDER_SEED` sets it.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// With the seed from the environment, or a new one.
    #[must_use]
    pub fn from_env() -> Self {
        use std::hash::BuildHasher;
        let given = std::env::var("LARDER_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| std::hash::RandomState::new().hash_one(()));
        println!("LARDER_SEED={seed}");
        Self(seed)
    }

    /// A number below `bound`.
    ///
    /// # Panics
    /// When `bound` is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        // SplitMix64, which any seed starts well.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below a usize")
    }
}
