//! Which part of a cache should be the window of W-TinyLFU: uphill by small steps.
//!
//! The share is not tried out but follows the slope, as told by ghosts. A miss on a key that the window gave away a
//! little too early would have been a hit in a larger window; one on a key that the main part gave away, in a smaller
//! one. Each such miss moves the border by one entry.
//!
//! The adaptive window is from Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache Management", Middleware
//! 2018; ghosts that tell the slope are from Cidon, Eisenman, Alizadeh and Katti, "Cliffhanger: Scaling Performance
//! Cliffs in Web Memory Caches", NSDI 2016.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Shares are in parts of this.
const WHOLE: u64 = 1 << 32;

/// Most caches want a larger one, but few are hurt by this while they learn.
const FIRST: u64 = WHOLE / 20;
/// Newcomers need some time to show that they are wanted.
const LEAST: u64 = WHOLE / 100;
/// Enough main part to notice that more of it would be better.
const MOST: u64 = WHOLE / 5 * 4;

/// What all regions of a store have learned together.
#[derive(Debug)]
pub(in crate::store) struct Climber {
    share: AtomicU64,
    regions: u64,
}

impl Climber {
    pub(in crate::store) fn new(regions: usize) -> Self {
        Self { share: AtomicU64::new(FIRST), regions: regions.max(1) as u64 }
    }

    /// The window's part of a region's `capacity`. Never nothing: an entry has to be somewhere.
    pub(in crate::store) fn window(&self, capacity: u64) -> u64 {
        let share = u128::from(self.share.load(Relaxed));
        let window = u128::from(capacity) * share / u128::from(WHOLE);
        u64::try_from(window).unwrap_or(capacity).max(1)
    }

    /// A miss in a region of `entries` speaks for a larger window.
    pub(in crate::store) fn widen(&self, entries: usize) {
        self.change(|share| share + self.step(entries));
    }

    /// A miss in a region of `entries` speaks for a smaller window.
    pub(in crate::store) fn narrow(&self, entries: usize) {
        self.change(|share| share.saturating_sub(self.step(entries)));
    }

    /// One entry among those of all regions.
    fn step(&self, entries: usize) -> u64 {
        WHOLE / self.regions.saturating_mul(entries.max(1) as u64)
    }

    fn change(&self, to: impl Fn(u64) -> u64) {
        // Of two changes at once one may be lost, which is no worse than a ghost that was forgotten.
        self.share.store(to(self.share.load(Relaxed)).clamp(LEAST, MOST), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_entry_of_all() {
        let alone = Climber::new(1);
        alone.widen(1000);
        assert_eq!(alone.window(1000), 50);
        alone.widen(1000);
        assert_eq!(alone.window(1000), 51);
        let shared = Climber::new(4);
        (0..8).for_each(|_| shared.narrow(1000));
        assert_eq!(shared.window(4000), 192);
    }

    #[test]
    fn both_parts_keep_something() {
        let climber = Climber::new(1);
        (0..2000).for_each(|_| climber.widen(1000));
        assert_eq!(climber.window(1000), 799);
        (0..2000).for_each(|_| climber.narrow(1000));
        assert_eq!(climber.window(1000), 9);
        assert_eq!(climber.window(0), 1);
        assert_eq!(climber.window(u64::MAX), u64::MAX / WHOLE * LEAST + LEAST - 1);
        climber.narrow(0);
        climber.widen(usize::MAX);
    }
}
