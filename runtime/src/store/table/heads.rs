//! Where the chains begin: one word for each bucket.

use super::spot::NONE;
use crate::sync::atomic::{
    AtomicPtr, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

/// The buckets of a table that is new or has been emptied.
const FEWEST: Size = Size { halves: 2, doublings: if cfg!(larder_model) { 0 } else { 2 } };

/// Arrays begin at multiples of this, so the lowest bits of a pointer to one are free.
const ALIGN: usize = 2 << SHIFT_BITS;

const SHIFT_BITS: u32 = 6;

/// The array in use, which readers find without a lock.
///
/// The lowest bits of the pointer say how many buckets there are. So a reader has both with one load.
pub(super) struct Heads(AtomicPtr<AtomicU32>);

/// An array that nobody finds any more, though some may still read it.
pub(super) struct OldHeads(Array);

/// A number of buckets: two or three halves of a power of two, so that a table need not be empty by half after it has
/// grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    /// 2 or 3.
    halves: usize,
    doublings: u32,
}

/// A pointer to an array, with its size: in the lowest six bits how far a fingerprint times the halves is shifted to the
/// right to become the number of a bucket, and in the next one whether there are three halves.
#[derive(Clone, Copy)]
struct Array(*mut AtomicU32);

// SAFETY: it is an array of atomics, and this is its only owner.
unsafe impl Send for OldHeads {}

impl Size {
    fn count(self) -> usize {
        self.halves << self.doublings
    }

    /// The next larger one: half as many again, or a third.
    fn next(self) -> Self {
        let Self { halves, doublings } = self;
        if halves == 2 {
            Self { halves: 3, doublings }
        } else {
            Self { halves: 2, doublings: doublings + 1 }
        }
    }
}

impl Array {
    /// So many empty chains.
    #[expect(clippy::cast_ptr_alignment, reason = "the layout is aligned")]
    fn new(size: Size) -> Self {
        let layout = Self::layout(size);
        // SAFETY: the layout is not empty, and every element is written before anybody sees the array.
        let array = unsafe {
            let array = alloc(layout).cast::<AtomicU32>();
            if array.is_null() {
                handle_alloc_error(layout);
            }
            (0..size.count()).for_each(|bucket| array.add(bucket).write(AtomicU32::new(NONE)));
            array
        };
        let shift = (u32::BITS - size.doublings) as usize;
        Self(array.map_addr(|address| address | (size.halves - 2) << SHIFT_BITS | shift))
    }

    fn layout(size: Size) -> Layout {
        let array = Layout::array::<AtomicU32>(size.count()).and_then(|it| it.align_to(ALIGN));
        array.expect("fewer buckets than there is memory")
    }

    #[inline]
    fn halves(self) -> usize {
        2 + (self.0.addr() >> SHIFT_BITS & 1)
    }

    #[inline]
    fn shift(self) -> usize {
        self.0.addr() & ((1 << SHIFT_BITS) - 1)
    }

    #[inline]
    fn size(self) -> Size {
        let shift = u32::try_from(self.shift()).expect("a shift is small");
        Size { halves: self.halves(), doublings: u32::BITS - shift }
    }

    #[inline]
    fn first(self) -> *mut AtomicU32 {
        self.0.map_addr(|address| address & !(ALIGN - 1))
    }

    /// The number of the bucket that `fingerprint` belongs to: it is to all buckets as `fingerprint` is to all of 32 bits.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of buckets")]
    fn bucket(self, fingerprint: u32) -> usize {
        ((u64::from(fingerprint) * self.halves() as u64) >> self.shift()) as usize
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
        // SAFETY: it is not freed while the caller is who he says, and has that bucket.
        unsafe { &*array.first().add(array.bucket(fingerprint)) }
    }

    /// The first spots of all chains.
    ///
    /// # Safety
    /// The caller holds the lock.
    pub(super) unsafe fn firsts(&self) -> impl Iterator<Item = u32> {
        let array = Array(self.0.load(Relaxed));
        // SAFETY: the array is replaced and freed below the lock only.
        let array = unsafe { std::slice::from_raw_parts(array.first(), array.size().count()) };
        array.iter().map(|bucket| bucket.load(Relaxed))
    }

    /// The number of buckets.
    #[inline]
    pub(super) fn count(&self) -> usize {
        Array(self.0.load(Relaxed)).size().count()
    }

    /// Puts an array that is a half larger or, if it is to `double`, as large again in the place of this one, without any
    /// chain.
    pub(super) fn grow(&self, double: bool) -> OldHeads {
        let next = Array(self.0.load(Relaxed)).size().next();
        self.replace(if double { next.next() } else { next })
    }

    /// Puts the smallest array in the place of this one.
    pub(super) fn begin_anew(&self) -> OldHeads {
        self.replace(FEWEST)
    }

    fn replace(&self, size: Size) -> OldHeads {
        let old = Array(self.0.load(Relaxed));
        self.0.store(Array::new(size).0, Release);
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
            (0..array.size().count()).for_each(|bucket| first.add(bucket).drop_in_place());
            dealloc(first.cast(), Array::layout(array.size()));
        }
    }
}

impl Drop for Heads {
    fn drop(&mut self) {
        drop(OldHeads(Array(self.0.load(Relaxed))));
    }
}
