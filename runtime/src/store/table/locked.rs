//! What the holder of the lock can do.

use super::Open;
use super::limbo::Limbo;
use super::slab::{Link, Wish};
use super::spacing::Spacing;
use super::spot::{NONE, Spot};
use crate::store::entry::Entry;
use crate::store::list::Place;
use crate::sync::MutexGuard;
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sync::yield_now;
use std::mem::MaybeUninit;
use std::ops::Range;

/// What is under the lock of a table.
pub(super) struct Held<S> {
    /// The first of the list of free spots.
    free: u32,
    /// Spots of the last chunk that have not been used yet.
    fresh: Range<usize>,
    chunks: usize,
    /// A bit for every place whose entry is in the table.
    taken: Vec<u64>,
    len: usize,
    limbo: Limbo,
    state: S,
}

/// The holder of the lock of a table.
pub(in crate::store) struct Locked<'t, K, V, S> {
    open: &'t Open<K, V>,
    held: MutexGuard<'t, Held<S>>,
}

/// A look at the entries beside a state that is changed.
pub(in crate::store) struct View<'v, K, V> {
    open: &'v Open<K, V>,
    taken: &'v [u64],
}

impl<S> Held<S> {
    pub(super) fn new(state: S) -> Self {
        let (limbo, taken) = (Limbo::default(), Vec::new());
        Self { free: NONE, fresh: 0..0, chunks: 0, taken, len: 0, limbo, state }
    }

    #[inline]
    fn take(&mut self, spot: Spot) {
        let (word, bit) = bit(spot.place());
        if self.taken.len() <= word {
            self.taken.resize(word + 1, 0);
        }
        self.taken[word] |= bit;
    }

    #[inline]
    fn untake(&mut self, spot: Spot) {
        let (word, bit) = bit(spot.place());
        self.taken[word] &= !bit;
    }
}

fn bit(place: Place) -> (usize, u64) {
    (place.0 as usize / 64, 1 << (place.0 % 64))
}

impl<'t, K, V, S> Locked<'t, K, V, S> {
    pub(super) fn new(open: &'t Open<K, V>, held: MutexGuard<'t, Held<S>>) -> Self {
        Self { open, held }
    }

    /// The number of entries.
    #[inline]
    pub(in crate::store) fn len(&self) -> usize {
        self.held.len
    }

    #[inline]
    pub(in crate::store) fn state(&self) -> &S {
        &self.held.state
    }

    /// The state, and the entries to look at while it is changed.
    #[inline]
    pub(in crate::store) fn parts(&mut self) -> (&mut S, View<'_, K, V>) {
        let Held { state, taken, .. } = &mut *self.held;
        (state, View { open: self.open, taken })
    }

