//! One tier below one cache: how values are found in it.

use super::breaker::Pass;
use super::counters::Counters;
use super::queue::{Pending, Put, Queue};
use super::report::{About, Overflow};
use super::youngest::Youngest;
use super::{Deadline, Epoch, Fetched, Layer, TierError, TierErrorKind, TierKey};
use crate::clock;
use crate::codec::pack::Pack;
use crate::codec::packing::{At, Rejected};
use crate::metrics::{BreakerState, TierMetrics};
use crate::timer;
use parking_lot::RwLock;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// What all tiers below one cache share: whose entries they keep, and how those become bytes.
pub(super) struct Identity<K, V> {
    /// What the function or cache is called.
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) pack: Arc<dyn Pack<K, V>>,
}

/// The least that is waited for a tier to make safe what it has: that is done seldom, and takes longer than one answer.
const SETTLING: Duration = Duration::from_secs(10);

/// One tier below one cache.
pub(super) struct Place<K, V> {
    pub(super) layer: Layer,
    /// What it is called, apart from all others below the same cache.
    pub(super) name: &'static str,
    pub(super) identity: Arc<Identity<K, V>>,
    pub(super) queue: Arc<Queue<V>>,
    /// How the tier is used at present, for whoever works on the queue.
    present: Arc<RwLock<Layer>>,
    pub(super) counters: Arc<Counters>,
    pub(super) overflow: Arc<Overflow>,
}

/// The tiers below one cache, from the top down.
pub(super) type Places<K, V> = Arc<[Arc<Place<K, V>>]>;

/// What a tier answers.
pub(super) enum Answer<V> {
    Found(Stamped<V>),
    /// It has no value, and one that is made now may be put there; in this epoch, if that is known.
    Absent(Option<Epoch>),
    /// It is not to be asked just now.
    Unknown,
    /// It could not be asked, or has not answered.
    Failed(TierError),
}

impl<V> Answer<V> {
    /// Whether a value may be put where this was the answer.
    pub(super) fn permission(&self) -> Permission {
        match self {
            Self::Absent(epoch) => Permission::Granted(*epoch),
            Self::Found(_) | Self::Unknown | Self::Failed(_) => Permission::Denied,
        }
    }
}

/// What the queue says of a key.
pub(super) enum Queued<V> {
    Answer(Answer<V>),
    /// That there is no value. In which epoch says the tier.
    Nothing,
}

impl<V> Queued<V> {
    /// What it comes to, when the tier has told its epoch.
    pub(super) fn in_epoch(self, epoch: Epoch) -> Answer<V> {
        match self {
            Self::Answer(answer) => answer,
            Self::Nothing => Answer::Absent(Some(epoch)),
        }
    }
}

/// Whether a value may be put into a tier.
#[derive(Clone, Copy)]
pub(super) enum Permission {
    /// Into this epoch, or the one that is then.
    Granted(Option<Epoch>),
    Denied,
}

/// A value with its times, in Unix milliseconds.
pub(super) struct Stamped<V> {
    pub(super) value: V,
    pub(super) created: u64,
    pub(super) deadline: Option<Deadline>,
}

impl<K, V> Place<K, V> {
    pub(super) fn new(layer: Layer, name: &'static str, identity: Arc<Identity<K, V>>) -> Self {
        let queue = Arc::new(Queue::new(layer.queue));
        let present = Arc::new(RwLock::new(layer.clone()));
        let (counters, overflow) = Default::default();
        Self { layer, name, identity, queue, present, counters, overflow }
    }

    /// The same place in another use: what it owes and what it has counted goes on.
    pub(super) fn used_as(&self, layer: Layer, name: &'static str) -> Self {
        self.queue.set_most(layer.queue);
        *self.present.write() = layer.clone();
        let Self { identity, queue, present, counters, overflow, .. } = self;
        Self {
            layer,
            name,
            identity: identity.clone(),
            queue: queue.clone(),
            present: present.clone(),
            counters: counters.clone(),
            overflow: overflow.clone(),
        }
    }

    /// How the tier is used at present: what this began may be ended in another use.
    pub(super) fn present(&self) -> Layer {
        self.present.read().clone()
    }

    /// Where the tier has the value of the key with these bytes.
    pub(super) fn address(&self, key: &[u8]) -> TierKey {
        self.layer.packing.address(&self.identity.namespace, key)
    }

