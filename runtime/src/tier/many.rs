//! Many keys on their way down the tiers: each tier is asked once, for those that no tier above has.

use super::TierKey;
use super::place::{Answer, Place, Places, Queued};
use super::stack::{Asked, Plan};
use crate::cache::{Key, Value};
use crate::load::{Lower, Wanted};
use std::time::Duration;

/// A key and what was learned of it, until it is found. `None` for one that has no bytes.
type Search<K, V> = Option<Plan<K, V>>;

/// The values of `keys`, in their order.
pub(super) async fn look_up<K: Key, V: Value>(
    places: Places<K, V>,
    keys: Vec<Option<Vec<u8>>>,
) -> Vec<Option<Lower<V>>> {
    let plan = |key| Plan { places: places.clone(), key, wanted: Wanted::Value, asked: Vec::new() };
    let mut searches: Vec<Search<K, V>> = keys.into_iter().map(|key| key.map(plan)).collect();
    let mut found: Vec<Option<Lower<V>>> = searches.iter().map(|_| None).collect();
    for place in places.iter() {
        let wanted: Vec<_> = searches
            .iter()
            .enumerate()
            .filter_map(|(number, search)| Some((number, place.address(&search.as_ref()?.key))))
            .collect();
        for (number, key, answer) in place.fetch_many(wanted).await {
            let permission = answer.permission();
            if let Answer::Found(value) = answer {
                found[number] = searches[number].take().map(|plan| plan.found(place, value));
            } else if let Some(plan) = &mut searches[number] {
                plan.asked.push(Asked { key, permission, took: Duration::ZERO });
            }
        }
    }
    found
}

impl<K, V: Clone> Place<K, V> {
    /// The values of keys, each with the number that it came with.
    async fn fetch_many(&self, keys: Vec<(usize, TierKey)>) -> Vec<(usize, TierKey, Answer<V>)> {
        let (mut answers, mut open) = (Vec::new(), Vec::new());
        for (number, key) in keys {
            if !self.layer.read {
                answers.push((number, key, Answer::Unknown));
                continue;
            }
            match self.pending(&key) {
                Some(Queued::Answer(answer)) => answers.push((number, key, answer)),
                Some(Queued::Nothing) => answers.push((number, key, Answer::Unknown)),
                None => open.push((number, key)),
            }
        }
        if open.is_empty() {
            return answers;
        }
        let asked: Vec<_> = open.iter().map(|(_, key)| key.clone()).collect();
        let Ok(fetched) = self.ask(&asked).await else {
            answers.extend(open.into_iter().map(|(number, key)| (number, key, Answer::Unknown)));
            return answers;
        };
        for ((number, key), bytes) in open.into_iter().zip(fetched.values) {
            // It may have been changed while the tier answered.
            let answer = match self.pending(&key) {
                Some(queued) => queued.in_epoch(fetched.epoch),
                None => self.answer(&key, fetched.epoch, bytes.as_deref()),
            };
            answers.push((number, key, answer));
        }
        answers
    }
}
