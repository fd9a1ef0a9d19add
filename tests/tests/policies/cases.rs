//! How caches are made and what is done to them, at random.

use crate::model::{Bounds, Life};
use crate::queues::{Key, NEVER};
use larder::Policy;
use larder::prelude::*;
use proptest::prelude::*;
use std::time::Duration;

const MILLI: u64 = 1_000_000;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Get(u8),
    Peek(u8),
    Set(u8, u8),
    SetWith(u8, u8, Life),
    GetOrInsert(u8, u8),
    /// Asks for some keys in a row, and stores those that are not there.
    Scan(u8, u8, u8),
    Remove(u8),
    Touch(u8, Life),
    Advance(u64),
    Resize(Option<u8>),
    Clear,
    /// Asks for the length and the numbers, on which the expired leave.
    Look,
}

/// How a cache is made and what is stored in it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) policy: Policy,
    /// At most so many entries, unless they are weighed or the bound is set anew.
    pub(crate) capacity: usize,
    pub(crate) keys: usize,
    pub(crate) weighed: Option<Weighed>,
    pub(crate) lifetime: u64,
    /// Without expiry a cache without a bound is divided into regions. With it, which of many expired entries leave would
    /// depend on their regions, and so on hashes.
    pub(crate) expires: bool,
    /// Whether the model decides nothing, but follows.
    pub(crate) follows: bool,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighed {
    /// The lightest entry weighs this.
    pub(crate) least: u64,
    pub(crate) maxsize: Option<usize>,
}

impl Case {
    pub(crate) fn bounds(&self) -> Bounds {
        match self.weighed {
            Some(weighed) => Bounds {
                maxsize: weighed.maxsize,
                max_bytes: Some(self.capacity as u64 * weighed.least.max(4)),
            },
            None => Bounds { maxsize: Some(self.capacity), max_bytes: None },
        }
    }

    pub(crate) fn cache(&self) -> Cache<Key, u64> {
        let bounds = self.bounds();
        let mut builder = Cache::builder().policy(self.policy).weigher(|_, value| value % 1024);
        if let Some(maxsize) = bounds.maxsize {
            builder = builder.maxsize(maxsize);
        }
        if let Some(max_bytes) = bounds.max_bytes {
            builder = builder.max_bytes(max_bytes);
        }
        if self.expires {
            builder = builder.concurrency(1);
        }
        if self.expires && self.lifetime != NEVER {
            builder = builder.ttl(Duration::from_nanos(self.lifetime));
        }
        builder.build()
    }

    /// Some keys are more wanted than others.
    pub(crate) fn key(&self, number: u8) -> Key {
        let number = usize::from(number);
        u8::try_from(number * number * self.keys / (1 << 16)).expect("there are few keys")
    }

    /// Sometimes more than fits.
    pub(crate) fn weight(&self, number: u8) -> u64 {
        let least = self.weighed.map_or(0, |weighed| weighed.least);
        match number {
            255 => self.bounds().max_bytes.unwrap_or(0) + 1,
            heavy @ 240.. => least + u64::from(heavy) / 8,
            _ => least + u64::from(number) % (2 * least + 2),
        }
    }

    pub(crate) fn life(&self, life: Life) -> Life {
        if self.expires { life } else { Life::Never }
    }
}

fn life() -> impl Strategy<Value = Life> {
    prop_oneof![
        4 => (1..40_u64).prop_map(|millis| Life::For(millis * MILLI)),
        2 => Just(Life::Default),
        1 => Just(Life::Never),
        1 => Just(Life::For(0)),
    ]
}

fn step(most: u8) -> impl Strategy<Value = Step> {
    let any = any::<u8>;
    prop_oneof![
        10 => any().prop_map(Step::Get),
        1 => any().prop_map(Step::Peek),
        6 => (any(), any()).prop_map(|(key, weight)| Step::Set(key, weight)),
        4 => (any(), any(), life()).prop_map(|(key, weight, life)| Step::SetWith(key, weight, life)),
        6 => (any(), any()).prop_map(|(key, weight)| Step::GetOrInsert(key, weight)),
        4 => (any(), 1..24_u8, any()).prop_map(|(key, count, weight)| Step::Scan(key, count, weight)),
        2 => any().prop_map(Step::Remove),
        1 => (any(), life()).prop_map(|(key, life)| Step::Touch(key, life)),
        4 => (1..30_u64).prop_map(|millis| Step::Advance(millis * MILLI)),
        1 => prop::option::weighted(0.8, 0..=most).prop_map(Step::Resize),
        1 => Just(Step::Look),
    ]
}

/// Cases for caches of up to `most` entries.
pub(crate) fn cases(policy: Policy, most: u8) -> impl Strategy<Value = Case> {
    // As many as are too many for the model of who remembers who has left.
    let follows = has_ghosts(policy) && most > 15;
    let least = if has_ghosts(policy) && !follows { 4..8_u64 } else { 0..8 };
    let maxsize = (0..=usize::from(most)).prop_map(Some);
    let maxsize = if follows { maxsize.boxed() } else { prop_oneof![maxsize, Just(None)].boxed() };
    let weighed = (least, maxsize);
    let steps =
        (prop::collection::vec(step(most), 1..50), prop::option::weighted(0.1, 0..50_usize));
    let steps = steps.prop_map(|(mut steps, clear)| {
        if let Some(place) = clear {
            steps.insert(place.min(steps.len()), Step::Clear);
        }
        steps
    });
    (
        prop_oneof![1..=8_usize, 1..=usize::from(most)],
        any::<u8>(),
        prop::option::of(weighed),
        prop_oneof![Just(NEVER), (5..100_u64).prop_map(|millis| millis * MILLI)],
        any::<bool>(),
        steps,
    )
        .prop_map(move |(capacity, keys, weighed, lifetime, expires, steps)| {
            let keys = 2 + 2 * capacity * usize::from(keys) / 256;
            let weighed = weighed.map(|(least, maxsize)| Weighed { least, maxsize });
            let lifetime = if expires { lifetime } else { NEVER };
            Case { policy, capacity, keys, weighed, lifetime, expires, follows, steps }
        })
}

/// Whether it remembers who left.
fn has_ghosts(policy: Policy) -> bool {
    matches!(policy, Policy::S3Fifo | Policy::TinyLfu)
}
