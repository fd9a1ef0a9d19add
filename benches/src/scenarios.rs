//! Who meets whom, where.

use std::hash::RandomState;
use std::time::Duration;

use crate::course::{Fresh, Laps, Stampede};
use crate::key;
use crate::peers::{cached, floors, foyer, larder, moka, quick_cache};
use crate::scenario::{Field, Scenario};

type Foldhash = ::foldhash::fast::RandomState;

/// Entries of a cache that everything fits in.
const LARGE: usize = 10_000;
/// Entries of a cache that what is asked for just fits in, and larder's default.
const SMALL: usize = 128;
/// Entries of a cache that is always full.
const FULL: usize = 1_000;

const HOUR: Duration = Duration::from_hours(1);

/// All of them, in the order of the report, with `laps` laps of 1,000 hits for each thread and
/// turn, or of 200 misses, which cost more.
pub fn all(laps: u32) -> Vec<Scenario> {
    vec![
        hit_u64(laps),
        hit_str(laps),
        hit_ttl(laps),
        hit_small(laps),
        hot_key(laps),
        evict(laps),
        stampede(),
    ]
}

/// Names that the report and its targets share.
pub mod name {
    /// The annotated function.
    pub const LARDER: &str = "larder";
    /// The same with sizing advice.
    pub const SIZED: &str = "larder sizing";
    /// The floor that everything is compared with.
    pub const DASHMAP: &str = "DashMap";
    /// The floor of eviction.
    pub const FIFO: &str = "DashMap and FIFO";
    /// The peers that larder's targets are about.
    pub const CACHED: &str = "cached concurrent LRU";
    /// The same with entries that expire.
    pub const CACHED_TTL: &str = "cached concurrent LRU TTL";
    /// One that coalesces too.
    pub const QUICK_CACHE: &str = "quick_cache";
    /// Another.
    pub const MOKA: &str = "moka";
    /// The floor of single flight.
    pub const ONCE_CELL: &str = "DashMap of OnceCell";
}

fn hit_u64(laps: u32) -> Scenario {
    let about = "Hits on 1,000 `u64` keys in 10,000 entries; threads ask for different keys.";
    Field::new("hit-u64", about, Laps::new(key::numbers(0, 1_000), laps))
        .against(&[name::DASHMAP, name::LARDER])
        .enter("ready future", floors::ready())
        .enter(name::DASHMAP, floors::dashmap::<RandomState>())
        .enter("DashMap, foldhash", floors::dashmap::<Foldhash>())
        .enter("papaya", floors::papaya::<RandomState>())
        .enter("papaya, foldhash", floors::papaya::<Foldhash>())
        .enter(name::LARDER, async |key| larder::large::lru(key).await)
        .enter(name::SIZED, async |key| larder::large::sized(key).await)
        .enter("larder unbounded", async |key| larder::large::unbounded(key).await)
        .enter("larder Cache", larder::numbers(LARGE))
        .enter("cached", cached::large::unbounded)
        .enter("cached unsync_reads", cached::large::unsync_reads)
        .enter("cached LRU", cached::large::lru)
        .enter("cached concurrent", cached::large::concurrent)
        .enter(name::CACHED, cached::large::concurrent_lru)
        .enter(name::QUICK_CACHE, quick_cache::numbers(LARGE))
        .enter(name::MOKA, moka::numbers(10_000))
        .enter("foyer", foyer::numbers(LARGE))
        .close()
}

fn hit_str(laps: u32) -> Scenario {
    let about = "Hits on 1,000 `&str` keys of 16 bytes in 10,000 entries.";
    Field::new("hit-str", about, Laps::new(key::texts(1_000), laps))
        .against(&[name::DASHMAP, name::LARDER])
        .enter("ready future", floors::ready())
        .enter(name::DASHMAP, floors::dashmap_texts::<RandomState>())
        .enter("DashMap, foldhash", floors::dashmap_texts::<Foldhash>())
        .enter("papaya", floors::papaya_texts::<RandomState>())
        .enter("papaya, foldhash", floors::papaya_texts::<Foldhash>())
        .enter(name::LARDER, async |key| larder::large::texts(key).await)
        .enter("cached", async |key| cached::texts::unbounded(key).await)
        .enter("cached unsync_reads", async |key| cached::texts::unsync_reads(key).await)
        .enter("cached LRU", async |key| cached::texts::lru(key).await)
        .enter("cached concurrent", async |key| cached::texts::concurrent(key).await)
        .enter(name::CACHED, async |key| cached::texts::concurrent_lru(key).await)
        .enter(name::QUICK_CACHE, quick_cache::texts(LARGE))
        .enter(name::MOKA, moka::texts(10_000))
        .enter("foyer", foyer::texts(LARGE))
        .close()
}

