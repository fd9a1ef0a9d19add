//! The changes that one tier is still to be told, for one cache.
//!
//! At most one for each key: a later one takes the place of an earlier. Until a change is made, lookups are answered from
//! here, so a process always reads its own writes. A value that cannot be written becomes a removal, because what the tier
//! has under its key is out of date; and removals are kept until they are made. When there are too many they become one
//! `clear`. So whatever a tier missed while it was away, it answers with nothing that was changed meanwhile.

use super::{Deadline, Epoch, TierKey};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::sync::Notify;
use tokio::sync::oneshot::Sender;

/// So many times more removals than values may wait.
const REMOVALS_PER_VALUE: usize = 10;

/// A value on its way into a tier.
pub(super) struct Put<V> {
    pub(super) value: Arc<V>,
    /// Unix milliseconds.
    pub(super) created: u64,
    pub(super) deadline: Option<Deadline>,
    pub(super) epoch: Option<Epoch>,
}

impl<V> Clone for Put<V> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), ..*self }
    }
}

/// What is to be done about a key.
pub(super) enum Work<V> {
    Put(Put<V>),
    Remove,
}

impl<V> Clone for Work<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Put(put) => Self::Put(put.clone()),
            Self::Remove => Self::Remove,
        }
    }
}

/// Tells one who waits for a change whether it was made. Dropped, nobody works on it any more.
pub(super) type Teller = Sender<bool>;

/// Those who wait for a change.
type Waiting = SmallVec<[Teller; 1]>;

fn tell(waiting: Waiting, made: bool) {
    for teller in waiting {
        // Whoever has left needs not know.
        let _ = teller.send(made);
    }
}

pub(super) struct Owed<V> {
    work: Work<V>,
    number: u64,
    waiting: Waiting,
}

/// What is no longer owed, and is dropped outside the locks: values are the user's, and those who wait are woken by it.
pub(super) struct Gone<V> {
    _owed: Vec<Owed<V>>,
    _refused: Option<Work<V>>,
}

/// What the queue knows of a key.
pub(super) enum Pending<V> {
    /// The tier is to be asked.
    Nothing,
    /// It is to get this value.
    Put(Put<V>),
    /// It may have a value that is no longer good.
    Removed,
    /// Everything is to be removed from it first.
    Cleared,
}

/// One thing to do next.
pub(super) enum Task<V> {
    /// Everything is to be removed; the number of that.
    Clear(u64),
    /// Changes of different keys, with their numbers.
    Changes(Vec<(TierKey, u64, Work<V>)>),
}

pub(super) struct Queue<V> {
    most: AtomicUsize,
    state: Mutex<State<V>>,
    /// Rung where there is something new to do.
    bell: Notify,
}

struct State<V> {
    owed: HashMap<TierKey, Owed<V>>,
    /// In the order in which they were entered. One whose number is no longer that of its key is skipped.
    order: VecDeque<(TierKey, u64)>,
    /// Everything is to be removed, before what is owed.
    clear: Option<(u64, Waiting)>,
    puts: usize,
    /// The number of the latest change.
    latest: u64,
    /// Whether somebody works on it.
    running: bool,
}

impl<V> Queue<V> {
    pub(super) fn new(most: usize) -> Self {
        let state = State {
            owed: HashMap::new(),
            order: VecDeque::new(),
            clear: None,
            puts: 0,
            latest: 0,
            running: false,
        };
        Self { most: AtomicUsize::new(most), state: Mutex::new(state), bell: Notify::new() }
    }

    /// So many values may wait from now on.
    pub(super) fn set_most(&self, most: usize) {
        self.most.store(most, Relaxed);
    }

    /// Enters a change. What it took the place of, to be dropped outside the locks, and whether a value was turned away.
    pub(super) fn enter(
        &self,
        key: TierKey,
        work: Work<V>,
        waits: Option<Teller>,
    ) -> (Gone<V>, bool) {
        let most = self.most.load(Relaxed);
        let mut state = self.state.lock();
        // One in the place of another takes no room.
        let known = matches!(state.owed.get(&key), Some(Owed { work: Work::Put(_), .. }));
        let full = matches!(work, Work::Put(_)) && state.puts - usize::from(known) >= most;
        let (work, refused) = if full { (Work::Remove, Some(work)) } else { (work, None) };
        let mut owed: Vec<_> = state.enter(key, work, waits).into_iter().collect();
        if state.owed.len() > most.saturating_mul(REMOVALS_PER_VALUE) {
            owed.extend(state.clear());
        }
        (Gone { _owed: owed, _refused: refused }, full)
    }

    /// Everything is to be removed. What is not to be done any more.
    pub(super) fn enter_clear(&self, waits: Option<Teller>) -> Gone<V> {
        let mut state = self.state.lock();
        let owed = state.clear();
        if let Some((_, waiting)) = &mut state.clear {
            waiting.extend(waits);
        }
        Gone { _owed: owed, _refused: None }
    }

    /// What is owed about `key`.
    pub(super) fn pending(&self, key: &TierKey) -> Pending<V> {
        let state = self.state.lock();
        match state.owed.get(key) {
            Some(Owed { work: Work::Put(put), .. }) => Pending::Put(put.clone()),
            Some(Owed { work: Work::Remove, .. }) => Pending::Removed,
            None if state.clear.is_some() => Pending::Cleared,
            None => Pending::Nothing,
        }
    }

    /// The number of changes that are owed.
    pub(super) fn len(&self) -> usize {
        let state = self.state.lock();
        state.owed.len() + usize::from(state.clear.is_some())
    }

    /// Whether a `clear` is owed.
    pub(super) fn owes_clear(&self) -> bool {
        self.state.lock().clear.is_some()
    }

