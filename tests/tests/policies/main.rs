//! Every policy against a plain model of itself: random steps, and after each of them the same answer, the same entries
//! and the same leavers for the same reasons.
//!
//! A failure prints the smallest case that shows it. `PROPTEST_RNG_SEED` sets the seed, so that the same cases come
//! again; it is printed when the test fails. `PROPTEST_CASES` sets their number.

mod cases;
mod model;
mod queues;
mod rules;

use cases::{Case, Step, cases};
use larder::prelude::*;
use larder::{Policy, Reason};
use larder_tests::Log;
use model::{Life, Model};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed, TestCaseResult};
use queues::Key;
use rules::{Followed, Leavers, Rules, rules};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tokio::time::advance;

/// A cache and its model, which do the same steps.
struct Pair<'c> {
    case: &'c Case,
    cache: Cache<Key, u64>,
    model: Model,
    left: Log<(Key, u64, Reason)>,
    /// How many values there were.
    values: u64,
}

impl<'c> Pair<'c> {
    fn new(case: &'c Case) -> Self {
        let (cache, left, leavers) = (case.cache(), Log::new(), Leavers::default());
        let (heard, heard_leavers) = (left.clone(), leavers.clone());
        cache.on_evict(move |key, value, reason| {
            heard.push((*key, *value, reason));
            if reason == Reason::Size {
                heard_leavers.lock().unwrap().push_back(*key);
            }
        });
        let (policy, follows) = (case.policy, case.follows);
        let new_rules = move || -> Box<dyn Rules> {
            if follows { Box::new(Followed(leavers.clone())) } else { rules(policy) }
        };
        let model = Model::new(new_rules, case.bounds(), case.lifetime);
        Self { case, cache, model, left, values: 0 }
    }

    /// Another value each time, which says what it weighs.
    fn value(&mut self, weight: u8) -> (u64, u64) {
        let weight = self.case.weight(weight);
        self.values += 1;
        (self.values * 1024 + weight, weight)
    }

    async fn advance(&mut self, time: u64) {
        advance(Duration::from_nanos(time)).await;
        self.model.now += time;
    }

    /// No two writes are at one moment, so no two deadlines are: who expires first is never open.
    async fn a_moment_passes(&mut self) {
        self.advance(1).await;
    }

    /// Does a step; what the two answered.
    async fn take(&mut self, step: &Step) -> (Option<u64>, Option<u64>) {
        let flag = |flag: bool| Some(u64::from(flag));
        match *step {
            Step::Get(key) => {
                let key = self.case.key(key);
                (self.cache.get(&key), self.model.get(key))
            }
            Step::Peek(key) => {
                let key = self.case.key(key);
                (self.cache.peek(&key), self.model.peek(key))
            }
            Step::Set(key, weight) => {
                let (key, (value, weight)) = (self.case.key(key), self.value(weight));
                self.cache.set(key, value);
                self.model.set(key, value, weight, Life::Default);
                (None, None)
            }
            Step::SetWith(key, weight, life) => {
                let (key, (value, weight)) = (self.case.key(key), self.value(weight));
                let life = self.case.life(life);
                self.cache.set_with(key, value, life);
                self.model.set(key, value, weight, life);
                (None, None)
            }
            Step::GetOrInsert(key, weight) => self.get_or_insert(self.case.key(key), weight),
            Step::Scan(from, count, weight) => {
                let mut answers = (None, None);
                for key in (self.case.key(from)..).take(count.into()) {
                    let key = u8::try_from(usize::from(key) % self.case.keys).expect("few keys");
                    self.a_moment_passes().await;
                    answers = self.get_or_insert(key, weight);
                    if answers.0 != answers.1 {
                        break;
                    }
                }
                answers
            }
            Step::Remove(key) => {
                let key = self.case.key(key);
                (flag(self.cache.remove(&key)), flag(self.model.remove(key)))
            }
            Step::Touch(key, life) => {
                let (key, life) = (self.case.key(key), self.case.life(life));
                (flag(self.cache.touch(&key, life)), flag(self.model.touch(key, life)))
            }
            Step::Advance(time) => {
                self.advance(time).await;
                (None, None)
            }
            Step::Resize(maxsize) => {
                // When a bound comes to a cache that has none, the policy decides by what it alone knows.
                let maxsize = if self.case.follows { maxsize.or(Some(20)) } else { maxsize };
                let maxsize = maxsize.map(usize::from);
                self.cache.set_maxsize(maxsize);
                self.model.resize(maxsize);
                (None, None)
            }
            Step::Clear => {
                self.cache.clear();
                self.model.clear();
                (None, None)
            }
            Step::Look => {
                let len = self.cache.len();
                self.model.expire(usize::MAX);
                (Some(len as u64), Some(self.model.stored() as u64))
            }
        }
    }

