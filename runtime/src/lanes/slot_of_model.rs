//! The numbers of threads under a model checker: a test gives them out.

use crate::sync::thread_local;
use std::cell::Cell;

pub(super) const GUEST: usize = 2;

thread_local! {
    static SLOT: Cell<usize> = Cell::new(GUEST);
}

/// Few, since every lane is one more thing to look at.
pub(super) fn count() -> usize {
    GUEST
}

pub(super) fn known() -> usize {
    current()
}

pub(super) fn current() -> usize {
    SLOT.with(Cell::get)
}

/// Gives the current thread a number; without one it is a guest.
#[cfg(test)]
pub(crate) fn become_thread(number: usize) {
    SLOT.with(|slot| slot.set(number));
}