    #[inline]
    fn view(&self) -> View<'_, K, V> {
        View { open: self.open, taken: &self.held.taken }
    }

    #[inline]
    pub(in crate::store) fn entry(&self, place: Place) -> Option<&Entry<K, V>> {
        self.view().into_entry(place)
    }

    /// The place of the entry with this fingerprint that `is_it`.
    #[inline]
    pub(in crate::store) fn find(
        &self,
        fingerprint: u32,
        is_it: impl Fn(&Entry<K, V>) -> bool,
    ) -> Option<Place> {
        // SAFETY: we hold the lock.
        unsafe { self.open.search(fingerprint, is_it) }.map(|(spot, _)| spot.place())
    }

    /// Puts an entry in. Its key must not be there. `wish` says when buckets and slots are too few.
    #[expect(clippy::inline_always, reason = "as `Visit::take`")]
    #[inline(always)]
    pub(in crate::store) fn insert(
        &mut self,
        fingerprint: u32,
        entry: Entry<K, V>,
        wish: Wish,
    ) -> Place {
        if self.held.len >= wish.spacing.most_in(self.open.heads.count()) {
            self.grow(wish.spacing != Spacing::Tight);
        }
        let (spot, link) = self.fill(fingerprint, entry, wish);
        let head = self.bucket(fingerprint);
        link.next.store(head.load(Relaxed), Relaxed);
        // Whoever finds the spot finds it filled.
        head.store(spot.0, Release);
        self.held.len += 1;
        spot.place()
    }

    /// Puts an entry in the place of the one at `old`, which has the same fingerprint: a reader finds one or the other.
    pub(in crate::store) fn replace(
        &mut self,
        old: Place,
        fingerprint: u32,
        entry: Entry<K, V>,
        wish: Wish,
    ) -> Place {
        let (spot, link) = self.fill(fingerprint, entry, wish);
        let old = Spot::of(old);
        let next = self.link(old).next.load(Relaxed);
        link.next.store(next, Relaxed);
        self.relink(old, spot.0);
        spot.place()
    }

    /// Takes the entry at `place` out. It stays where it is until [`release`](Self::release) hands it out.
    #[expect(clippy::inline_always, reason = "as `Visit::take`")]
    #[inline(always)]
    pub(in crate::store) fn remove(&mut self, place: Place) -> &Entry<K, V> {
        let spot = self.view().taken(place).expect("an entry that is there");
        // SAFETY: only slots that there are are taken.
        let (link, filled) = unsafe { self.open.slab.at(spot) };
        let next = link.next.load(Relaxed);
        self.relink(spot, next);
        self.held.len -= 1;
        // SAFETY: rules 1 and 2: it was in a chain just now, and nothing is released while what is returned is borrowed.
        filled.0.with(|entry| unsafe { (*entry).assume_init_ref() })
    }

    /// Takes all entries out.
    pub(in crate::store) fn remove_all(&mut self) {
        for spot in self.unlink_all() {
            self.held.limbo.add(spot);
        }
    }

    /// Hands out what nobody can be reading any more of what has been taken out, to be dropped outside the lock. Unless it
    /// is `eager` it may leave a little for the next time.
    #[inline]
    pub(in crate::store) fn release(&mut self, eager: bool, mut out: impl FnMut(K, V)) {
        let (open, Held { limbo, free, .. }) = (self.open, &mut *self.held);
        limbo.release(&open.lanes, eager, |spot| {
            // SAFETY: it was unlinked, and the grace period is over.
            let (_, entry) = unsafe { open.take(spot, free) };
            out(entry.key, entry.value);
        });
        limbo.release_heads(&open.lanes);
    }

    /// Gives memory back if all entries have been released. Whether there was more than is kept for the next ones.
    pub(in crate::store) fn shrink(&mut self) -> bool {
        let empty = self.held.len == 0 && self.held.limbo.is_empty();
        // The first chunk stays.
        empty && self.held.chunks > 1 && self.give_back()
    }

    /// Takes all entries out and hands them over with their places and fingerprints, once nobody reads them. Until
    /// [`settle`](Self::settle) readers who find nothing come for the lock. What had been taken out before goes `out`, to be
    /// dropped outside the lock.
    ///
    /// # Panics
    /// When the thread is reading this very table, which is when a `Clone` of a value changes the cache it is in.
    pub(in crate::store) fn drain(
        &mut self,
        mut out: impl FnMut(K, V),
    ) -> Vec<(Place, u32, Entry<K, V>)> {
        assert!(
            !self.open.lanes.am_reading(),
            "larder: the `Clone` or `Eq` of something in a cache changes the bound of that very cache"
        );
        self.open.drained.store(true, Release);
        self.open.moves.fetch_add(1, Release);
        let spots = self.unlink_all();
        if let Some(mut grace) = self.open.lanes.grace() {
            while !grace.is_over(&self.open.lanes) {
                yield_now();
            }
        }
        let (open, Held { limbo, free, .. }) = (self.open, &mut *self.held);
        limbo.release_all(|spot| {
            // SAFETY: nobody can reach an entry any more, and everybody who could has come to an end.
            let (_, entry) = unsafe { open.take(spot, free) };
            out(entry.key, entry.value);
        });
        let entries = spots.into_iter().map(|spot| {
            // SAFETY: as above.
            let (fingerprint, entry) = unsafe { open.take(spot, free) };
            (spot.place(), fingerprint, entry)
        });
        let entries = entries.collect();
        self.give_back();
        entries
    }

    /// Readers can rely on what they find again.
    pub(in crate::store) fn settle(&mut self) {
        self.open.moves.fetch_add(1, Release);
        self.open.drained.store(false, Release);
    }

    /// The places of all entries.
    pub(in crate::store) fn places(&self) -> Vec<Place> {
        self.all().into_iter().map(Spot::place).collect()
    }

    pub(super) fn all(&self) -> Vec<Spot> {
        let mut spots = Vec::with_capacity(self.held.len);
        // SAFETY: we hold the lock.
        for first in unsafe { self.open.heads.firsts() } {
            let mut next = first;
            while next != NONE {
                spots.push(Spot(next));
                next = self.link(Spot(next)).next.load(Relaxed);
            }
        }
        spots
    }

    /// The link of a spot that is in a chain, or that was free a moment ago.
    #[inline]
    fn link(&self, spot: Spot) -> &'t Link {
        debug_assert!(self.open.slab.has(spot));
        // SAFETY: rule 3: chunks are only freed together with everything that leads to their spots.
        unsafe { self.open.slab.link(spot) }
    }

    #[inline]
    fn bucket(&self, fingerprint: u32) -> &'t AtomicU32 {
        // SAFETY: we hold the lock.
        unsafe { self.open.heads.bucket(fingerprint) }
    }

    /// Fills a free spot.
    #[inline]
    fn fill(&mut self, fingerprint: u32, entry: Entry<K, V>, wish: Wish) -> (Spot, &'t Link) {
        let free = self.held.free;
        let spot = if free == NONE { self.fresh_spot(wish) } else { Spot(free) };
        debug_assert!(self.open.slab.has(spot));
        // SAFETY: as for links.
        let (link, here) = unsafe { self.open.slab.at(spot) };
        if free != NONE {
            self.held.free = link.next.load(Relaxed);
        }
        // SAFETY: nobody reads a free spot (rules 1 and 2), and we hold the lock.
        here.0.with_mut(|old| unsafe { old.write(MaybeUninit::new(entry)) });
        link.fingerprint.store(fingerprint, Relaxed);
        self.held.take(spot);
        (spot, link)
    }

    #[cold]
    fn fresh_spot(&mut self, wish: Wish) -> Spot {
        let held = &mut *self.held;
        if held.fresh.is_empty() {
            held.fresh = 0..self.open.slab.grow(held.chunks, held.len, wish);
            held.chunks += 1;
        }
        let offset = held.fresh.next().expect("a chunk has slots");
        Spot::new(held.chunks - 1, offset)
    }

    /// Leads the chain around `spot`, to `next`.
    #[expect(clippy::inline_always, reason = "a write is one function")]
    #[inline(always)]
    fn relink(&mut self, spot: Spot, next: u32) {
        let mut link = self.bucket(self.link(spot).fingerprint.load(Relaxed));
        loop {
            let linked = link.load(Relaxed);
            if linked == spot.0 {
                break;
            }
            assert_ne!(linked, NONE, "an entry that is there is in its chain");
            link = &self.link(Spot(linked)).next;
        }
        link.store(next, Release);
        self.held.untake(spot);
        self.held.limbo.add(spot);
    }

    /// Takes all spots out of their chains. They are counted as gone, and are in nobody's hands.
    fn unlink_all(&mut self) -> Vec<Spot> {
        let spots = self.all();
        let old = self.open.heads.begin_anew();
        self.held.limbo.add_heads(old, &self.open.lanes);
        self.held.taken = Vec::new();
        self.held.len = 0;
        spots
    }

    /// More buckets: by half or, if it is to `double`, twice as many.
    #[cold]
    fn grow(&mut self, double: bool) {
        // While a drained table is filled again readers know already, and the number stays odd until all are in.
        let settled = self.open.moves.load(Relaxed) & 1 == 0;
        if settled {
            self.open.moves.fetch_add(1, Acquire);
        }
        let spots = self.all();
        let old = self.open.heads.grow(double);
        for spot in spots {
            let moved = self.link(spot);
            let head = self.bucket(moved.fingerprint.load(Relaxed));
            moved.next.store(head.load(Relaxed), Release);
            head.store(spot.0, Release);
        }
        self.held.limbo.add_heads(old, &self.open.lanes);
        if settled {
            self.open.moves.fetch_add(1, Release);
        }
    }

    /// Gives the memory of an empty table back. Whether there was any.
    fn give_back(&mut self) -> bool {
        if self.held.chunks == 0 {
            return false;
        }
        let heads = self.open.heads.begin_anew();
        self.held.limbo.add_heads(heads, &self.open.lanes);
        // SAFETY: no entry is in the slots, and since the grace period of the last one nobody can have found a spot.
        unsafe { self.open.slab.free() };
        let held = &mut *self.held;
        held.limbo.shrink();
        (held.free, held.fresh, held.chunks, held.taken) = (NONE, 0..0, 0, Vec::new());
        true
    }
}

