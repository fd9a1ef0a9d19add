//! Who replays the traces.

use std::fmt;

use foyer::{FifoConfig, LfuConfig, LruConfig, S3FifoConfig, SieveConfig};

use super::exact::Exact;
use super::optimal;
use super::replay::hits;
use crate::peers::larder::Policy;
use crate::peers::{cached, foyer as foyers, larder, moka, quick_cache};
use crate::store::Store;

/// On which side of a comparison a contestant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One of larder's policies.
    Larder,
    /// A cache that one could use instead.
    Peer,
    /// A policy by the book.
    Reference,
}

/// A policy, or what is done in its place.
pub struct Contestant {
    /// As the table shows it.
    pub name: &'static str,
    /// Whose it is.
    pub role: Role,
    hits: Box<Count>,
}

/// From requests and a capacity to how many were answered.
type Count = dyn Fn(&[u64], usize) -> usize + Sync;

impl Contestant {
    /// How many of these requests a new cache of this capacity answers.
    pub fn hits(&self, keys: &[u64], capacity: usize) -> usize {
        (self.hits)(keys, capacity)
    }

    fn store<S: Store>(
        role: Role,
        name: &'static str,
        make: impl Fn(usize) -> S + Sync + 'static,
    ) -> Self {
        Self { name, role, hits: Box::new(move |keys, capacity| hits(keys, &make(capacity))) }
    }

    fn larder(name: &'static str, policy: Policy) -> Self {
        Self::store(Role::Larder, name, move |capacity| larder::store(capacity, policy))
    }

    fn peer<S: Store>(name: &'static str, make: impl Fn(usize) -> S + Sync + 'static) -> Self {
        Self::store(Role::Peer, name, make)
    }

    fn exact(name: &'static str, make: fn(usize) -> Exact) -> Self {
        Self::store(Role::Reference, name, make)
    }
}

impl fmt::Debug for Contestant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Contestant").field(&self.name).finish()
    }
}

/// All of them, in the order of the table.
pub fn all() -> Vec<Contestant> {
    let mut all = ours();
    all.extend(peers());
    all.extend(references());
    all
}

fn ours() -> Vec<Contestant> {
    let one_region = |capacity| larder::one_region(capacity, Policy::Lru);
    vec![
        Contestant::larder("larder tinylfu", Policy::TinyLfu),
        Contestant::larder("larder s3fifo", Policy::S3Fifo),
        Contestant::larder("larder sieve", Policy::Sieve),
        Contestant::larder("larder lru", Policy::Lru),
        Contestant::store(Role::Larder, "larder lru, one region", one_region),
        Contestant::larder("larder lfu", Policy::Lfu),
        Contestant::larder("larder fifo", Policy::Fifo),
    ]
}

fn peers() -> Vec<Contestant> {
    vec![
        Contestant::peer("moka tinylfu", moka::store),
        Contestant::peer("moka lru", moka::lru),
        Contestant::peer("quick_cache", quick_cache::store),
        Contestant::peer("quick_cache unsync", quick_cache::unsync),
        Contestant::peer("foyer s3fifo", |size| foyers::one_shard(size, S3FifoConfig::default())),
        Contestant::peer("foyer lfu", |size| foyers::one_shard(size, LfuConfig::default())),
        Contestant::peer("foyer sieve", |size| foyers::one_shard(size, SieveConfig)),
        Contestant::peer("foyer lru", |size| foyers::one_shard(size, LruConfig::default())),
        Contestant::peer("foyer fifo", |size| foyers::one_shard(size, FifoConfig::default())),
        Contestant::peer("cached LRU", cached::lru),
    ]
}

fn references() -> Vec<Contestant> {
    vec![
        Contestant::exact("exact lru", Exact::lru),
        Contestant::exact("exact fifo", Exact::fifo),
        Contestant::exact("exact lfu", Exact::lfu),
        Contestant { name: "OPT", role: Role::Reference, hits: Box::new(optimal::hits) },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key;

    /// Half of the requests go to a few keys, so that every policy finds some.
    fn keys() -> Vec<u64> {
        let spread =
            |number: u64| if number.is_multiple_of(2) { number % 80 } else { number % 4_000 };
        key::numbers(0, 20_000).into_iter().map(spread).collect()
    }

    #[test]
    fn nobody_beats_the_limit_and_everybody_finds_something() {
        let keys = keys();
        let limit = optimal::hits(&keys, 64);
        for contestant in all() {
            let hits = contestant.hits(&keys, 64);
            assert!(0 < hits && hits <= limit, "{contestant:?}: {hits} of {limit}");
        }
    }

    #[test]
    fn the_exact_lru_is_what_the_peer_with_one_order_does() {
        let keys = keys();
        let hits = |name| {
            let all = all();
            all.iter().find(|one| one.name == name).unwrap().hits(&keys, 64)
        };
        assert_eq!(hits("exact lru"), hits("cached LRU"));
    }
}
