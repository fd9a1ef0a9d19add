//! The cache against the plainest thing that could be right: a list, a clock and a bound.
//!
//! A failure prints the smallest sequence of steps that shows it. `PROPTEST_RNG_SEED` sets the seed, so that the same cases
//! come again; it is printed when the test fails. `PROPTEST_CASES` sets their number.

use larder::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tokio::time::advance;

#[derive(Debug, Clone)]
enum Step {
    Get(u8),
    Peek(u8),
    Set(u8, u16),
    SetWith(u8, u16, Life),
    Remove(u8),
    RemoveOdd,
    Touch(u8, Life),
    Update(u8),
    UpdateAway(u8),
    GetOrInsert(u8, u16),
    GetWith(u8, u16),
    TryGetWith(u8),
    Refresh(u8, u16),
    Advance(u64),
    Resize(Option<usize>),
    Lifetime(Option<u64>),
    Clear,
}

/// A lifetime, in milliseconds.
#[derive(Debug, Clone, Copy)]
enum Life {
    Default,
    Never,
    For(u64),
}

impl From<Life> for Ttl {
    fn from(life: Life) -> Self {
        match life {
            Life::Default => Ttl::Default,
            Life::Never => Ttl::Never,
            Life::For(millis) => Ttl::After(Duration::from_millis(millis)),
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..12_u8;
    let life = || {
        prop_oneof![
            Just(Life::Default),
            Just(Life::Never),
            Just(Life::For(0)),
            (1..50_u64).prop_map(Life::For),
            Just(Life::For(u64::MAX)),
        ]
    };
    let step = prop_oneof![
        6 => key().prop_map(Step::Get),
        1 => key().prop_map(Step::Peek),
        5 => (key(), any::<u16>()).prop_map(|(k, v)| Step::Set(k, v)),
        5 => (key(), any::<u16>(), life()).prop_map(|(k, v, l)| Step::SetWith(k, v, l)),
        2 => key().prop_map(Step::Remove),
        1 => Just(Step::RemoveOdd),
        3 => (key(), life()).prop_map(|(k, l)| Step::Touch(k, l)),
        2 => key().prop_map(Step::Update),
        1 => key().prop_map(Step::UpdateAway),
        2 => (key(), any::<u16>()).prop_map(|(k, v)| Step::GetOrInsert(k, v)),
        3 => (key(), any::<u16>()).prop_map(|(k, v)| Step::GetWith(k, v)),
        1 => key().prop_map(Step::TryGetWith),
        1 => (key(), any::<u16>()).prop_map(|(k, v)| Step::Refresh(k, v)),
        6 => prop_oneof![1..10_u64, 10..60_u64].prop_map(Step::Advance),
        1 => prop::option::of(0..10_usize).prop_map(Step::Resize),
        1 => prop::option::of(0..40_u64).prop_map(Step::Lifetime),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..200)
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u8,
    value: u16,
    /// The millisecond from which on it is expired.
    deadline: u64,
}

const NEVER: u64 = u64::MAX;

/// In the order of use, the oldest first. The expired are still there, as they may be in the cache; nobody can tell.
struct Model {
    entries: Vec<Entry>,
    now: u64,
    capacity: usize,
    lifetime: u64,
}

impl Model {
    fn deadline(&self, life: Life) -> Option<u64> {
        let millis = match life {
            Life::Default => self.lifetime,
            Life::Never => NEVER,
            Life::For(millis) => millis,
        };
        (millis > 0).then(|| self.now.saturating_add(millis))
    }

    /// Forgets the expired.
    fn settle(&mut self) {
        let now = self.now;
        self.entries.retain(|entry| now < entry.deadline);
    }

    fn take(&mut self, key: u8) -> Option<Entry> {
        self.settle();
        let place = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(place))
    }

    fn peek(&mut self, key: u8) -> Option<u16> {
        self.settle();
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    fn get(&mut self, key: u8) -> Option<u16> {
        let entry = self.take(key)?;
        self.entries.push(entry);
        Some(entry.value)
    }

    fn set(&mut self, key: u8, value: u16, life: Life) {
        self.take(key);
        if let Some(deadline) = self.deadline(life) {
            self.entries.push(Entry { key, value, deadline });
            self.shrink();
        }
    }

    fn touch(&mut self, key: u8, life: Life) -> bool {
        let Some(entry) = self.take(key) else {
            return false;
        };
        if let Some(deadline) = self.deadline(life) {
            self.entries.push(Entry { deadline, ..entry });
        }
        true
    }

    fn shrink(&mut self) {
        self.settle();
        self.entries.drain(..self.entries.len().saturating_sub(self.capacity));
    }

    fn list(&mut self) -> Vec<(u8, u16)> {
        self.settle();
        let mut list: Vec<_> = self.entries.iter().map(|entry| (entry.key, entry.value)).collect();
        list.sort_unstable();
        list
    }
}

/// Does one step to both; what the two answered.
async fn take(step: Step, cache: &Cache<u8, u16>, model: &mut Model) -> (Option<u16>, Option<u16>) {
    let flag = |flag: bool| Some(u16::from(flag));
    match step {
        Step::Get(key) => (cache.get(&key), model.get(key)),
        Step::Peek(key) => (cache.peek(&key), model.peek(key)),
        Step::Set(key, value) => {
            cache.set(key, value);
            model.set(key, value, Life::Default);
            (None, None)
        }
        Step::SetWith(key, value, life) => {
            cache.set_with(key, value, life);
            model.set(key, value, life);
            (None, None)
        }
        Step::Remove(key) => (flag(cache.remove(&key)), flag(model.take(key).is_some())),
        Step::RemoveOdd => {
            let removed = cache.remove_if(|_, value| value % 2 == 1);
            model.settle();
            let before = model.entries.len();
            model.entries.retain(|entry| entry.value % 2 == 0);
            (u16::try_from(removed).ok(), u16::try_from(before - model.entries.len()).ok())
        }
        Step::Touch(key, life) => (flag(cache.touch(&key, life)), flag(model.touch(key, life))),
        Step::Update(key) => {
            let add = |old: Option<u16>| Some(old.unwrap_or(0).wrapping_add(1));
            let new = add(model.peek(key));
            model.set(key, new.unwrap_or(0), Life::Default);
            (cache.update(key, add), new)
        }
        Step::UpdateAway(key) => {
            model.take(key);
            (cache.update(key, |_| None), None)
        }
        Step::GetOrInsert(key, value) => {
            let known = model.get(key);
            if known.is_none() {
                model.set(key, value, Life::Default);
            }
            (Some(cache.get_or_insert(key, value)), known.or(Some(value)))
        }
        Step::GetWith(key, value) => {
            let known = model.get(key);
            if known.is_none() {
                model.set(key, value, Life::Default);
            }
            (Some(cache.get_with(key, async { value }).await), known.or(Some(value)))
        }
        Step::TryGetWith(key) => {
            (cache.try_get_with(key, async { Err::<u16, ()>(()) }).await.ok(), model.get(key))
        }
        Step::Refresh(key, value) => {
            model.set(key, value, Life::Default);
            (Some(cache.get_with(key, async { value }).use_cache(false).await), Some(value))
        }
        Step::Advance(millis) => {
            advance(Duration::from_millis(millis)).await;
            model.now += millis;
            (None, None)
        }
        Step::Resize(capacity) => {
            cache.set_maxsize(capacity);
            model.capacity = capacity.unwrap_or(usize::MAX);
            model.shrink();
            (None, None)
        }
        Step::Lifetime(millis) => {
            cache.set_ttl(millis.map(Duration::from_millis));
            model.lifetime = millis.unwrap_or(NEVER);
            (None, None)
        }
        Step::Clear => {
            cache.clear();
            model.entries.clear();
            (None, None)
        }
    }
}

/// With a seed that is known, so that what failed can be had again.
fn config() -> ProptestConfig {
    let from_env = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { from_env.cases } else { 2000 };
    let seed = match from_env.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(cases),
    };
    println!("PROPTEST_CASES={cases} PROPTEST_RNG_SEED={seed}");
    let rng_seed = RngSeed::Fixed(seed);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..from_env }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_cache_does_what_the_model_does(capacity in 1..10_usize, steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let cache: Cache<u8, u16> = Cache::new(capacity);
            let mut model = Model { entries: Vec::new(), now: 0, capacity, lifetime: NEVER };
            for (number, step) in steps.into_iter().enumerate() {
                let (answer, expected) = take(step.clone(), &cache, &mut model).await;
                prop_assert_eq!(answer, expected, "step {}: {:?}", number, step);
                let mut entries = cache.entries();
                entries.sort_unstable();
                prop_assert_eq!(&entries, &model.list(), "after step {}: {:?}", number, step);
                // Not after every step: it takes out the expired, and so hides what happens while they are there.
                if number % 3 == 0 {
                    prop_assert_eq!(cache.len(), entries.len());
                }
                prop_assert!(entries.len() <= model.capacity);
            }
            let metrics = cache.get_metrics();
            prop_assert_eq!(metrics.entries, model.list().len());
            Ok(())
        })?;
    }
}