    fn get_or_insert(&mut self, key: Key, weight: u8) -> (Option<u64>, Option<u64>) {
        let (value, weight) = self.value(weight);
        let answer = self.cache.get_or_insert(key, value);
        (Some(answer), Some(self.model.get_or_insert(key, value, weight)))
    }

    /// Whether there is any difference to be seen after `step`.
    fn compare(&mut self, step: &Step) -> TestCaseResult {
        let (mut left, mut expected) = (self.left.take(), std::mem::take(&mut self.model.left));
        if matches!(step, Step::Clear) {
            // In no particular order.
            left.sort_unstable_by_key(|(key, ..)| *key);
            expected.sort_unstable_by_key(|(key, ..)| *key);
        }
        prop_assert_eq!(left, expected);
        let mut entries = self.cache.entries();
        entries.sort_unstable();
        prop_assert_eq!(entries, self.model.entries());
        // Not each time: it takes a while.
        if self.values.is_multiple_of(4) {
            let stored = format!("len: {},", self.model.stored());
            let seen = format!("{:?}", self.cache);
            prop_assert!(seen.contains(&stored), "{} in {}", stored, seen);
        }
        Ok(())
    }

    fn compare_numbers(&mut self) -> TestCaseResult {
        let metrics = self.cache.get_metrics();
        self.model.expire(usize::MAX);
        prop_assert_eq!(metrics.entries, self.model.stored());
        prop_assert_eq!(metrics.weight, self.model.weight());
        prop_assert_eq!(metrics.rejected, self.model.rejected);
        self.compare(&Step::Look)
    }
}

impl From<Life> for Ttl {
    fn from(life: Life) -> Self {
        match life {
            Life::Default => Ttl::Default,
            Life::Never => Ttl::Never,
            Life::For(nanos) => Ttl::After(Duration::from_nanos(nanos)),
        }
    }
}

/// Runs a case, with keys that are hashed as they have never been before.
fn run(case: &Case) -> TestCaseResult {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let start = tokio::time::Instant::now();
        let mut pair = Pair::new(case);
        for (number, step) in case.steps.iter().enumerate() {
            pair.a_moment_passes().await;
            let (answer, expected) = pair.take(step).await;
            let at = |failed| TestCaseError::fail(format!("step {number}, {step:?}: {failed}"));
            prop_assert_eq!(answer, expected, "step {}, {:?}", number, step);
            pair.compare(step).map_err(at)?;
            if matches!(step, Step::Look) {
                pair.compare_numbers().map_err(at)?;
            }
        }
        prop_assert_eq!(start.elapsed(), Duration::from_nanos(pair.model.now));
        pair.compare_numbers()
    })
}

/// With a seed that is known, so that what failed can be had again.
fn config(cases: u32) -> ProptestConfig {
    let from_env = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { from_env.cases } else { cases };
    let seed = match from_env.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(cases),
    };
    println!("PROPTEST_CASES={cases} PROPTEST_RNG_SEED={seed}");
    let rng_seed = RngSeed::Fixed(seed);
    // The other one takes longer than all the rest.
    let rng_algorithm = RngAlgorithm::XorShift;
    ProptestConfig { cases, rng_seed, rng_algorithm, failure_persistence: None, ..from_env }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn lru_is_what_the_model_is(case in cases(Policy::Lru, 60)) {
        run(&case)?;
    }

    #[test]
    fn fifo_is_what_the_model_is(case in cases(Policy::Fifo, 60)) {
        run(&case)?;
    }

    #[test]
    fn lfu_is_what_the_model_is(case in cases(Policy::Lfu, 60)) {
        run(&case)?;
    }

    #[test]
    fn sieve_is_what_the_model_is(case in cases(Policy::Sieve, 60)) {
        run(&case)?;
    }

    /// No more than fifteen entries, and one that comes in: see `rules/ghosts.rs`.
    #[test]
    fn s3fifo_is_what_the_model_is(case in cases(Policy::S3Fifo, 15)) {
        run(&case)?;
    }

    /// The real sketch may take a key for another in about one of ten thousand of these cases: if its four counters
    /// are all others' as well. With other hashes it will be other keys, so a case has failed when it fails again.
    #[test]
    fn tinylfu_is_what_the_model_is(case in cases(Policy::TinyLfu, 15)) {
        run(&case).or_else(|_| run(&case)).or_else(|_| run(&case))?;
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn s3fifo_with_more_entries_sends_away_who_may_be_sent_away(case in cases(Policy::S3Fifo, 60)) {
        run(&case)?;
    }

    #[test]
    fn tinylfu_with_more_entries_sends_away_who_may_be_sent_away(case in cases(Policy::TinyLfu, 60)) {
        run(&case)?;
    }
}
