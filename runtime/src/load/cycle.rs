//! Calls that wait for themselves are found, over any number of tasks. (Not through a task that a body spawns: nobody can see
//! what waits for a task.)
//!
//! Every flight knows which flights wait for it: those inside whose bodies a call sits that has joined or leads it.
//! Before a call inside flight `a` waits for flight `b` it enters itself there and then climbs from `a` through
//! everybody who waits for `a`. If it meets `b`, the wait would never end. A call that begins `b` itself enters its edge
//! when the body of `b` was not ready at once; a body that is never waits for anybody.
//!
//! Each edge is entered before its own climb begins. So when several calls close a ring at the same moment, the last to
//! enter its edge sees all of them.

use crate::sync::Mutex;
use std::collections::HashSet;
use std::sync::Arc;

/// A load, as far as waiting goes.
pub(crate) trait Node: Send + Sync {
    fn name(&self) -> &str;
    fn waiters(&self) -> &Waiters;
}

/// The loads whose bodies wait for one load.
pub(crate) type Waiters = Mutex<Vec<Arc<dyn Node>>>;

/// "The load `by` waits for the load `awaited`", for as long as this lives.
pub(super) struct Edge {
    awaited: Arc<dyn Node>,
    by: Arc<dyn Node>,
}

impl Edge {
    /// Enters that `by` waits for `awaited`.
    ///
    /// # Panics
    /// When that one waits for `by` already. The message names the calls around the ring.
    pub(super) fn enter(awaited: Arc<dyn Node>, by: Arc<dyn Node>) -> Self {
        awaited.waiters().lock().push(by.clone());
        let edge = Self { awaited, by };
        if let Some(ring) = edge.ring() {
            drop(edge);
            panic!(
                "larder: a call waits for itself: {}. Without a cache this would recurse for ever",
                ring.join(" -> ")
            );
        }
        edge
    }

    /// The names around the ring that this edge closes, in calling order.
    fn ring(&self) -> Option<Vec<String>> {
        // Everybody who waits for `by`, each with the place of the one for whom he waits.
        let mut found = vec![(self.by.clone(), 0)];
        let mut seen = HashSet::from([address(&self.by)]);
        let mut next = 0;
        while let Some((node, _)) = found.get(next) {
            if address(node) == address(&self.awaited) {
                return Some(names(&found, next));
            }
            let waiters = node.waiters().lock().clone();
            let new = waiters.into_iter().filter(|waiter| seen.insert(address(waiter)));
            found.extend(new.map(|waiter| (waiter, next)));
            next += 1;
        }
        None
    }
}

/// The names from the node at `top` down to the first, and `top` once more.
fn names(found: &[(Arc<dyn Node>, usize)], top: usize) -> Vec<String> {
    let mut names = vec![found[top].0.name().to_owned()];
    let mut place = top;
    while place != 0 {
        place = found[place].1;
        names.push(found[place].0.name().to_owned());
    }
    names.push(found[top].0.name().to_owned());
    names
}

impl Drop for Edge {
    fn drop(&mut self) {
        let mut waiters = self.awaited.waiters().lock();
        if let Some(place) = waiters.iter().position(|node| address(node) == address(&self.by)) {
            waiters.swap_remove(place);
        }
    }
}

/// What tells nodes apart. The data pointer alone: vtables of one type may differ between code units.
fn address(node: &Arc<dyn Node>) -> *const () {
    Arc::as_ptr(node).cast()
}
