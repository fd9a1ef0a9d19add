//! Where the entries are: in chunks that never move.

use super::spot::{CHUNKS, NONE, Spot, full_length};
use crate::store::entry::Entry;
use crate::sync::Shared;
use crate::sync::atomic::{
    AtomicPtr, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use std::mem::MaybeUninit;

/// A place for one entry.
pub(super) struct Slot<K, V> {
    /// Written before the slot is linked into a chain, taken out when nobody can be reading it any more.
    pub(super) entry: Shared<MaybeUninit<Entry<K, V>>>,
    /// That of the entry. Here, since there are four bytes left.
    pub(super) fingerprint: AtomicU32,
    /// The next spot of the chain, or of the list of free ones.
    pub(super) next: AtomicU32,
}

pub(super) struct Slab<K, V> {
    chunks: [AtomicPtr<Slot<K, V>>; CHUNKS],
    /// Only writers, who hold the lock, look at these.
    lengths: [AtomicU32; CHUNKS],
}

// SAFETY: a slab owns its entries; the rules of `Table` keep reading and writing of an entry apart.
unsafe impl<K: Send, V: Send> Send for Slab<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Slab<K, V> {}

impl<K, V> Slab<K, V> {
    pub(super) fn new() -> Self {
        Self {
            chunks: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
            lengths: std::array::from_fn(|_| AtomicU32::new(0)),
        }
    }

    /// # Safety
    /// There is a slot at `spot`: it was made by [`grow`](Self::grow) and not freed since.
    #[inline]
    pub(super) unsafe fn slot(&self, spot: Spot) -> &Slot<K, V> {
        // SAFETY: says the caller; the chunk of such a spot is one of those that there are.
        unsafe {
            let chunk = self.chunks.get_unchecked(spot.chunk()).load(Acquire);
            &*chunk.add(spot.offset())
        }
    }

    /// Whether there is a slot at `spot`. For holders of the lock.
    pub(super) fn has(&self, spot: Spot) -> bool {
        let length = self.lengths.get(spot.chunk());
        length.is_some_and(|length| spot.offset() < length.load(Relaxed) as usize)
    }

    /// Makes chunk number `chunk`, of at most `wanted` slots. Its length.
    pub(super) fn grow(&self, chunk: usize, wanted: usize) -> usize {
        // A short chunk is a guess at how many will ever be needed. Where one was wrong there is no second one: places are
        // numbered as if all chunks were full.
        let known = |chunk: usize| self.lengths[chunk].load(Relaxed) as usize;
        let guessed = chunk > 0 && known(chunk - 1) < full_length(chunk - 1);
        let least = if guessed { (0..chunk).map(known).sum() } else { 1 };
        let length = full_length(chunk).min(wanted.max(least));
        let slots: Box<[Slot<K, V>]> = (0..length).map(|_| Slot::new()).collect();
        self.lengths[chunk].store(u32::try_from(length).expect("at most 2^27"), Relaxed);
        self.chunks[chunk].store(Box::into_raw(slots).cast(), Release);
        length
    }

    /// Frees all slots.
    ///
    /// # Safety
    /// No entry is in them, and nobody reads a spot that he has found before.
    pub(super) unsafe fn free(&self) {
        for (chunk, length) in self.chunks.iter().zip(&self.lengths) {
            let slots = chunk.load(Relaxed);
            if slots.is_null() {
                return;
            }
            chunk.store(std::ptr::null_mut(), Relaxed);
            let length = length.load(Relaxed) as usize;
            let slots = std::ptr::slice_from_raw_parts_mut(slots, length);
            // SAFETY: it came from a box of this length, and nobody looks at it.
            drop(unsafe { Box::from_raw(slots) });
        }
        self.lengths.iter().for_each(|length| length.store(0, Relaxed));
    }
}

impl<K, V> Drop for Slab<K, V> {
    fn drop(&mut self) {
        // SAFETY: the table has been drained, and nobody has it any more.
        unsafe { self.free() };
    }
}

impl<K, V> Slot<K, V> {
    fn new() -> Self {
        Self {
            entry: Shared::new(MaybeUninit::uninit()),
            fingerprint: AtomicU32::new(0),
            next: AtomicU32::new(NONE),
        }
    }
}
