//! A cache as it looks from outside, with every entry in a plain list: what is stored, what expires, what leaves and why.

use crate::queues::{Entry, Key, NEVER, Queues};
use crate::rules::Rules;
use larder::Reason;

/// How many expired entries a write takes out on its way.
const RECLAIMED_PER_WRITE: usize = 4;

/// Nanoseconds, of a clock that the test moves.
type Time = u64;

/// How long an entry lives.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Life {
    Default,
    Never,
    For(Time),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// `None` where there is none.
    pub(crate) maxsize: Option<usize>,
    /// `None` where nothing is weighed.
    pub(crate) max_bytes: Option<u64>,
}

pub(crate) struct Model {
    /// Makes rules that know nothing yet.
    new_rules: Box<dyn Fn() -> Box<dyn Rules>>,
    rules: Box<dyn Rules>,
    queues: Queues,
    bounds: Bounds,
    /// How long entries live that do not say otherwise.
    pub(crate) lifetime: Time,
    pub(crate) now: Time,
    pub(crate) rejected: u64,
    /// Who has left, in order.
    pub(crate) left: Vec<(Key, u64, Reason)>,
}

impl Model {
    pub(crate) fn new(
        new_rules: impl Fn() -> Box<dyn Rules> + 'static,
        bounds: Bounds,
        lifetime: Time,
    ) -> Self {
        let rules = new_rules();
        let queues = Queues::new(rules.queues());
        let new_rules = Box::new(new_rules);
        Self { new_rules, rules, queues, bounds, lifetime, now: 0, rejected: 0, left: Vec::new() }
    }

    // ---- reading ----

    fn is_live(&self, entry: &Entry) -> bool {
        self.now < entry.deadline
    }

    pub(crate) fn peek(&self, key: Key) -> Option<u64> {
        let found = self.queues.all().find(|entry| entry.key == key)?;
        self.is_live(found).then_some(found.value)
    }

    pub(crate) fn get(&mut self, key: Key) -> Option<u64> {
        let found = self.peek(key)?;
        self.rules.used(key, &mut self.queues);
        Some(found)
    }

    /// The live entries, by key.
    pub(crate) fn entries(&self) -> Vec<(Key, u64)> {
        let live = self.queues.all().filter(|entry| self.is_live(entry));
        let mut entries: Vec<_> = live.map(|entry| (entry.key, entry.value)).collect();
        entries.sort_unstable();
        entries
    }

    /// The number of entries, with the expired that nothing has passed by yet.
    pub(crate) fn stored(&self) -> usize {
        self.queues.len()
    }

    pub(crate) fn weight(&self) -> u64 {
        self.queues.total_weight()
    }

    // ---- writing ----

    /// `None` for a lifetime of zero.
    fn deadline(&self, life: Life) -> Option<Time> {
        let lifetime = match life {
            Life::Default => self.lifetime,
            Life::Never => NEVER,
            Life::For(lifetime) => lifetime,
        };
        (lifetime > 0).then(|| self.now.saturating_add(lifetime))
    }

    pub(crate) fn set(&mut self, key: Key, value: u64, weight: u64, life: Life) {
        match self.deadline(life) {
            Some(deadline) => self.write(key, value, weight, deadline),
            None => _ = self.remove(key),
        }
    }

    pub(crate) fn get_or_insert(&mut self, key: Key, value: u64, weight: u64) -> u64 {
        self.get(key).unwrap_or_else(|| {
            self.set(key, value, weight, Life::Default);
            value
        })
    }

    pub(crate) fn remove(&mut self, key: Key) -> bool {
        let live = self.peek(key).is_some();
        self.depart(key, Reason::Removed);
        live
    }

    pub(crate) fn touch(&mut self, key: Key, life: Life) -> bool {
        let Some(deadline) = self.deadline(life) else {
            return self.remove(key);
        };
        let found = self.peek(key).is_some();
        if found {
            self.queues.find(key).expect("it is there").deadline = deadline;
            self.rules.used(key, &mut self.queues);
        }
        found
    }

