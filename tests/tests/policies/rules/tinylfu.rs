//! W-TinyLFU with a window that adapts.

use super::Rules;
use super::ghosts::Ghosts;
use crate::queues::{Entry, Key, Queues};
use std::collections::HashMap;

const WINDOW: usize = 0;
const PROBATION: usize = 1;
const PROTECTED: usize = 2;

/// How often keys were used, up to 15, without mistakes. The real sketch makes hardly any as long as the keys are few.
#[derive(Default)]
struct Counts {
    of: HashMap<Key, u64>,
    uses: u64,
    /// Nothing is counted before the first victim.
    entries: Option<usize>,
}

impl Counts {
    fn of(&self, key: Key) -> u64 {
        self.of.get(&key).copied().unwrap_or(0)
    }

    fn add(&mut self, key: Key, uses: u64) {
        let Some(entries) = self.entries else { return };
        let count = (self.of(key) + uses).min(15);
        self.uses += count - self.of(key);
        self.of.insert(key, count);
        if self.uses >= 16 * entries as u64 {
            self.uses /= 2;
            self.of.values_mut().for_each(|count| *count /= 2);
        }
    }
}

/// Shares are in parts of this.
const WHOLE: u64 = 1 << 32;

pub(super) struct TinyLfu {
    counts: Counts,
    turned_away: Ghosts,
    displaced: Ghosts,
    /// The window's share of the capacity.
    share: u64,
}

impl Default for TinyLfu {
    fn default() -> Self {
        Self {
            counts: Counts::default(),
            turned_away: Ghosts::default(),
            displaced: Ghosts::default(),
            share: WHOLE / 20,
        }
    }
}

impl TinyLfu {
    /// Moves the first of `from` to `used` or to `unused`.
    fn move_first(&mut self, queues: &mut Queues, from: usize, used: usize, unused: usize) {
        let mut entry = queues.pop(from);
        if entry.uses == 0 {
            queues.push(unused, entry);
            return;
        }
        self.counts.add(entry.key, entry.uses);
        entry.uses = 0;
        queues.push(used, entry);
    }

    fn main_weight(queues: &Queues) -> u64 {
        queues.weight(PROBATION) + queues.weight(PROTECTED)
    }

    /// The first of the window, if it has to leave it for a main part that is full.
    fn candidate(&mut self, queues: &mut Queues, capacity: u64) -> Option<Key> {
        let window = u128::from(capacity) * u128::from(self.share) / u128::from(WHOLE);
        let window = u64::try_from(window).expect("a part is less than the whole").max(1);
        while queues.weight(WINDOW) > window {
            let full = Self::main_weight(queues) >= capacity.saturating_sub(window);
            let first = &queues.0[WINDOW][0];
            if first.uses == 0 && full {
                return Some(first.key);
            }
            self.move_first(queues, WINDOW, WINDOW, PROBATION);
        }
        None
    }

    /// The first of the main part that was not used.
    fn weakest(&mut self, queues: &mut Queues) -> Option<Key> {
        loop {
            let main = Self::main_weight(queues);
            while queues.weight(PROTECTED) > main - main / 4 {
                self.move_first(queues, PROTECTED, PROTECTED, PROBATION);
            }
            let from = if queues.0[PROBATION].is_empty() { PROTECTED } else { PROBATION };
            let first = queues.0[from].first()?;
            if first.uses == 0 {
                return Some(first.key);
            }
            self.move_first(queues, from, PROTECTED, PROTECTED);
        }
    }

    /// The key that has to leave.
    fn choose(&mut self, queues: &mut Queues, capacity: u64) -> Key {
        let entries = queues.len();
        let candidate = self.candidate(queues, capacity);
        let Some(weakest) = self.weakest(queues) else {
            return candidate.unwrap_or_else(|| queues.0[WINDOW][0].key);
        };
        if let Some(candidate) = candidate {
            if self.counts.of(candidate) <= self.counts.of(weakest) + 1 {
                self.turned_away.remember(candidate, entries);
                return candidate;
            }
            let entry = queues.take(candidate).expect("it was just seen");
            queues.push(PROBATION, entry);
        }
        self.displaced.remember(weakest, entries / 4);
        weakest
    }
}

impl Rules for TinyLfu {
    fn queues(&self) -> usize {
        3
    }

    fn most_uses(&self) -> u64 {
        15
    }

    fn enters(&mut self, entry: Entry, queues: &mut Queues) {
        self.counts.add(entry.key, 1);
        let one_entry = WHOLE / queues.len().max(1) as u64;
        if self.displaced.recall(entry.key).is_some() {
            self.share = self.share.saturating_sub(one_entry).max(WHOLE / 100);
        }
        let age = self.turned_away.recall(entry.key);
        if age.is_some_and(|age| age < 2) {
            self.share = (self.share + one_entry).min(WHOLE / 5 * 4);
        }
        let next = queues.0[PROBATION].first();
        let next = next.map_or(0, |next| self.counts.of(next.key) + next.uses);
        let returned = age.is_some() && self.counts.of(entry.key) >= next;
        queues.push(if returned { PROBATION } else { WINDOW }, entry);
    }

    fn victim(&mut self, queues: &mut Queues, capacity: u64) -> Entry {
        self.counts.entries = Some(queues.len());
        let victim = self.choose(queues, capacity);
        queues.take(victim).expect("it was just seen")
    }

    /// What was learned about the size of the window stays.
    fn cleared(&mut self) {
        *self = Self { share: self.share, ..Self::default() };
    }
}
