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
mod slab;
mod spot;

pub(super) use locked::{Locked, View};

use super::entry::Entry;
use crate::lanes::{Lane, Lanes};
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed},
    fence,
};
use crossbeam_utils::CachePadded;
use equivalent::Equivalent;
use heads::Heads;
use locked::Held;
use slab::Slab;
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
}

/// What a reader without the lock has found.
pub(super) enum Found<R> {
    Entry(R),
    /// There is none.
    Nothing,
    /// Entries were being moved: there may be one.
    Unknown,
}

impl<K, V, S> Table<K, V, S> {
    pub(super) fn new(lanes: Arc<Lanes>, state: S) -> Self {
        let (heads, slab) = (Heads::new(), Slab::new());
        Self {
            open: CachePadded::new(Open { heads, slab, lanes, moves: AtomicU32::new(0) }),
            held: CachePadded::new(Mutex::new(Held::new(state))),
        }
    }

    pub(super) fn lock(&self) -> Locked<'_, K, V, S> {
        Locked::new(&self.open, self.held.lock())
    }

    /// Runs `read` on the entry of `key`, without a lock.
    #[inline]
    pub(super) fn find<Q, R>(
        &self,
        lane: Lane<'_>,
        fingerprint: u32,
        key: &Q,
        read: impl FnOnce(&Entry<K, V>) -> R,
    ) -> Found<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        assert!(lane.is_of(&self.open.lanes));
        let _reading = lane.read();
        let moves = self.open.moves.load(Acquire);
        // SAFETY: `_reading` lives.
        let found = unsafe { self.open.search(fingerprint, |entry| key.equivalent(&entry.key)) };
        if let Some(spot) = found {
            // SAFETY: rules 1 and 2: the spot was reached from the buckets, and `_reading` lives.
            return Found::Entry(unsafe { self.open.with(spot, read) });
        }
        fence(Acquire);
        let still = moves & 1 == 0 && self.open.moves.load(Relaxed) == moves || planted!("moves");
        if still { Found::Nothing } else { Found::Unknown }
    }

    /// What `read` makes of every entry that is in the table now. The lock is held while they are counted, not while
    /// they are read.
    pub(super) fn collect<R>(
        &self,
        lane: Lane<'_>,
        mut read: impl FnMut(&Entry<K, V>) -> Option<R>,
    ) -> Vec<R> {
        assert!(lane.is_of(&self.open.lanes));
        // In this order: who drains the table waits for its readers, and has the lock meanwhile.
        let locked = self.lock();
        let _reading = lane.read();
        let spots = locked.all();
        drop(locked);
        // SAFETY: rules 1 and 2: they were in the table when `_reading` lived already.
        let read = spots.into_iter().filter_map(|spot| unsafe { self.open.with(spot, &mut read) });
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
    /// Where the entry with this fingerprint is that `is_it`.
    ///
    /// # Safety
    /// The caller goes by rule 4, or holds the lock.
    #[inline]
    unsafe fn search(
        &self,
        fingerprint: u32,
        is_it: impl Fn(&Entry<K, V>) -> bool,
    ) -> Option<Spot> {
        // SAFETY: says the caller.
        let mut next = unsafe { self.heads.bucket(fingerprint) }.load(Acquire);
        while next != NONE {
            let spot = Spot(next);
            // SAFETY: rules 1 and 2.
            let here = unsafe { self.slab.slot(spot) };
            // SAFETY: rules 1 and 2.
            if here.fingerprint.load(Relaxed) == fingerprint && unsafe { self.with(spot, &is_it) } {
                return Some(spot);
            }
            next = here.next.load(Acquire);
        }
        None
    }

    /// # Safety
    /// There is an entry at `spot`, by rules 1 and 2, until `read` has returned.
    #[inline]
    unsafe fn with<R>(&self, spot: Spot, read: impl FnOnce(&Entry<K, V>) -> R) -> R {
        // SAFETY: the slot is there, and it is filled.
        unsafe { self.slab.slot(spot).entry.with(|entry| read((*entry).assume_init_ref())) }
    }
}
