//! What tiers are called in metrics, events and [`Served`](crate::Served), where there are several below one cache.

use super::Layer;
use crate::call::MEMORY;
use parking_lot::Mutex;
use std::collections::HashSet;

/// What each of these layers, from the top down, is called: as it was told to be, or by its kind. What is called like one
/// above it, or like memory, gets a number.
pub(super) fn names(layers: &[Layer]) -> Vec<&'static str> {
    let mut taken = vec![MEMORY];
    for layer in layers {
        let name = layer.name();
        let numbered = (2..).map(|number| kept(&format!("{name} {number}")));
        let free = std::iter::once(name).chain(numbered).find(|name| !taken.contains(name));
        taken.extend(free);
    }
    taken.split_off(1)
}

/// The same text for as long as the process lives: metrics are kept for longer than tiers. That of every name that was ever
/// given.
pub(super) fn kept(name: &str) -> &'static str {
    static KEPT: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut kept = KEPT.lock();
    let kept = kept.get_or_insert_default();
    if let Some(known) = kept.get(name) {
        return known;
    }
    let new: &'static str = Box::leak(name.into());
    kept.insert(new);
    new
}
