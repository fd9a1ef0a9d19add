//! A load before it is a flight: the first poll of its body.

use super::airport::Claims;
use super::board::Ticket;
use super::cycle;
use super::flight::Panic;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

/// A claim in the hands of its owner. Dropping it withdraws it.
pub(crate) struct Solo {
    ticket: Ticket,
    /// Lent to the thread while the body is polled; `None` once the claim is in other hands.
    claims: Cell<Option<Arc<dyn Claims>>>,
}

impl Solo {
    #[inline]
    pub(crate) fn new(ticket: Ticket, claims: Arc<dyn Claims>) -> Self {
        Self { ticket, claims: Cell::new(Some(claims)) }
    }

    #[inline]
    pub(crate) fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Runs the first poll of a body. A body that panicked is dropped, never polled again.
    pub(crate) fn poll<R>(&self, poll: impl FnOnce() -> Poll<R>) -> Poll<Result<R, Panic>> {
        match catch_unwind(AssertUnwindSafe(|| cycle::within_claim(self, poll))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }

    /// The claim is in other hands: of a flight, or given back.
    #[inline]
    pub(crate) fn hand_over(&self) {
        self.claims.take();
    }

    /// Takes the way to the claims, to be lent.
    #[inline]
    pub(super) fn lend(&self) -> Option<Arc<dyn Claims>> {
        self.claims.take()
    }

    /// Puts it back.
    #[inline]
    pub(super) fn take_back(&self, claims: Arc<dyn Claims>) {
        self.claims.set(Some(claims));
    }
}

impl Drop for Solo {
    fn drop(&mut self) {
        if let Some(claims) = self.claims.take()
            && !planted!("solo")
        {
            claims.withdraw(self.ticket);
        }
    }
}
