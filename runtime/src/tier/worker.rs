//! Makes the changes that one tier is owed.
//!
//! A task that exists as long as there is something to do, on the runtime of whoever had something done. When that goes down
//! the next change starts another one; what was in hand goes back into the queue.

use super::place::{Identity, Place, in_time, judged};
use super::queue::{Put, Task, Work};
use super::{TierEntry, TierError, TierErrorKind, TierKey};
use crate::clock;
use crate::codec::packing::{At, Stamp};
use crate::timer;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::runtime::Handle;

/// How many changes make one call of the tier.
const BATCH: usize = 256;

/// Sees to it that what is owed is worked on, if there is a runtime to do it on; `now`, or when it is worth trying.
pub(super) fn ensure<K: 'static, V: Send + Sync + 'static>(place: &Arc<Place<K, V>>, now: bool) {
    if let Ok(runtime) = Handle::try_current()
        && place.queue.wants_worker(now)
    {
        // The guard goes along, and is dropped even if the task is never polled.
        let worker = Worker { place: place.clone(), hand: HashMap::new(), finished: false };
        runtime.spawn(worker.work());
    }
}

struct Worker<K, V> {
    place: Arc<Place<K, V>>,
    /// Changes that were taken and are not done.
    hand: HashMap<TierKey, u64>,
    /// Whether there was nothing more to do: then the queue knows already, and somebody else may be at it.
    finished: bool,
}

impl<K, V> Drop for Worker<K, V> {
    fn drop(&mut self) {
        if !self.finished {
            self.place.queue.abandon(self.hand.drain());
        }
    }
}

impl<K: 'static, V: Send + Sync + 'static> Worker<K, V> {
    async fn work(mut self) {
        while let Some(task) = self.place.queue.next(BATCH) {
            let done = match task {
                Task::Clear(number) => self.clear(number).await,
                Task::Changes(changes) => self.change(changes).await,
            };
            if !done && !self.rests().await {
                return;
            }
        }
        self.finished = true;
    }

    /// Waits until it is worth trying again, or there is something new. Not where the clock stands still: it would run as fast as we wait.
    async fn rests(&self) -> bool {
        if clock::is_paused() {
            return false;
        }
        let pause = self.place.present().breaker.pause();
        let _ = timer::within(pause, self.place.queue.rung()).await;
        true
    }

    async fn clear(&self, number: u64) -> bool {
        let place = self.place.clone();
        if let Some(youngest) = place.youngest() {
            youngest.cleared(&place.identity.namespace, clock::wall_millis());
        }
        match self.tell(|| place.layer.tier.clear(&place.identity.namespace)).await {
            Told::Done => {
                place.counters.removals.add(1);
                place.queue.cleared(number);
                true
            }
            Told::Never => {
                place.queue.cleared(number);
                true
            }
            Told::Refused | Told::InVain => {
                place.queue.clear_failed();
                false
            }
        }
    }

    /// Makes changes of different keys. Whether all went well.
    async fn change(&mut self, changes: Vec<(TierKey, u64, Work<V>)>) -> bool {
        self.hand.extend(changes.iter().map(|(key, number, _)| (key.clone(), *number)));
        let (mut entries, mut stored) = (Vec::new(), Vec::new());
        let (mut keys, mut removed) = (Vec::new(), Vec::new());
        for (key, number, work) in changes {
            if let Work::Put(put) = work
                && let Some(entry) = self.place.pack(&key, &put)
            {
                entries.push(entry);
                stored.push((key, number));
            } else {
                keys.push(key.clone());
                removed.push((key, number));
            }
        }
        let mut well = self.remove(&keys, removed).await;
        well &= self.put(&entries, stored).await;
        well
    }

