//! What `#[invalidates(..)]` does around the body of a mutation.

use super::Call;
use super::gate::{ByNothing, ByValue, Never, Shut};
use super::memo::Memo;
use super::memoized::{Memoized, Standalone};
use crate::cache::{Cache, Key, Value};
use crate::store::Expected;
use std::hash::Hash;

/// When a mutation invalidates what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before its body: what is loaded while it runs is stored.
    Before,
    /// After its body, however it ends.
    After,
    /// Before and after.
    Both,
}

/// Something that can be invalidated at any later time: it owns its key.
pub trait Target {
    /// Invalidates it.
    fn invalidate(&self);
}

/// One entry.
pub struct Entry<K: Hash + Eq, V> {
    cache: Cache<K, V>,
    key: K,
}

impl<K: Key, V: Value> Target for Entry<K, V> {
    fn invalidate(&self) {
        self.cache.inner.remove(&self.key, Expected::Anything);
    }
}

/// Every entry of a function.
pub struct Every<K: Hash + Eq + 'static, V: 'static>(&'static Cache<K, V>);

impl<K: Key, V: Value> Target for Every<K, V> {
    fn invalidate(&self) {
        self.0.clear();
    }
}

/// A memoized call, as opposed to any other expression.
#[diagnostic::on_unimplemented(
    message = "`#[invalidates(..)]` takes calls of memoized functions",
    label = "this is not a memoized call",
    note = "annotate the function that is called with `#[async_lru]` or `#[async_ttl]`; an ordinary function has no entry to drop"
)]
pub trait MemoizedCall<How> {
    /// What is left of it to be invalidated.
    type Entry;
    /// Its entry.
    fn entry(self) -> Self::Entry;
}

// Two impls for everything, so that the compiler neither names a part of the bound nor goes on as if a failed check had
// passed: see `gate`.
impl<C: HasEntry> MemoizedCall<ByValue> for C {
    type Entry = C::Entry;

    fn entry(self) -> C::Entry {
        HasEntry::entry(self)
    }
}

impl<C: Never> MemoizedCall<ByNothing> for C {
    type Entry = Shut;

    fn entry(self) -> Shut {
        Shut
    }
}

/// What calls have.
pub trait HasEntry {
    /// What is left of it to be invalidated.
    type Entry;
    /// Its entry.
    fn entry(self) -> Self::Entry;
}

impl<M: Memoized> HasEntry for Call<M> {
    type Entry = Entry<M::Key, M::Value>;

    fn entry(self) -> Self::Entry {
        Entry { key: self.key(), cache: self.memo.cache().clone() }
    }
}

/// The entry of `f(x)`.
pub fn entry<How, C: MemoizedCall<How>>(call: C) -> C::Entry {
    call.entry()
}

/// Every entry of `f(..)`.
pub fn every<Signature, F: Memo<Signature>>(
    _function: &F,
) -> Every<<F::Call as Memoized>::Key, <F::Call as Memoized>::Value> {
    Every(F::Call::home())
}

/// Stands around the body of a mutation. What is to be done afterwards is done when it is dropped, so a failure, a
/// panic and a future that is dropped half-way are no exceptions.
pub struct Invalidating<T: Target> {
    when: When,
    targets: T,
}

impl<T: Target> Invalidating<T> {
    /// Knows the targets, and has done nothing yet.
    pub fn new(when: When, targets: T) -> Self {
        Self { when, targets }
    }

    /// The body is about to begin.
    pub fn before(&self) {
        if self.when != When::After {
            self.targets.invalidate();
        }
    }
}

impl<T: Target> Drop for Invalidating<T> {
    fn drop(&mut self) {
        if self.when != When::Before {
            self.targets.invalidate();
        }
    }
}

macro_rules! targets {
    ($($target:ident $place:tt),*) => {
        impl<$($target: Target),*> Target for ($($target,)*) {
            fn invalidate(&self) {
                $(self.$place.invalidate();)*
            }
        }
    };
}
macro_rules! all_targets {
    ($(($target:ident $place:tt))*) => { all_targets!(@ [] $(($target $place))*); };
    (@ [$(($t:ident $p:tt))*]) => { targets!($($t $p),*); };
    (@ [$(($t:ident $p:tt))*] ($target:ident $place:tt) $($rest:tt)*) => {
        targets!($($t $p),*);
        all_targets!(@ [$(($t $p))* ($target $place)] $($rest)*);
    };
}
all_targets! {
    (A 0)(B 1)(C 2)(D 3)(E 4)(F 5)(G 6)(H 7)
    (I 8)(J 9)(K 10)(L 11)(M 12)(N 13)(O 14)(P 15)
}
