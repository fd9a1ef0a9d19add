//! Where a call is between the moment it was made and the moment it returned.

use super::memoized::Memoized;
use crate::load::{Chain, Seat, Settling};
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;

/// A stage of a call.
pub(super) enum Stage<M: Memoized> {
    /// Not begun, or to begin again.
    Fresh,
    /// Aboard a flight that it does not lead, or whose body belongs to everybody aboard.
    Aboard(Seat<M::Value>),
    /// At the head of a flight, with a body of its own.
    Leading(Seat<M::Value>, Pin<Box<Chain<M::Value, M::Body>>>),
    /// Past the cache.
    Alone(Pin<Box<M::Body>>),
    /// With its output, while the tiers below take it in.
    Keeping(Box<Keeping<M::Output>>),
    Over,
}

/// An output that is returned when the tiers below have it.
pub(super) struct Keeping<T> {
    pub(super) settling: Settling,
    pub(super) output: Option<T>,
}

/// The stage that a call is in.
///
/// A hit begins fresh and is over at once. So that it does not carry the destructors of all stages along, they are called
/// from one place, which is apart.
pub(super) struct Current<M: Memoized>(ManuallyDrop<Stage<M>>);

impl<M: Memoized> Current<M> {
    #[inline]
    pub(super) fn fresh() -> Self {
        Self(ManuallyDrop::new(Stage::Fresh))
    }

    #[inline]
    pub(super) fn is_fresh(&self) -> bool {
        matches!(**self, Stage::Fresh)
    }

    /// Ends a call that has held nothing since it was fresh.
    #[inline]
    pub(super) fn pass(&mut self) {
        debug_assert!(self.is_fresh());
        self.0 = ManuallyDrop::new(Stage::Over);
    }

    /// Ends the call, and drops what it holds: at its first stage and its last that is nothing.
    #[inline]
    pub(super) fn end(&mut self) {
        if matches!(**self, Stage::Fresh | Stage::Over) {
            self.0 = ManuallyDrop::new(Stage::Over);
        } else {
            self.leave();
        }
    }

    #[cold]
    #[inline(never)]
    fn leave(&mut self) {
        drop(std::mem::replace(&mut **self, Stage::Over));
    }
}

impl<M: Memoized> Deref for Current<M> {
    type Target = Stage<M>;

    #[inline]
    fn deref(&self) -> &Stage<M> {
        &self.0
    }
}

impl<M: Memoized> DerefMut for Current<M> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Stage<M> {
        &mut self.0
    }
}

impl<M: Memoized> Drop for Current<M> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}