    /// What remembers how young the values were that were seen, where somebody may put old ones back.
    pub(super) fn youngest(&self) -> Option<&Youngest> {
        self.layer.packing.is_protected().then_some(&*self.layer.youngest)
    }

    /// Whether no value of this key was seen that is younger than one that was made then.
    fn may_be_present(&self, key: &TierKey, created: u64) -> bool {
        let (namespace, now) = (&self.identity.namespace, clock::wall_millis());
        self.youngest().is_none_or(|youngest| youngest.admits(namespace, key, created, now))
    }

    /// What is told of it is about this.
    pub(super) fn about(&self) -> About<'_> {
        About { tier: self.name, function: &self.identity.name }
    }

    pub(super) fn metrics(&self) -> TierMetrics {
        let (counted, breaker) = (self.counters.snapshot(), self.layer.breaker.state());
        // One that others share may have been opened by their failures.
        let was_turned_away = counted.skipped > 0 || breaker != BreakerState::Closed;
        let why = || self.layer.breaker.why().filter(|_| was_turned_away);
        let last_error = counted.last_error.or_else(|| why().map(|why| why.to_string()));
        TierMetrics { tier: self.name, pending: self.queue.len(), breaker, last_error, ..counted }
    }

    /// The epoch of the namespace, to put values there later.
    pub(super) async fn permission(&self) -> Answer<V> {
        // Our own `clear` is to begin another one first, and nobody knows yet which.
        if self.queue.owes_clear() {
            return Answer::Unknown;
        }
        match self.ask(&[]).await {
            Ok(fetched) if !self.queue.owes_clear() => Answer::Absent(Some(fetched.epoch)),
            Ok(_) => Answer::Unknown,
            Err(error) => Answer::Failed(error),
        }
    }

    /// What the tier sends for `keys`. Counts.
    pub(super) async fn ask(&self, keys: &[TierKey]) -> Result<Fetched, TierError> {
        let namespace = &*self.identity.namespace;
        let tier = &self.layer.tier;
        let Some(pass) = self.layer.breaker.pass() else {
            self.counters.skipped.add(keys.len().max(1));
            return Err(TierError::left_alone(self.layer.breaker.why()).of(self.name));
        };
        let answer =
            in_time(self.layer.time_out, self.layer.retry.run(|| tier.get(namespace, keys)));
        let began = clock::now();
        let answer = answer.await.map_err(|error| error.somewhere(&**tier));
        self.counters.read(clock::since(began));
        let answer = judged(pass, answer, self.about(), |error| self.read_failed(error));
        let whole = answer.and_then(|fetched| {
            if keys.is_empty() || fetched.values.len() == keys.len() {
                return Ok(fetched);
            }
            let what = "it did not answer for each key";
            let error = TierError::new(TierErrorKind::Damaged, what).somewhere(&**tier);
            self.read_failed(&error);
            Err(error)
        });
        whole.map_err(|error| error.of(self.name))
    }

    fn read_failed(&self, error: &TierError) {
        self.counters.failed(error);
        self.about().read_failed(error);
        match error.kind() {
            TierErrorKind::TimedOut => self.counters.time_outs.add(1),
            _ => self.counters.errors.add(1),
        }
    }
}

impl<K, V: Clone> Place<K, V> {
    /// The value of a key, from the queue or from the tier.
    pub(super) async fn fetch(&self, key: &TierKey) -> Answer<V> {
        if !self.layer.read {
            // It could not have had the value: that it fails is no reason for a call to.
            return match self.permission().await {
                Answer::Failed(_) => Answer::Unknown,
                permission => permission,
            };
        }
        match self.pending(key) {
            None => {}
            Some(Queued::Answer(answer)) => return answer,
            Some(Queued::Nothing) => return self.permission().await,
        }
        let fetched = match self.ask(std::slice::from_ref(key)).await {
            Ok(fetched) => fetched,
            Err(error) => return Answer::Failed(error),
        };
        // It may have been changed while the tier answered; that was the earlier state then.
        if let Some(queued) = self.pending(key) {
            return queued.in_epoch(fetched.epoch);
        }
        let bytes = fetched.values.into_iter().next().flatten();
        self.answer(key, fetched.epoch, bytes.as_deref())
    }

