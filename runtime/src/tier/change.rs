//! Changes of the tiers, from the moment they are prepared until they have been made.

use super::place::{Place, Places};
use super::queue::{Gone, Work};
use super::{TierKey, worker};
use crate::clock;
use crate::error::Error;
use crate::load::{Change, Settling};
use std::sync::Arc;
use std::time::Duration;
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
    wait: Option<(Receiver<()>, Duration)>,
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
            let (gone, full) = place.queue.enter(key, work, told);
            if full {
                place.counters.dropped.add(1);
            }
            self.entered.push(Entered { place, wait, _gone: gone });
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
            self.entered.push(Entered { place: place.clone(), wait, _gone: gone });
        }
    }

    fn go(self: Box<Self>) -> Option<Settling> {
        go(self.entered)
    }
}

type Wait = Option<(Receiver<()>, Duration)>;

fn channel(wait: Option<Duration>) -> (Option<oneshot::Sender<()>>, Wait) {
    match wait {
        Some(wait) => {
            let (told, waits) = oneshot::channel();
            (Some(told), Some((waits, wait)))
        }
        None => (None, None),
    }
}

fn go<K: 'static, V: Send + Sync + 'static>(entered: Vec<Entered<K, V>>) -> Option<Settling> {
    let mut waits = Vec::new();
    for Entered { place, wait, _gone } in entered {
        worker::ensure(&place);
        waits.extend(wait.map(|(told, most)| (place, told, most)));
    }
    (!waits.is_empty()).then(|| {
        Box::pin(async move {
            for (place, told, most) in waits {
                until_tried(&place, told, most).await;
            }
        }) as Settling
    })
}

/// Waits until a change has been tried, or for so long.
async fn until_tried<K: 'static, V: Send + Sync + 'static>(
    place: &Arc<Place<K, V>>,
    told: Receiver<()>,
    most: Duration,
) {
    // There may be a runtime now where there was none when the change was made.
    worker::ensure(place);
    // The channel is closed when it has been tried.
    if clock::is_paused() {
        let _ = told.await;
    } else {
        let _ = tokio::time::timeout(most, told).await;
    }
}

/// Waits until everything that is owed has been tried, and then for the tiers themselves.
pub(super) async fn flush<K: 'static, V: Send + Sync + 'static>(
    places: &[Arc<Place<K, V>>],
) -> Result<(), Error> {
    let mut result = Ok(());
    for place in places {
        let mut waits = Vec::new();
        place.queue.wait_for_all(|| {
            let (told, wait) = oneshot::channel();
            waits.push(wait);
            told
        });
        worker::ensure(place);
        for wait in waits {
            let _ = wait.await;
        }
        let layer = &place.layer;
        let flushed = super::place::settled(layer, layer.tier.flush()).await;
        if flushed.is_err() || place.queue.len() != 0 {
            result = Err(Error::TierUnavailable { tier: layer.tier.name() });
        }
    }
    result
}
