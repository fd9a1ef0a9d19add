//! The policies once more, slow and plain: what they decide is to be read off here, and the real ones must agree.
//!
//! Uses are noted on the entry and seen when it is looked at, as in the real ones. Whoever was sent away is remembered
//! by key, where the real ones remember by half of its hash.

mod followed;
mod ghosts;
mod lfu;
mod queue;
mod s3fifo;
mod tinylfu;

pub(crate) use followed::{Followed, Leavers};

use super::queues::{Entry, Key, Queues};
use larder::Policy;

pub(crate) trait Rules {
    /// How many queues it wants.
    fn queues(&self) -> usize {
        1
    }

    /// More uses than this are not noted between two looks.
    fn most_uses(&self) -> u64;

    fn used(&mut self, key: Key, queues: &mut Queues) {
        let entry = queues.find(key).expect("only what is there is used");
        entry.uses = (entry.uses + 1).min(self.most_uses());
    }

    /// A write is no use of its own, but for LRU.
    fn overwritten(&mut self, _: Key, _: &mut Queues) {}

    /// It leaves, but not as a victim.
    fn leaves(&mut self, _: Key, _: &Queues) {}

    fn enters(&mut self, entry: Entry, queues: &mut Queues) {
        queues.push(0, entry);
    }

    /// Takes out the next victim of those that there are.
    fn victim(&mut self, queues: &mut Queues, capacity: u64) -> Entry;

    /// Who comes first when all enter anew: the last to be used last.
    fn rank(&self, entry: &Entry) -> (u64, u64) {
        (entry.uses, entry.stored)
    }

    /// Everything was cleared.
    fn cleared(&mut self);
}

pub(crate) fn rules(policy: Policy) -> Box<dyn Rules> {
    match policy {
        Policy::Lru => Box::new(queue::Lru),
        Policy::Fifo => Box::new(queue::Fifo),
        Policy::Sieve => Box::new(queue::Sieve::default()),
        Policy::Lfu => Box::new(lfu::Lfu::default()),
        Policy::S3Fifo => Box::new(s3fifo::S3Fifo::default()),
        Policy::TinyLfu => Box::new(tinylfu::TinyLfu::default()),
        _ => panic!("there is no reference for {policy}"),
    }
}
