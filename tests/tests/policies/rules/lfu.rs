//! LFU with dynamic ageing.

use super::Rules;
use crate::queues::{Entry, Queues};

const MOST_USES: u64 = 63;

#[derive(Default)]
pub(super) struct Lfu {
    /// What the last victim was worth.
    age: u64,
}

impl Lfu {
    fn value(&self, mut entry: Entry) -> Entry {
        entry.seen = (entry.seen + entry.uses).min(MOST_USES);
        entry.uses = 0;
        entry.worth = self.age + entry.seen;
        entry
    }
}

impl Rules for Lfu {
    fn most_uses(&self) -> u64 {
        MOST_USES
    }

    fn enters(&mut self, mut entry: Entry, queues: &mut Queues) {
        entry.seen = 0;
        entry.uses = 1;
        let entry = self.value(entry);
        queues.push(0, entry);
    }

    fn victim(&mut self, queues: &mut Queues, _: u64) -> Entry {
        loop {
            // Of equals the first.
            let least =
                queues.0[0].iter().min_by_key(|entry| entry.worth).expect("someone is there");
            self.age = least.worth;
            let entry = queues.take(least.key).expect("it was just seen");
            if entry.uses == 0 {
                return entry;
            }
            let entry = self.value(entry);
            queues.push(0, entry);
        }
    }

    fn cleared(&mut self) {
        self.age = 0;
    }
}
