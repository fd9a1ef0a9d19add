//! Calls that wait for themselves are found, over any number of tasks.
//!
//! Every flight knows which flights wait for it: those inside whose bodies a call sits that has joined or leads it.
//! Before a call inside flight `a` waits for flight `b` it enters itself there and then climbs from `a` through
//! everybody who waits for `a`. If it meets `b`, the wait would never end.
//!
//! Each edge is entered before its own climb begins. So when several calls close a ring at the same moment, the last to
//! enter its edge sees all of them.

use parking_lot::Mutex;
use std::cell::RefCell;
use std::sync::Arc;

/// A load, as far as waiting goes.
pub(crate) trait Node: Send + Sync {
    fn name(&self) -> &str;
    fn waiters(&self) -> &Waiters;
}

/// The loads whose bodies wait for one load.
pub(crate) type Waiters = Mutex<Vec<Arc<dyn Node>>>;

thread_local!(static CURRENT: RefCell<Option<Arc<dyn Node>>> = const { RefCell::new(None) });

/// Runs `poll` as a part of the load `node`.
pub(crate) fn within<R>(node: Arc<dyn Node>, poll: impl FnOnce() -> R) -> R {
    struct Restore(Option<Arc<dyn Node>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _restore = Restore(CURRENT.replace(Some(node)));
    poll()
}

/// The load that the running code belongs to.
pub(super) fn current() -> Option<Arc<dyn Node>> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .ok()
        .flatten()
}

/// "The load `by` waits for the load `awaited`", for as long as this lives.
pub(super) struct Edge {
    awaited: Arc<dyn Node>,
    by: Arc<dyn Node>,
}

impl Edge {
    /// Enters the wait.
    ///
    /// # Panics
    /// When `awaited` waits for `by` already. The message names the calls around the ring.
    pub(super) fn new(awaited: Arc<dyn Node>, by: Arc<dyn Node>) -> Self {
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
        let mut path = vec![self.by.clone()];
        let mut seen = Vec::new();
        if !self.climb(&mut path, &mut seen) {
            return None;
        }
        let mut names: Vec<_> = path
            .iter()
            .rev()
            .map(|node| node.name().to_owned())
            .collect();
        names.push(self.awaited.name().to_owned());
        Some(names)
    }

    /// Depth first from the end of `path`, which is left holding the way to `awaited`.
    fn climb(&self, path: &mut Vec<Arc<dyn Node>>, seen: &mut Vec<Arc<dyn Node>>) -> bool {
        let Some(top) = path.last().cloned() else {
            return false;
        };
        if same(&top, &self.awaited) {
            return true;
        }
        if seen.iter().any(|node| same(node, &top)) {
            return false;
        }
        let waiters = top.waiters().lock().clone();
        seen.push(top);
        for waiter in waiters {
            path.push(waiter);
            if self.climb(path, seen) {
                return true;
            }
            path.pop();
        }
        false
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let mut waiters = self.awaited.waiters().lock();
        if let Some(place) = waiters.iter().position(|node| same(node, &self.by)) {
            waiters.swap_remove(place);
        }
    }
}

fn same(a: &Arc<dyn Node>, b: &Arc<dyn Node>) -> bool {
    // The data pointer alone: vtables of one type may differ between code units.
    std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}
