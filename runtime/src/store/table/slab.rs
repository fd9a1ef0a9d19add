//! Where the entries are: in chunks that never move.

use super::spacing::Spacing;
use super::spot::{CHUNKS, NONE, Spot, full_length};
use crate::store::entry::Entry;
use crate::sync::Shared;
use crate::sync::atomic::{
    AtomicIsize, AtomicPtr, AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::MaybeUninit;

/// A place for one entry. Written before its link is put into a chain, taken out when nobody can be reading it any more.
pub(super) struct Slot<K, V>(pub(super) Shared<MaybeUninit<Entry<K, V>>>);

/// What leads past a slot.
pub(super) struct Link {
    /// That of the entry.
    pub(super) fingerprint: AtomicU32,
    /// The next spot of the chain, or of the list of free ones.
    pub(super) next: AtomicU32,
}

pub(super) struct Slab<K, V> {
    /// The first slot of each chunk, whose link is before it. So a reader has both with one load.
    chunks: [AtomicPtr<Slot<K, V>>; CHUNKS],
    /// The bytes from one slot to the next. Changes only while there are no chunks.
    stride: AtomicUsize,
    /// The bytes from one link to the next: as many, or backwards from the first one. Changes as that does.
    link_stride: AtomicIsize,
    /// Only writers, who hold the lock, look at these.
    lengths: [AtomicU32; CHUNKS],
}

/// How a chunk lies in memory.
struct Plan {
    layout: Layout,
    /// Where its first slot is.
    first: usize,
}

/// When a table has to grow, and to what.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Wish {
    /// How many entries there may be.
    pub(in crate::store) entries: usize,
    pub(in crate::store) spacing: Spacing,
}

/// As long as a cache line is on most machines.
const LINE: usize = 64;

// SAFETY: a slab owns its entries; the rules of `Table` keep reading and writing of an entry apart.
unsafe impl<K: Send, V: Send> Send for Slab<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Slab<K, V> {}

impl<K, V> Slab<K, V> {
    /// Enough for both.
    const ALIGN: usize = {
        let (link, slot) = (align_of::<Link>(), align_of::<Slot<K, V>>());
        if link > slot { link } else { slot }
    };

    pub(super) fn new() -> Self {
        Self {
            chunks: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
            stride: AtomicUsize::new(0),
            link_stride: AtomicIsize::new(0),
            lengths: std::array::from_fn(|_| AtomicU32::new(0)),
        }
    }

    /// What there is at a spot.
    ///
    /// # Safety
    /// There is a slot at `spot`: it was made by [`grow`](Self::grow) and not freed since.
    #[inline]
    pub(super) unsafe fn at(&self, spot: Spot) -> (&Link, &Slot<K, V>) {
        // SAFETY: says the caller: its chunk is one of those that there are.
        unsafe {
            let first = self.chunks.get_unchecked(spot.chunk()).load(Acquire);
            let (link, here) = self.in_chunk(first, spot.offset());
            (&*link, &*here)
        }
    }

    /// Link and slot number `offset` of the chunk whose slots begin at `first`.
    ///
    /// # Safety
    /// The chunk was laid out by [`plan`](Self::plan), with the strides of now, and has so many.
    #[inline]
    unsafe fn in_chunk(
        &self,
        first: *mut Slot<K, V>,
        offset: usize,
    ) -> (*mut Link, *mut Slot<K, V>) {
        let (stride, link_stride) = (self.stride.load(Relaxed), self.link_stride.load(Relaxed));
        // SAFETY: says the caller.
        unsafe {
            let link = first.cast::<Link>().sub(1).byte_offset(offset.cast_signed() * link_stride);
            (link, first.byte_add(offset * stride))
        }
    }

    /// # Safety
    /// As for [`at`](Self::at).
    #[inline]
    pub(super) unsafe fn slot(&self, spot: Spot) -> &Slot<K, V> {
        // SAFETY: says the caller.
        unsafe { self.at(spot).1 }
    }

    /// # Safety
    /// As for [`at`](Self::at).
    #[inline]
    pub(super) unsafe fn link(&self, spot: Spot) -> &Link {
        // SAFETY: says the caller.
        unsafe { self.at(spot).0 }
    }

    /// Whether there is a slot at `spot`. For holders of the lock.
    pub(super) fn has(&self, spot: Spot) -> bool {
        let length = self.lengths.get(spot.chunk());
        length.is_some_and(|length| spot.offset() < length.load(Relaxed) as usize)
    }