    async fn remove(&mut self, keys: &[TierKey], changes: Vec<(TierKey, u64)>) -> bool {
        if keys.is_empty() {
            return true;
        }
        let place = self.place.clone();
        if let Some(youngest) = place.youngest() {
            let now = clock::wall_millis();
            for key in keys {
                youngest.removed(key, now);
            }
        }
        let told = self.tell(|| place.layer.tier.remove(&place.identity.namespace, keys)).await;
        if matches!(told, Told::Done) {
            place.counters.removals.add(keys.len());
        }
        self.account(told, changes)
    }

    async fn put(&mut self, entries: &[TierEntry], changes: Vec<(TierKey, u64)>) -> bool {
        if entries.is_empty() {
            return true;
        }
        let place = self.place.clone();
        let told = self.tell(|| place.layer.tier.put(&place.identity.namespace, entries)).await;
        if matches!(told, Told::Refused) && entries.len() > 1 {
            // One of them is to blame, and the others are not to suffer for it.
            let mut well = true;
            for (entry, change) in entries.iter().zip(changes) {
                well &= Box::pin(self.put(std::slice::from_ref(entry), vec![change])).await;
            }
            return well;
        }
        match told {
            Told::Done => place.counters.puts.add(entries.len()),
            Told::InVain | Told::Refused | Told::Never => {
                place.counters.dropped.add(entries.len());
            }
        }
        // One that was refused becomes a removal, which is worth trying at once.
        self.account(told, changes) || matches!(told, Told::Refused)
    }

    /// Whether it is worth going on.
    fn account(&mut self, told: Told, changes: Vec<(TierKey, u64)>) -> bool {
        let over = matches!(told, Told::Done | Told::Never);
        for (key, number) in changes {
            self.hand.remove(&key);
            if over {
                self.place.queue.done(&key, number);
            } else {
                self.place.queue.failed(key, number);
            }
        }
        over
    }

    async fn tell<'a>(&self, what: impl Fn() -> super::TierFuture<'a, ()>) -> Told {
        let layer = self.place.present();
        let Some(pass) = layer.breaker.pass() else { return Told::InVain };
        let told = in_time(layer.time_out, layer.retry.run(what)).await;
        let told = told.map_err(|error| error.somewhere(&*layer.tier));
        let told = judged(pass, told, self.place.about(), |error| {
            self.place.counters.failed_changes.add(1);
            self.place.counters.failed(error);
            self.place.about().change_failed(error);
        });
        Told::from(told)
    }
}

/// What came of telling a tier something.
#[derive(Clone, Copy)]
enum Told {
    Done,
    /// It can be tried again.
    InVain,
    /// The tier does not want this, and what it had before may still be there.
    Refused,
    /// It is closed.
    Never,
}

impl From<Result<(), TierError>> for Told {
    fn from(told: Result<(), TierError>) -> Self {
        match told.map_err(|error| error.kind()) {
            Ok(()) => Self::Done,
            Err(TierErrorKind::Refused | TierErrorKind::Unsupported) => Self::Refused,
            Err(TierErrorKind::Closed) => Self::Never,
            Err(_) => Self::InVain,
        }
    }
}

impl<K, V> Place<K, V> {
    /// The bytes of a value; `None` if there are none, or too many. Counts.
    fn pack(&self, key: &TierKey, put: &Put<V>) -> Option<TierEntry> {
        let Identity { namespace, pack, .. } = &*self.identity;
        let stamp = Stamp {
            fingerprint: pack.fingerprint(),
            created: put.created,
            deadline: put.deadline.map(|deadline| deadline.0),
        };
        let packing = &self.layer.packing;
        let payload = pack.encode(packing.encodes_with(), &put.value);
        let sealed = payload
            .and_then(|payload| packing.seal(At { namespace, key }, &payload, stamp))
            .ok()
            .filter(|sealed| sealed.len() <= self.present().max_value);
        if sealed.is_none() {
            self.counters.dropped.add(1);
        } else if let Some(youngest) = self.youngest() {
            youngest.put(namespace, key, put.created);
        }
        Some(TierEntry {
            key: key.clone(),
            value: sealed?,
            deadline: put.deadline,
            epoch: put.epoch,
            tags: Vec::new(),
        })
    }
}
