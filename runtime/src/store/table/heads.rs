//! Where the chains begin: one word for each bucket.

use super::spot::NONE;
use crate::sync::atomic::{
    AtomicPtr, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

/// The buckets of a table that is new or has been emptied, as a power of two.
const FEWEST: u32 = if cfg!(larder_model) { 1 } else { 3 };

/// Arrays begin at multiples of this, so the lowest bits of a pointer to one are free.
const ALIGN: usize = 64;

/// The array in use, which readers find without a lock.
///
/// The lowest bits of the pointer say how far a fingerprint is shifted to the right to become the number of a bucket. So
/// a reader has both with one load.
pub(super) struct Heads(AtomicPtr<AtomicU32>);

/// An array that nobody finds any more, though some may still read it.
pub(super) struct OldHeads(Array);

/// A pointer to an array, and its shift.
#[derive(Clone, Copy)]
struct Array(*mut AtomicU32);

// SAFETY: it is an array of atomics, and this is its only owner.
unsafe impl Send for OldHeads {}

impl Array {
    /// `1 << buckets` empty chains.
    #[expect(clippy::cast_ptr_alignment, reason = "the layout is aligned")]
    fn new(buckets: u32) -> Self {
        let layout = Self::layout(buckets);
        // SAFETY: the layout is not empty, and every element is written before anybody sees the array.
        let array = unsafe {
            let array = alloc(layout).cast::<AtomicU32>();
            if array.is_null() {
                handle_alloc_error(layout);
            }
            (0..1 << buckets).for_each(|bucket| array.add(bucket).write(AtomicU32::new(NONE)));
            array
        };
        Self(array.map_addr(|address| address | (32 - buckets) as usize))
    }

    fn layout(buckets: u32) -> Layout {
        let array = Layout::array::<AtomicU32>(1 << buckets).and_then(|it| it.align_to(ALIGN));
        array.expect("fewer buckets than there is memory")
    }

    #[inline]
    fn shift(self) -> usize {
        self.0.addr() & (ALIGN - 1)
    }

    fn buckets(self) -> u32 {
        32 - u32::try_from(self.shift()).expect("a shift is small")
    }

    #[inline]
    fn first(self) -> *mut AtomicU32 {
        self.0.map_addr(|address| address & !(ALIGN - 1))
    }
}

impl Heads {
    pub(super) fn new() -> Self {
        Self(AtomicPtr::new(Array::new(FEWEST).0))
    }

    /// The bucket that `fingerprint` belongs to.
    ///
    /// # Safety
    /// The caller holds the lock, or goes by rule 4.
    #[inline]
    pub(super) unsafe fn bucket(&self, fingerprint: u32) -> &AtomicU32 {
        let array = Array(self.0.load(Acquire));
        let bucket = (fingerprint >> array.shift()) as usize;
        // SAFETY: it is not freed while the caller is who he says, and what is left of the 32 bits is a bucket's number.
        unsafe { &*array.first().add(bucket) }
    }

    /// The first spots of all chains.
    ///
    /// # Safety
    /// The caller holds the lock.
    pub(super) unsafe fn firsts(&self) -> impl Iterator<Item = u32> {
        let array = Array(self.0.load(Relaxed));
        // SAFETY: the array is replaced and freed below the lock only.
        let array = unsafe { std::slice::from_raw_parts(array.first(), 1 << array.buckets()) };
        array.iter().map(|bucket| bucket.load(Relaxed))
    }

    /// The number of buckets.
    #[inline]
    pub(super) fn count(&self) -> usize {
        1 << Array(self.0.load(Relaxed)).buckets()
    }

    /// Puts an array of twice the size, without any chain, in the place of this one.
    pub(super) fn grow(&self) -> OldHeads {
        self.replace(self.count().ilog2() + 1)
    }

    /// Puts the smallest array in the place of this one.
    pub(super) fn begin_anew(&self) -> OldHeads {
        self.replace(FEWEST)
    }

    fn replace(&self, buckets: u32) -> OldHeads {
        let old = Array(self.0.load(Relaxed));
        self.0.store(Array::new(buckets).0, Release);
        OldHeads(old)
    }
}

impl Drop for OldHeads {
    fn drop(&mut self) {
        let array = self.0;
        // SAFETY: it was made with this layout, and nobody reads it: who drops this has waited for that. Under a model
        // checker its elements want to be dropped.
        unsafe {
            let first = array.first();
            (0..1 << array.buckets()).for_each(|bucket| first.add(bucket).drop_in_place());
            dealloc(first.cast(), Array::layout(array.buckets()));
        }
    }
}

impl Drop for Heads {
    fn drop(&mut self) {
        drop(OldHeads(Array(self.0.load(Relaxed))));
    }
}
