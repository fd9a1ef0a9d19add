//! Changes of the tiers, from the moment they are prepared until they have been made.

use super::place::{Place, Places, settled};
use super::queue::{Gone, Teller, Work};
use super::{TierError, TierErrorKind, TierKey, worker};
use crate::clock::{self, Tick};
use crate::error::Error;
use crate::load::{Change, Settling};
use crate::metrics::BreakerState;
use crate::timer;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, Receiver};

/// Changes of one key, in several tiers.
pub(super) struct Changes<K, V> {
    prepared: Vec<Prepared<K, V>>,
    entered: Vec<Entered<K, V>>,
}

struct Prepared<K, V> {
    place: Arc<Place<K, V>>,
    key: TierKey,
    work: Work<V>,
    /// How long whoever makes the change waits for it.
    wait: Option<Duration>,
}

struct Entered<K, V> {
    place: Arc<Place<K, V>>,
    wait: Wait,
    /// Whether there was no room for it. `None` for what needs none.
    full: Option<bool>,
    /// Dropped outside the locks.
    _gone: Gone<V>,
}

impl<K, V> Default for Changes<K, V> {
    fn default() -> Self {
        Self { prepared: Vec::new(), entered: Vec::new() }
    }
}

impl<K: 'static, V: Send + Sync + 'static> Changes<K, V> {
    pub(super) fn add(
        &mut self,
        place: &Arc<Place<K, V>>,
        key: TierKey,
        work: Work<V>,
        wait: Option<Duration>,
    ) {
        self.prepared.push(Prepared { place: place.clone(), key, work, wait });
    }

    /// `None` when nothing changes.
    pub(super) fn boxed(self) -> Option<Box<dyn Change>> {
        (!self.prepared.is_empty()).then(|| Box::new(self) as Box<dyn Change>)
    }
}

impl<K: 'static, V: Send + Sync + 'static> Change for Changes<K, V> {
    fn enter(&mut self) {
        for Prepared { place, key, work, wait } in self.prepared.drain(..) {
            let (told, wait) = channel(wait);
            let is_put = matches!(work, Work::Put(_));
            let (gone, full) = place.queue.enter(key, work, told);
            if full {
                place.counters.dropped.add(1);
            }
            let full = is_put.then_some(full);
            self.entered.push(Entered { place, wait, full, _gone: gone });
        }
    }

    fn go(self: Box<Self>) -> Option<Settling> {
        go(self.entered)
    }
}

/// Everything is removed, in several tiers.
pub(super) struct Clear<K, V> {
    places: Places<K, V>,
    entered: Vec<Entered<K, V>>,
}

impl<K, V> Clear<K, V> {
    pub(super) fn new(places: Places<K, V>) -> Self {
        Self { places, entered: Vec::new() }
    }
}

impl<K: 'static, V: Send + Sync + 'static> Change for Clear<K, V> {
    fn enter(&mut self) {
        for place in self.places.iter() {
            let (told, wait) = channel(Some(place.layer.time_out));
            let gone = place.queue.enter_clear(told);
            self.entered.push(Entered { place: place.clone(), wait, full: None, _gone: gone });
        }
    }

    fn go(self: Box<Self>) -> Option<Settling> {
        go(self.entered)
    }
}

type Wait = Option<(Receiver<bool>, Duration)>;

fn channel(wait: Option<Duration>) -> (Option<Teller>, Wait) {
    match wait {
        Some(wait) => {
            let (teller, told) = oneshot::channel();
            (Some(teller), Some((told, wait)))
        }
        None => (None, None),
    }
}

fn go<K: 'static, V: Send + Sync + 'static>(entered: Vec<Entered<K, V>>) -> Option<Settling> {
    let now = clock::now();
    let mut waits = Vec::new();
    for Entered { place, wait, full, _gone } in entered {
        if let Some(full) = full {
            place.overflow.found(full, place.about());
        }
        // A tier that is left alone is told later: nobody waits for that, and who rests goes on resting.
        let asked = place.present().breaker.state() != BreakerState::Open;
        worker::ensure(&place, asked);
        let wait = wait.filter(|_| asked);
        waits.extend(wait.map(|(told, most)| (place, told, clock::after(now, clock::nanos(most)))));
    }
    (!waits.is_empty()).then(|| {
        Box::pin(async move {
            for (place, told, until) in waits {
                until_tried(&place, told, until).await;
            }
        }) as Settling
    })
}

/// Waits until a change has been tried, or until then.
async fn until_tried<K: 'static, V: Send + Sync + 'static>(
    place: &Arc<Place<K, V>>,
    told: Receiver<bool>,
    until: Tick,
) {
    // There may be a runtime now where there was none when the change was made. Without one nobody works on it.
    if !has_runtime().await {
        return;
    }
    worker::ensure(place, true);
    if clock::is_paused() {
        let _ = told.await;
    } else {
        let left = Duration::from_nanos(until.saturating_sub(clock::now()));
        let _ = timer::within(left, told).await;
    }
}

/// Whether there is a runtime. Looks twice: who was polled outside of one at first may be driven by one after that.
async fn has_runtime() -> bool {
    let mut looked = false;
    std::future::poll_fn(|cx| {
        let found = Handle::try_current().is_ok();
        if found || std::mem::replace(&mut looked, true) {
            return Poll::Ready(found);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// How often everything is waited for: a value that is refused becomes a removal, and a worker may go down with its runtime.
const ROUNDS: usize = 3;

/// Waits until everything that is owed has been tried, and then for the tiers themselves.
pub(super) async fn flush<K: 'static, V: Send + Sync + 'static>(
    places: &[Arc<Place<K, V>>],
) -> Result<(), Error> {
    let mut result = Ok(());
    for place in places {
        let layer = place.present();
        let flushed = settled(&layer, async {
            let told = all_told(place).await;
            match layer.tier.flush().await {
                // Then it has flushed.
                Err(error) if told && error.kind() == TierErrorKind::Closed => {}
                flushed => flushed?,
            }
            if told {
                Ok(())
            } else {
                Err(TierError::new(TierErrorKind::Unavailable, "the tier is owed changes"))
            }
        });
        if flushed.await.is_err() {
            result = Err(Error::TierUnavailable { tier: place.name });
        }
    }
    result
}

/// Whether a tier was told everything that it is owed now.
async fn all_told<K: 'static, V: Send + Sync + 'static>(place: &Arc<Place<K, V>>) -> bool {
    for _ in 0..ROUNDS {
        let mut waits = Vec::new();
        place.queue.wait_for_all(|| {
            let (teller, told) = oneshot::channel();
            waits.push(told);
            teller
        });
        if waits.is_empty() {
            return true;
        }
        if !has_runtime().await {
            return false;
        }
        worker::ensure(place, true);
        let mut told = true;
        for wait in waits {
            told &= wait.await.unwrap_or(false);
        }
        if told {
            return true;
        }
    }
    false
}