    /// Makes chunk number `chunk` of a table that has `len` entries. Its length.
    pub(super) fn grow(&self, chunk: usize, len: usize, wish: Wish) -> usize {
        // Some are in limbo, and an entry comes in before another one leaves.
        const SPARE: usize = if cfg!(larder_model) { 0 } else { 8 };
        let useful = wish.entries.saturating_sub(len).saturating_add(SPARE);
        // A short chunk is a guess at how many will ever be needed. Where one was wrong there is no second one: places are
        // numbered as if all chunks were full.
        let known = |chunk: usize| self.lengths[chunk].load(Relaxed) as usize;
        let guessed = chunk > 0 && known(chunk - 1) < full_length(chunk - 1);
        let least = if guessed { (0..chunk).map(known).sum() } else { 1 };
        let length = full_length(chunk).min(useful.max(least));
        if chunk == 0 {
            self.lay_out(wish.spacing);
        }
        self.lengths[chunk].store(u32::try_from(length).expect("at most 2^27"), Relaxed);
        self.chunks[chunk].store(self.new_chunk(length), Release);
        length
    }

    fn lay_out(&self, spacing: Spacing) {
        let (link, slot) = (size_of::<Link>(), size_of::<Slot<K, V>>());
        let backwards = -link.cast_signed();
        let (stride, link_stride) = match spacing {
            Spacing::Apart => (slot.next_multiple_of(LINE), backwards),
            Spacing::Near => (slot, backwards),
            Spacing::Tight => {
                let both = (link + slot).next_multiple_of(Self::ALIGN);
                (both, both.cast_signed())
            }
        };
        self.stride.store(stride, Relaxed);
        self.link_stride.store(link_stride, Relaxed);
    }

    fn new_chunk(&self, length: usize) -> *mut Slot<K, V> {
        let plan = self.plan(length);
        // SAFETY: the layout is not empty, and has room for so many links and slots.
        unsafe {
            let start = alloc(plan.layout);
            if start.is_null() {
                handle_alloc_error(plan.layout);
            }
            let first = start.add(plan.first).cast::<Slot<K, V>>();
            for offset in 0..length {
                let (link, slot) = self.in_chunk(first, offset);
                link.write(Link::new());
                slot.write(Slot(Shared::new(MaybeUninit::uninit())));
            }
            first
        }
    }

    fn plan(&self, length: usize) -> Plan {
        let stride = self.stride.load(Relaxed);
        let align = if stride.is_multiple_of(LINE) { Self::ALIGN.max(LINE) } else { Self::ALIGN };
        let links_before = if self.link_stride.load(Relaxed) < 0 { length } else { 1 };
        let plan = links_before.checked_mul(size_of::<Link>()).and_then(|links| {
            let first = links.checked_next_multiple_of(align)?;
            let size = first.checked_add(length.checked_mul(stride)?)?;
            Some(Plan { layout: Layout::from_size_align(size, align).ok()?, first })
        });
        plan.expect("fewer entries than there is memory")
    }

    /// Frees all slots.
    ///
    /// # Safety
    /// No entry is in them, and nobody reads a spot that he has found before.
    pub(super) unsafe fn free(&self) {
        for (chunk, length) in self.chunks.iter().zip(&self.lengths) {
            let first = chunk.load(Relaxed);
            if first.is_null() {
                return;
            }
            chunk.store(std::ptr::null_mut(), Relaxed);
            let length = length.swap(0, Relaxed) as usize;
            let plan = self.plan(length);
            // SAFETY: `new_chunk` made it by this plan, and nobody looks at it. Under a model checker its parts want to be
            // dropped.
            unsafe {
                for offset in 0..length {
                    let (link, slot) = self.in_chunk(first, offset);
                    link.drop_in_place();
                    slot.drop_in_place();
                }
                dealloc(first.cast::<u8>().sub(plan.first), plan.layout);
            }
        }
    }
}

impl<K, V> Drop for Slab<K, V> {
    fn drop(&mut self) {
        // SAFETY: the table has been drained, and nobody has it any more.
        unsafe { self.free() };
    }
}

impl Link {
    fn new() -> Self {
        Self { fingerprint: AtomicU32::new(0), next: AtomicU32::new(NONE) }
    }
}

impl<K, V> Slot<K, V> {
    /// # Safety
    /// There is an entry in it, by rules 1 and 2 of the table, until `read` has returned.
    #[inline]
    pub(super) unsafe fn with<R>(&self, read: impl FnOnce(&Entry<K, V>) -> R) -> R {
        // SAFETY: it is filled.
        self.0.with(|entry| read(unsafe { (*entry).assume_init_ref() }))
    }
}