    /// What these bytes come to, or that there are none. Counts.
    pub(super) fn answer(&self, key: &TierKey, epoch: Epoch, bytes: Option<&[u8]>) -> Answer<V> {
        let absent = Answer::Absent(Some(epoch));
        let Some(bytes) = bytes else {
            self.counters.misses.add(1);
            return absent;
        };
        self.open(key, bytes).map_or(absent, Answer::Found)
    }

    /// What the queue says of a key, if anything.
    pub(super) fn pending(&self, key: &TierKey) -> Option<Queued<V>> {
        match self.queue.pending(key) {
            Pending::Nothing => None,
            Pending::Put(Put { value, created, deadline, .. }) => {
                let live = deadline.is_none_or(|Deadline(at)| clock::wall_millis() < at);
                Some(if live {
                    self.counters.hits.add(1);
                    let value = V::clone(&value);
                    Queued::Answer(Answer::Found(Stamped { value, created, deadline }))
                } else {
                    self.counters.misses.add(1);
                    Queued::Nothing
                })
            }
            Pending::Removed => {
                self.counters.misses.add(1);
                Some(Queued::Nothing)
            }
            Pending::Cleared => {
                self.counters.misses.add(1);
                Some(Queued::Answer(Answer::Unknown))
            }
        }
    }

    /// The value in these bytes. Counts.
    fn open(&self, key: &TierKey, bytes: &[u8]) -> Option<Stamped<V>> {
        let Identity { namespace, pack, .. } = &*self.identity;
        let at = At { namespace, key };
        let opened = self.layer.packing.open(at, bytes, pack.fingerprint(), clock::wall_millis());
        let found = opened.and_then(|opened| {
            if !self.may_be_present(key, opened.created) {
                return Err(Rejected::Replayed);
            }
            // What is sealed and cannot be decoded is of a type that looks the same and is not.
            let value = pack.decode(&opened.codec, &opened.payload);
            let value = value.map_err(|_| Rejected::OtherType)?;
            let deadline = opened.deadline.map(Deadline);
            Ok(Stamped { value, created: opened.created, deadline })
        });
        match found {
            Ok(found) => {
                self.counters.hits.add(1);
                Some(found)
            }
            Err(why) => {
                self.counters.rejected(why);
                self.counters.misses.add(1);
                None
            }
        }
    }
}

/// Tells the breaker what came of it. That the tier does not want something is no failure of it. An error is `told` before what
/// the breaker makes of it.
pub(super) fn judged<T>(
    pass: Pass<'_>,
    answer: Result<T, TierError>,
    about: About<'_>,
    told: impl FnOnce(&TierError),
) -> Result<T, TierError> {
    use TierErrorKind::{Refused, Unsupported};
    let error = answer.as_ref().err();
    let failure = error.filter(|error| !matches!(error.kind(), Refused | Unsupported));
    let (opens, closes) = match failure {
        Some(failure) => (pass.failed(failure), false),
        None => (false, pass.succeeded()),
    };
    if let Some(error) = error {
        told(error);
    }
    if let Some(failure) = failure.filter(|_| opens) {
        about.breaker_opened(failure);
    }
    if closes {
        about.breaker_closed();
    }
    answer
}

/// What it comes to that a tier flushes or closes, if it does in time.
pub(super) async fn settled(
    layer: &Layer,
    answer: impl Future<Output = Result<(), TierError>>,
) -> Result<(), TierError> {
    in_time(layer.time_out.max(SETTLING), answer).await
}

/// A tier that panics has failed.
pub(super) async fn unpanicking<T>(
    answer: impl Future<Output = Result<T, TierError>>,
) -> Result<T, TierError> {
    let mut answer = std::pin::pin!(answer);
    std::future::poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| answer.as_mut().poll(cx));
        catch_unwind(poll).unwrap_or_else(|panic| Poll::Ready(Err(TierError::panicked(&*panic))))
    })
    .await
}

/// What `answer` comes to, if it does in time. Where the clock would run ahead there is no time-out.
pub(super) async fn in_time<T>(
    time_out: Duration,
    answer: impl Future<Output = Result<T, TierError>>,
) -> Result<T, TierError> {
    let answer = unpanicking(answer);
    if clock::is_paused() {
        return answer.await;
    }
    timer::within(time_out, answer).await.unwrap_or_else(|| {
        Err(TierError::new(TierErrorKind::TimedOut, "the tier did not answer in time"))
    })
}
