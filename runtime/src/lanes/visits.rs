//! Where the current thread reads as a guest. The guests' lane tells only how many do.

use super::Line;
use crate::sync::thread_local;
use std::cell::RefCell;

#[cfg(not(larder_model))]
thread_local! {
    static VISITS: RefCell<Vec<*const Line>> = const { RefCell::new(Vec::new()) };
}
#[cfg(larder_model)]
thread_local! {
    static VISITS: RefCell<Vec<*const Line>> = RefCell::new(Vec::new());
}

/// Nothing when the thread is ending and has put this away already.
fn with<R: Default>(look: impl FnOnce(&mut Vec<*const Line>) -> R) -> R {
    VISITS.try_with(|visits| look(&mut visits.borrow_mut())).unwrap_or_default()
}

pub(super) fn begin(line: &Line) {
    with(|visits| visits.push(line));
}

/// Ends the last one that has begun: readings are in one another.
pub(super) fn end() {
    with(|visits| _ = visits.pop());
}

pub(super) fn is_at(line: &Line) -> bool {
    with(|visits| visits.contains(&std::ptr::from_ref(line)))
}
