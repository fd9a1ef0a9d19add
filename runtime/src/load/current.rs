//! The load that the running code belongs to, for as long as its body is being polled.
//!
//! It is on the stack of whoever polls, and the thread has a pointer to it: a handle of the cache, counted up and down, in a
//! slot with a destructor was a twentieth of the instructions of a miss.

use super::airport::Claims;
use super::board::Ticket;
use super::cycle::Node;
use crate::sync::thread_local;
use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

pub(super) enum Current<'l> {
    Flight(&'l Arc<dyn Node>),
    /// One that is no flight yet, and becomes one when it waits for another.
    Claim(&'l dyn Claims, Ticket),
}

/// Null, or what the innermost [`Current::within`] of this thread was called on.
type Slot = Cell<*const Current<'static>>;

#[cfg(not(larder_model))]
thread_local! {
    static CURRENT: Slot = const { Cell::new(ptr::null()) };
}
#[cfg(larder_model)]
thread_local! {
    static CURRENT: Slot = Cell::new(ptr::null());
}

impl Current<'_> {
    /// Runs `poll` as a part of this load.
    #[inline]
    pub(super) fn within<R>(&self, poll: impl FnOnce() -> R) -> R {
        struct Restore(*const Current<'static>);
        impl Drop for Restore {
            #[inline]
            fn drop(&mut self) {
                CURRENT.with(|slot| slot.set(self.0));
            }
        }
        let ours = ptr::from_ref(self).cast();
        let _restore = Restore(CURRENT.with(|slot| slot.replace(ours)));
        poll()
    }
}

/// The load that the running code belongs to, to be waited for.
pub(super) fn current() -> Option<Arc<dyn Node>> {
    let current = CURRENT.try_with(Cell::get).ok()?;
    // SAFETY: `within` put it there, on this thread, whose calls nest, and takes it away before it returns or unwinds. Until
    // then what it was called on is borrowed. The reference ends with this function, which is one of those that `within` runs.
    match unsafe { current.as_ref() }? {
        Current::Flight(node) => Some(Arc::clone(node)),
        Current::Claim(claims, ticket) => claims.node(*ticket),
    }
}
