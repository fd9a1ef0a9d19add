//! Somebody who looks after a flight that those aboard cannot look after themselves.
//!
//! A caller can be held: polled once, and then kept in a `select!` branch or in a struct without being polled again. If
//! he alone can poll the body, or if nobody but held callers was woken for it, the others would wait for ever: those from
//! another runtime, who may not poll the body at all, among them. So
//! once somebody waits for such a flight, a small task of the runtime looks at it from time to time.

use super::board::Flights;
use super::flight::Flight;
use std::hash::Hash;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a body that could go on may be left lying before somebody else takes over.
///
/// A load that is merely slow could not go on, so it is never taken from its leader.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks after `flight` until it ends. Without a tokio runtime nobody does.
pub(super) fn look_after<K, V>(flight: &Arc<Flight<K, V>>, board: &Arc<Flights<K, V>>)
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    let Ok(runtime) = Handle::try_current() else { return };
    // Nobody should wait for a guardian, least of all the values in a cache that was dropped.
    let (flight, board) = (Arc::downgrade(flight), Arc::downgrade(board));
    runtime.spawn(async move {
        loop {
            tokio::time::sleep(PATIENCE).await;
            if !is_needed(&flight, &board) {
                return;
            }
        }
    });
}

fn is_needed<K, V>(flight: &Weak<Flight<K, V>>, board: &Weak<Flights<K, V>>) -> bool
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    let (Some(flight), Some(board)) = (flight.upgrade(), board.upgrade()) else { return false };
    if flight.outcome().is_some() {
        return false;
    }
    if flight.is_stalled(PATIENCE) {
        if flight.is_led() {
            board.abandon(&flight);
        } else {
            flight.strand();
        }
    }
    true
}