    fn write(&mut self, key: Key, value: u64, weight: u64, deadline: Time) {
        if self.bounds.max_bytes.is_some_and(|most| weight > most) {
            self.rejected += 1;
            // What is there is older than what was to be stored.
            self.depart(key, Reason::Replaced);
            return;
        }
        if self.bounds.maxsize == Some(0) {
            return;
        }
        let weight = if self.bounds.max_bytes.is_some() { weight } else { 1 };
        let stored = self.now;
        let (uses, seen, worth) = (0, 0, 0);
        let entry = Entry { key, value, weight, stored, deadline, uses, seen, worth };
        if let Some(old) = self.queues.find(key) {
            let (uses, seen, worth) = (old.uses, old.seen, old.worth);
            let old = std::mem::replace(old, Entry { uses, seen, worth, ..entry });
            self.note(&old, Reason::Replaced);
            self.rules.overwritten(key, &mut self.queues);
        } else {
            self.enter(entry);
        }
        self.expire(RECLAIMED_PER_WRITE);
        self.make_room();
    }

    fn enter(&mut self, entry: Entry) {
        if self.is_unbounded() {
            self.queues.push(0, entry);
        } else {
            self.rules.enters(entry, &mut self.queues);
        }
    }

    pub(crate) fn clear(&mut self) {
        let all: Vec<_> = self.queues.all().cloned().collect();
        self.queues = Queues::new(self.rules.queues());
        self.rules.cleared();
        self.left.extend(all.iter().map(|entry| (entry.key, entry.value, Reason::Cleared)));
    }

    /// Takes out what has expired: the first to expire first, at most so many. How many it were.
    pub(crate) fn expire(&mut self, most: usize) -> usize {
        for taken in 0..most {
            let first = self.queues.all().min_by_key(|entry| entry.deadline);
            let Some(key) = first.filter(|entry| !self.is_live(entry)).map(|entry| entry.key)
            else {
                return taken;
            };
            self.depart(key, Reason::Expired);
        }
        most
    }

    // ---- bounds ----

    pub(crate) fn is_unbounded(&self) -> bool {
        self.bounds.maxsize.is_none() && self.bounds.max_bytes.is_none()
    }

    fn capacity(&self) -> u64 {
        let entries = self.bounds.maxsize.map_or(u64::MAX, |maxsize| maxsize as u64);
        self.bounds.max_bytes.unwrap_or(entries)
    }

    fn is_over(&self) -> bool {
        self.bounds.maxsize.is_some_and(|most| self.queues.len() > most)
            || self.bounds.max_bytes.is_some_and(|most| self.queues.total_weight() > most)
    }

    fn make_room(&mut self) {
        while self.is_over() {
            if self.expire(1) == 0 {
                let capacity = self.capacity();
                let victim = self.rules.victim(&mut self.queues, capacity);
                self.note(&victim, Reason::Size);
            }
        }
    }

    pub(crate) fn resize(&mut self, maxsize: Option<usize>) {
        let before = std::mem::replace(&mut self.bounds.maxsize, maxsize);
        if before.is_none() != maxsize.is_none() || before == Some(0) {
            self.found_anew();
        }
        self.make_room();
    }

    /// All enter once more, as many as there may be, those that were used least first.
    fn found_anew(&mut self) {
        let mut all: Vec<_> = self.queues.all().cloned().collect();
        all.sort_by_key(|entry| self.rules.rank(entry));
        self.rules = (self.new_rules)();
        self.queues = Queues::new(self.rules.queues());
        let (live, expired): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|entry| self.is_live(entry));
        for entry in &expired {
            self.note(entry, Reason::Expired);
        }
        let excess = live.len().saturating_sub(self.bounds.maxsize.unwrap_or(usize::MAX));
        for (place, entry) in live.into_iter().enumerate() {
            if place < excess {
                self.note(&entry, Reason::Size);
                continue;
            }
            let (key, uses) = (entry.key, entry.uses);
            self.enter(Entry { uses: 0, ..entry });
            self.queues.find(key).expect("it has entered").uses = uses;
        }
    }

    // ---- leaving ----

    /// Takes out the entry of `key`, if there is one, which is no choice of the policy.
    fn depart(&mut self, key: Key, reason: Reason) {
        self.rules.leaves(key, &self.queues);
        if let Some(entry) = self.queues.take(key) {
            self.note(&entry, reason);
        }
    }

    fn note(&mut self, entry: &Entry, reason: Reason) {
        let reason = if self.is_live(entry) { reason } else { Reason::Expired };
        self.left.push((entry.key, entry.value, reason));
    }
}
