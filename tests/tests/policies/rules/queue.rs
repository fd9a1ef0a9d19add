//! Those that need one queue only: FIFO, LRU and SIEVE.

use super::Rules;
use crate::queues::{Entry, Key, Queues};

pub(super) struct Fifo;

impl Rules for Fifo {
    fn most_uses(&self) -> u64 {
        0
    }

    fn victim(&mut self, queues: &mut Queues, _: u64) -> Entry {
        queues.pop(0)
    }

    fn cleared(&mut self) {}
}

pub(super) struct Lru;

impl Rules for Lru {
    fn most_uses(&self) -> u64 {
        0
    }

    fn used(&mut self, key: Key, queues: &mut Queues) {
        let entry = queues.take(key).expect("only what is there is used");
        queues.push(0, entry);
    }

    fn overwritten(&mut self, key: Key, queues: &mut Queues) {
        self.used(key, queues);
    }

    fn victim(&mut self, queues: &mut Queues, _: u64) -> Entry {
        queues.pop(0)
    }

    /// They are in the order of use already.
    fn rank(&self, _: &Entry) -> (u64, u64) {
        (0, 0)
    }

    fn cleared(&mut self) {}
}

#[derive(Default)]
pub(super) struct Sieve {
    hand: Option<Key>,
}

impl Sieve {
    /// Whom the hand comes to after `key`. It does not go as far as the newest.
    fn behind(key: Key, queues: &Queues) -> Option<Key> {
        let queue = &queues.0[0];
        let index = queue.iter().position(|entry| entry.key == key)?;
        (index + 2 < queue.len()).then(|| queue[index + 1].key)
    }
}

impl Rules for Sieve {
    fn most_uses(&self) -> u64 {
        1
    }

    fn leaves(&mut self, key: Key, queues: &Queues) {
        if self.hand == Some(key) {
            self.hand = Self::behind(key, queues);
        }
    }

    fn victim(&mut self, queues: &mut Queues, _: u64) -> Entry {
        loop {
            let key = self.hand.unwrap_or(queues.0[0][0].key);
            self.hand = Self::behind(key, queues);
            let entry = queues.find(key).expect("the hand is at someone");
            if entry.uses == 0 {
                return queues.take(key).expect("it was just seen");
            }
            entry.uses = 0;
        }
    }

    fn cleared(&mut self) {
        self.hand = None;
    }
}