fn hit_ttl(laps: u32) -> Scenario {
    let about = "Hits on 1,000 `u64` keys in 10,000 entries that live for an hour.";
    Field::new("hit-ttl", about, Laps::new(key::numbers(0, 1_000), laps))
        .against(&[name::DASHMAP, name::LARDER])
        .enter(name::DASHMAP, floors::dashmap::<RandomState>())
        .enter(name::LARDER, async |key| larder::large::expiring(key).await)
        .enter("larder Cache", larder::expiring(LARGE, HOUR))
        .enter("cached TTL", cached::expiring::unbounded)
        .enter("cached LRU TTL", cached::expiring::lru)
        .enter("cached concurrent TTL", cached::expiring::concurrent)
        .enter(name::CACHED_TTL, cached::expiring::concurrent_lru)
        .enter(name::MOKA, moka::expiring(10_000, HOUR))
        .close()
}

fn hit_small(laps: u32) -> Scenario {
    let about = "Hits on 100 `u64` keys in 128 entries. \
                 Bodies above zero: the cache holds fewer keys than it was built for.";
    Field::new("hit-small", about, Laps::new(key::numbers(0, 100), laps * 10))
        .against(&[name::DASHMAP, name::LARDER])
        .enter(name::DASHMAP, floors::dashmap::<RandomState>())
        .enter(name::LARDER, async |key| larder::small::lru(key).await)
        .enter("cached LRU", cached::small::lru)
        .enter(name::CACHED, cached::small::concurrent_lru)
        .enter(name::QUICK_CACHE, quick_cache::numbers(SMALL))
        .enter(name::MOKA, moka::numbers(128))
        .enter("foyer", foyer::numbers(SMALL))
        .close()
}

fn hot_key(laps: u32) -> Scenario {
    let about = "Hits on one `u64` key: every thread asks for the same one.";
    let keys = key::numbers(0, 1).repeat(1_000);
    Field::new("hot-key", about, Laps::new(keys, laps))
        .against(&[name::DASHMAP, name::LARDER])
        .enter(name::DASHMAP, floors::dashmap::<RandomState>())
        .enter("DashMap, foldhash", floors::dashmap::<Foldhash>())
        .enter("papaya", floors::papaya::<RandomState>())
        .enter(name::LARDER, async |key| larder::large::lru(key).await)
        .enter("larder TTL", async |key| larder::large::expiring(key).await)
        .enter("cached", cached::large::unbounded)
        .enter("cached unsync_reads", cached::large::unsync_reads)
        .enter("cached LRU", cached::large::lru)
        .enter("cached concurrent", cached::large::concurrent)
        .enter(name::CACHED, cached::large::concurrent_lru)
        .enter(name::QUICK_CACHE, quick_cache::numbers(LARGE))
        .enter(name::MOKA, moka::numbers(10_000))
        .enter("foyer", foyer::numbers(LARGE))
        .close()
}

fn evict(laps: u32) -> Scenario {
    let about = "Misses: every key is new, 1,000 entries are full, so each call computes, stores \
                 and evicts.";
    Field::new("evict", about, Fresh::new(laps * 200))
        .against(&[name::FIFO, name::LARDER])
        .enter(name::FIFO, floors::dashmap_fifo(FULL))
        .enter(name::LARDER, async |key| larder::evicting::lru(key).await)
        .enter("larder TTL", async |key| larder::evicting::expiring(key).await)
        .enter("cached LRU", cached::evicting::lru)
        .enter(name::CACHED, cached::evicting::concurrent_lru)
        .enter(name::QUICK_CACHE, quick_cache::numbers(FULL))
        .enter(name::MOKA, moka::numbers(1_000))
        .enter("foyer", foyer::numbers(FULL))
        .close()
}

fn stampede() -> Scenario {
    let about = "1,000 tasks ask for one missing key; the body ends when all have arrived. \
                 Per caller, tasks included. Bodies: 0.001 is one body for all of them.";
    Field::new("stampede", about, Stampede::new(1_000))
        .against(&[name::ONCE_CELL, name::LARDER])
        .enter("ready future", floors::ready())
        .enter(name::ONCE_CELL, floors::once_cells())
        .enter(name::LARDER, async |key| larder::stampede::lru(key).await)
        .enter("cached LRU by_key", cached::stampede::lru_by_key)
        .enter(name::CACHED, cached::stampede::concurrent_lru)
        .enter(name::QUICK_CACHE, quick_cache::stampede(FULL))
        .enter(name::MOKA, moka::stampede(1_000))
        .enter("foyer", foyer::stampede(FULL))
        .close()
}