impl<K, V> Open<K, V> {
    /// Takes the entry at `spot` away, with its fingerprint, and puts the spot on the list of `free` ones.
    ///
    /// # Safety
    /// The spot is filled and in no chain, nobody can be reading it, and the caller holds the lock.
    unsafe fn take(&self, spot: Spot, free: &mut u32) -> (u32, Entry<K, V>) {
        // SAFETY: says the caller; the spot is not filled from here on.
        let (link, left) = unsafe { self.slab.at(spot) };
        // SAFETY: as above.
        let entry = left.0.with_mut(|entry| unsafe { (*entry).assume_init_read() });
        link.next.store(std::mem::replace(free, spot.0), Relaxed);
        (link.fingerprint.load(Relaxed), entry)
    }
}

impl<'v, K, V> View<'v, K, V> {
    pub(in crate::store) fn entry(&self, place: Place) -> Option<&Entry<K, V>> {
        Self { ..*self }.into_entry(place)
    }

    pub(in crate::store) fn fingerprint(&self, place: Place) -> Option<u32> {
        let spot = self.taken(place)?;
        // SAFETY: only slots that there are are taken.
        Some(unsafe { self.open.slab.link(spot) }.fingerprint.load(Relaxed))
    }

    #[inline]
    fn into_entry(self, place: Place) -> Option<&'v Entry<K, V>> {
        let spot = self.taken(place)?;
        // SAFETY: as above.
        let filled = unsafe { self.open.slab.slot(spot) };
        // SAFETY: it is filled, and stays so while the lock is held.
        Some(filled.0.with(|entry| unsafe { (*entry).assume_init_ref() }))
    }

    /// The spot of a place that is taken.
    #[inline]
    fn taken(&self, place: Place) -> Option<Spot> {
        let (word, bit) = bit(place);
        let taken = self.taken.get(word).is_some_and(|word| word & bit != 0);
        taken.then(|| Spot::of(place))
    }
}
