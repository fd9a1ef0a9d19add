//! S3-FIFO.

use super::Rules;
use super::ghosts::Ghosts;
use crate::queues::{Entry, Queues};

const SMALL: usize = 0;
const MAIN: usize = 1;

#[derive(Default)]
pub(super) struct S3Fifo {
    ghosts: Ghosts,
}

impl Rules for S3Fifo {
    fn queues(&self) -> usize {
        2
    }

    fn most_uses(&self) -> u64 {
        3
    }

    fn enters(&mut self, entry: Entry, queues: &mut Queues) {
        let returned = self.ghosts.recall(entry.key).is_some();
        queues.push(if returned { MAIN } else { SMALL }, entry);
    }

    fn victim(&mut self, queues: &mut Queues, capacity: u64) -> Entry {
        while queues.weight(SMALL) > capacity / 10 {
            let entries = queues.len();
            let entry = queues.pop(SMALL);
            if entry.uses == 0 {
                self.ghosts.remember(entry.key, entries);
                return entry;
            }
            queues.push(MAIN, entry);
        }
        while !queues.0[MAIN].is_empty() {
            let mut entry = queues.pop(MAIN);
            if entry.uses == 0 {
                return entry;
            }
            entry.uses -= 1;
            queues.push(MAIN, entry);
        }
        queues.pop(SMALL)
    }

    fn cleared(&mut self) {
        self.ghosts.clear();
    }
}
