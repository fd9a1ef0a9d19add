//! No policy of its own: what the cache has sent away is what had to go. Where hashes have a say, this is what can be said
//! beforehand: that somebody leaves who is there, when and only when somebody has to, and nobody before the expired.

use super::Rules;
use crate::queues::{Entry, Key, Queues};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Who has left for want of room, as the cache says.
pub(crate) type Leavers = Arc<Mutex<VecDeque<Key>>>;

pub(crate) struct Followed(pub(crate) Leavers);

impl Rules for Followed {
    fn most_uses(&self) -> u64 {
        0
    }

    fn victim(&mut self, queues: &mut Queues, _: u64) -> Entry {
        let key = self.0.lock().unwrap().pop_front().expect("somebody has to leave");
        queues.take(key).expect("who leaves was there")
    }

    fn cleared(&mut self) {}
}
