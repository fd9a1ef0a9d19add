//! From what the miniatures saw to what the cache would do.

use super::miniature::CACHES;
use super::{Seen, Served};
use crate::metrics::FACTORS;

/// Which of [`FACTORS`] is the present size.
const PRESENT: usize = 2;
const _: () = assert!(FACTORS[PRESENT].0 == FACTORS[PRESENT].1);

/// So many misses, imagined to have been sampled as exactly as they should be, keep the few that were
/// sampled from being taken at their word.
const IMAGINED: f64 = 16.0;

/// The hit rates that a cache would have with other sizes, in the order of [`FACTORS`].
///
/// The counters know the hit rate at the present size, so the miniatures need only tell how many misses another size
/// would add or save.
///
/// How many accesses do theirs stand for? Not as many as were sampled: whether a very popular key is in the sample
/// would decide. But such a key is a hit at every size, and the misses are those of many keys. So it
/// is as many as it takes for the misses of the present size to be as frequent as the counters say. These are asked
/// about the bursts only: the first one has all the misses of a cache that is empty, the time after it none of them.
pub(super) fn hit_rates(seen: &Seen, served: Served) -> [f64; CACHES] {
    let tally = &seen.tally;
    if tally.accesses == 0 {
        return [0.0; CACHES];
    }
    let sampled = tally.misses.map(float);
    let present = sampled[PRESENT];
    let prior = IMAGINED / float(tally.accesses);
    let accesses = (present + IMAGINED) / (miss_rate(seen.served) + prior);
    let hit_rate = 1.0 - miss_rate(served);
    sampled.map(|misses| (hit_rate + (present - misses) / accesses).clamp(0.0, 1.0))
}

fn miss_rate(served: Served) -> f64 {
    float(served.misses) / float(served.accesses().max(1))
}

#[expect(clippy::cast_precision_loss, reason = "a rate is approximate by nature")]
fn float(count: u64) -> f64 {
    count as f64
}
