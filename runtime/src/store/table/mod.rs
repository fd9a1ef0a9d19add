//! A hash table whose readers take no lock.
//!
//! Buckets lead to chains of places in a slab; a place holds an entry. Writers, who hold the table's lock, link an entry
//! in when it is complete, and never change it afterwards but for its atomic parts. An entry that is taken out stays
//! where it is until nobody can be reading it any more (see `lanes`), and only then is its place given to another one.
//!
//! The rules on which the `unsafe` here and in the files beside it rests:
//!
//! 1. A place that can be reached through `heads` and `next` holds an entry.
//! 2. It holds it until a grace period has passed since it was unlinked; the same goes for an array of buckets.
//! 3. Only the holder of the lock links, unlinks, frees and fills places.
//! 4. Whoever reads without the lock holds a [`Reading`](crate::lanes::Reading) of the table's own lanes from before he
//!    looked at the buckets until after he last looked at an entry.
//!
//! A reader may overlook an entry only while places are moved from one array of buckets to another. He notices that by
//! [`moves`](Table::moves), and asks again with the lock.

mod heads;
mod limbo;
mod locked;
mod sight;
mod slab;
mod spacing;
mod spot;

pub(super) use locked::{Locked, View};
pub(crate) use sight::Sight;
pub(super) use slab::Wish;
pub(super) use spacing::Spacing;

use super::entry::Entry;
use crate::lanes::Lanes;
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed},
    fence,
};
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use heads::Heads;
use locked::Held;
use slab::{Slab, Slot};
use spot::{NONE, Spot};
use std::sync::Arc;

/// A table, and under its lock a state of the caller's.
pub(super) struct Table<K, V, S> {
    /// What readers look at. On lines of its own: a writer who takes the lock must not disturb them.
    open: CachePadded<Open<K, V>>,
    held: CachePadded<Mutex<Held<S>>>,
}

struct Open<K, V> {
    heads: Heads,
    slab: Slab<K, V>,
    lanes: Arc<Lanes>,
    /// Odd while entries are moved between buckets.
    moves: AtomicU32,
    drained: AtomicBool,
}

/// What a reader without the lock has found.
pub(super) enum Found<E> {
    Entry(E),
    /// There is none.
    Nothing,
    /// Entries were being moved: there may be one.
    Unknown,
}

impl<K, V, S> Table<K, V, S> {
    pub(super) fn new(lanes: Arc<Lanes>, state: S) -> Self {
        let (heads, slab) = (Heads::new(), Slab::new());
        Self {
            open: CachePadded::new(Open {
                heads,
                slab,
                lanes,
                moves: AtomicU32::new(0),
                drained: AtomicBool::new(false),
            }),
            held: CachePadded::new(Mutex::new(Held::new(state))),
        }
    }

    pub(super) fn lock(&self) -> Locked<'_, K, V, S> {
        Locked::new(&self.open, self.held.lock())
    }

    /// Whether the current thread is reading already.
    pub(super) fn is_read_here(&self) -> bool {
        self.open.lanes.am_reading()
    }

    /// Whether it is between [`drain`](Locked::drain) and [`settle`](Locked::settle).
    pub(super) fn is_drained(&self) -> bool {
        self.open.drained.load(Acquire)
    }

    /// Looks for the entry of `key`, without a lock.
    #[expect(
        clippy::inline_always,
        reason = "a part of every hit; as a call of its own it is a tenth of that"
    )]
    #[inline(always)]
    pub(super) fn find<Q>(&self, fingerprint: u32, key: &Q) -> Found<Sight<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let reading = self.open.lanes.read();
        let moves = self.open.moves.load(Acquire);
        // SAFETY: `reading` lives.
        let found = unsafe { self.open.search(fingerprint, |entry| key.equivalent(&entry.key)) };
        if let Some((_, slot)) = found {
            // SAFETY: it was found in a chain just now.
            return Found::Entry(unsafe { Sight::new(slot, reading) });
        }
        fence(Acquire);
        let still = moves & 1 == 0 && self.open.moves.load(Relaxed) == moves || planted!("moves");
        if still { Found::Nothing } else { Found::Unknown }
    }

    /// What `read` makes of every entry that is in the table now. The lock is held while they are counted, not while
    /// they are read.
    pub(super) fn collect<R>(&self, mut read: impl FnMut(&Entry<K, V>) -> Option<R>) -> Vec<R> {
        // In this order: who drains the table waits for its readers, and has the lock meanwhile.
        let locked = self.lock();
        let _reading = self.open.lanes.read();
        let spots = locked.all();
        drop(locked);
        // SAFETY: rules 1 and 2: they were in the table when `_reading` lived already.
        let read = spots
            .into_iter()
            .filter_map(|spot| unsafe { self.open.slab.slot(spot).with(&mut read) });
        read.collect()
    }
}

impl<K, V, S> Drop for Table<K, V, S> {
    fn drop(&mut self) {
        let mut remains = Vec::new();
        let entries = self.lock().drain(|key, value| remains.push((key, value)));
        // The lock has been given back.
        drop((entries, remains));
    }
}

impl<K, V> Open<K, V> {
    /// The entry with this fingerprint that `is_it`: where it is, and its slot.
    ///
    /// # Safety
    /// The caller goes by rule 4, or holds the lock.
    #[inline]
    unsafe fn search(
        &self,
        fingerprint: u32,
        is_it: impl Fn(&Entry<K, V>) -> bool,
    ) -> Option<(Spot, &Slot<K, V>)> {
        // SAFETY: says the caller.
        let mut next = unsafe { self.heads.bucket(fingerprint) }.load(Acquire);
        while next != NONE {
            let spot = Spot(next);
            // SAFETY: rules 1 and 2.
            let (link, here) = unsafe { self.slab.at(spot) };
            // SAFETY: rules 1 and 2.
            if link.fingerprint.load(Relaxed) == fingerprint && unsafe { here.with(&is_it) } {
                return Some((spot, here));
            }
            next = link.next.load(Acquire);
        }
        None
    }
}