    /// Whether nobody works on it though there is something to do: then the caller is to. Who rests is
    /// woken, if that is wanted.
    pub(super) fn wants_worker(&self, now: bool) -> bool {
        let mut state = self.state.lock();
        let idle = state.owed.is_empty() && state.clear.is_none();
        let runs = state.running;
        state.running |= !idle;
        drop(state);
        if runs && now {
            self.bell.notify_one();
        }
        !idle && !runs
    }

    /// Returns when there is something new to do.
    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// The worker gives up, with these changes in hand. They are as they were, and nobody waits any longer for any.
    pub(super) fn abandon(&self, hand: impl Iterator<Item = (TierKey, u64)>) {
        let mut state = self.state.lock();
        state.running = false;
        for change in hand {
            state.order.push_front(change);
        }
        let clear = state.clear.as_mut().map(|(_, waiting)| std::mem::take(waiting));
        let owed = state.owed.values_mut().map(|owed| std::mem::take(&mut owed.waiting));
        let waiting: Vec<_> = owed.chain(clear).collect();
        drop(state);
        drop(waiting);
    }

    /// The next thing to do, at most `most` changes at once. With nothing to do the worker has stopped.
    pub(super) fn next(&self, most: usize) -> Option<Task<V>> {
        let mut state = self.state.lock();
        if let Some((number, _)) = state.clear {
            return Some(Task::Clear(number));
        }
        let mut changes = Vec::new();
        while changes.len() < most
            && let Some((key, number)) = state.order.pop_front()
        {
            if let Some(owed) = state.owed.get(&key).filter(|owed| owed.number == number) {
                let work = owed.work.clone();
                changes.push((key, number, work));
            }
        }
        state.running = !changes.is_empty();
        state.running.then_some(Task::Changes(changes))
    }

    /// A change was made, or will never be. Whoever waits for it is told.
    pub(super) fn done(&self, key: &TierKey, number: u64) {
        let mut state = self.state.lock();
        let done = match state.owed.get(key) {
            Some(owed) if owed.number == number => state.forget(key),
            _ => None,
        };
        drop(state);
        if let Some(done) = done {
            tell(done.waiting, true);
        }
    }

    /// A change was tried in vain: it is to be tried again, a value as a removal. Nobody waits for it any longer.
    pub(super) fn failed(&self, key: TierKey, number: u64) {
        let mut state = self.state.lock();
        let Some(owed) = state.owed.get_mut(&key).filter(|owed| owed.number == number) else {
            return;
        };
        let waiting = std::mem::take(&mut owed.waiting);
        let gone = std::mem::replace(&mut owed.work, Work::Remove);
        if matches!(gone, Work::Put(_)) {
            state.puts -= 1;
        }
        state.order.push_back((key, number));
        drop(state);
        drop(gone);
        tell(waiting, false);
    }

    /// It was made; unless another one has come.
    pub(super) fn cleared(&self, number: u64) {
        let mut state = self.state.lock();
        let done = state.clear.take_if(|(owed, _)| *owed == number);
        drop(state);
        if let Some((_, waiting)) = done {
            tell(waiting, true);
        }
    }

    /// It was tried in vain, and stays.
    pub(super) fn clear_failed(&self) {
        let mut state = self.state.lock();
        let waiting = state.clear.as_mut().map(|(_, waiting)| std::mem::take(waiting));
        drop(state);
        tell(waiting.unwrap_or_default(), false);
    }

    /// Has `wait` told when everything that is owed now has been tried.
    pub(super) fn wait_for_all(&self, mut channel: impl FnMut() -> Teller) {
        let mut state = self.state.lock();
        state.owed.values_mut().for_each(|owed| owed.waiting.push(channel()));
        if let Some((_, waiting)) = &mut state.clear {
            waiting.push(channel());
        }
    }
}

impl<V> State<V> {
    fn enter(&mut self, key: TierKey, work: Work<V>, waits: Option<Teller>) -> Option<Owed<V>> {
        self.latest += 1;
        let number = self.latest;
        let is_put = matches!(work, Work::Put(_));
        let mut old = self.forget(&key);
        // Those who waited for what was there before wait for this.
        let mut waiting =
            old.as_mut().map(|old| std::mem::take(&mut old.waiting)).unwrap_or_default();
        waiting.extend(waits);
        self.puts += usize::from(is_put);
        self.order.push_back((key.clone(), number));
        self.owed.insert(key, Owed { work, number, waiting });
        self.tidy();
        old
    }

    fn forget(&mut self, key: &TierKey) -> Option<Owed<V>> {
        let owed = self.owed.remove(key)?;
        self.puts -= usize::from(matches!(owed.work, Work::Put(_)));
        Some(owed)
    }

    /// Instead of all that is owed.
    fn clear(&mut self) -> Vec<Owed<V>> {
        self.latest += 1;
        let mut waiting = self.clear.take().map(|(_, waiting)| waiting).unwrap_or_default();
        self.order.clear();
        self.puts = 0;
        let mut owed: Vec<_> = self.owed.drain().map(|(_, owed)| owed).collect();
        // Those who wait for what this does as well wait for this.
        waiting.extend(owed.iter_mut().flat_map(|owed| std::mem::take(&mut owed.waiting)));
        self.clear = Some((self.latest, waiting));
        owed
    }

    /// Keys that are changed over and over leave numbers behind that mean nothing any more.
    fn tidy(&mut self) {
        if self.order.len() > 64 && self.order.len() > 2 * self.owed.len() {
            let owed = &self.owed;
            self.order.retain(|(key, number)| owed.get(key).is_some_and(|o| o.number == *number));
        }
    }
}
