//! A load before it is a flight: the first poll of its body.

use super::airport::Claims;
use super::board::Ticket;
use super::current::Current;
use super::flight::Panic;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// A claim in the hands of its owner. Dropping it withdraws it.
pub(crate) struct Solo<'c> {
    claims: &'c dyn Claims,
    ticket: Ticket,
    /// The claim is in other hands: of a flight, or given back.
    handed_over: Cell<bool>,
}

impl<'c> Solo<'c> {
    #[inline]
    pub(crate) fn new(ticket: Ticket, claims: &'c dyn Claims) -> Self {
        Self { claims, ticket, handed_over: Cell::new(false) }
    }

    #[inline]
    pub(crate) fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Runs the first poll of a body. A body that panicked is dropped, never polled again.
    #[inline]
    pub(crate) fn poll<R>(&self, poll: impl FnOnce() -> Poll<R>) -> Poll<Result<R, Panic>> {
        let current = Current::Claim(self.claims, self.ticket);
        match catch_unwind(AssertUnwindSafe(|| current.within(poll))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }

    #[inline]
    pub(crate) fn hand_over(&self) {
        self.handed_over.set(true);
    }
}

impl Drop for Solo<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.handed_over.get() && !planted!("solo") {
            self.claims.withdraw(self.ticket);
        }
    }
}
