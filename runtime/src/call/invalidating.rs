//! What `#[invalidates(..)]` does around the body of a mutation.

use super::Call;
use super::gate::{ByNothing, ByValue, Never, Shut};
use super::memo::Memo;
use super::memoized::{Home, Memoized, Standalone};
use crate::cache::{Cache, Key, Value};
use crate::load::Settling;
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
    /// Invalidates it, and adds what to wait for.
    fn invalidate(&self, told: &mut Told);
}

/// The tiers that are being told.
#[derive(Default)]
pub struct Told(Vec<Settling>);

impl Told {
    /// Waits until they have been, or for no longer than their time-outs.
    async fn settled(self) {
        for settling in self.0 {
            settling.await;
        }
    }
}

/// One entry.
pub struct Entry<K: Hash + Eq, V> {
    cache: Cache<K, V>,
    key: K,
}

impl<K: Key, V: Value> Target for Entry<K, V> {
    fn invalidate(&self, told: &mut Told) {
        told.0.extend(self.cache.inner.remove(&self.key, Expected::Anything).settling);
    }
}

/// Every entry of a function.
pub struct Every<K: Hash + Eq + 'static, V: 'static>(&'static Cache<K, V>);

impl<K: Key, V: Value> Target for Every<K, V> {
    fn invalidate(&self, told: &mut Told) {
        told.0.extend(self.0.inner.clear());
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
        Entry { key: self.key(), cache: self.memo.home().cache().clone() }
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
    Every(F::Call::own_cache())
}

/// Stands around the body of a mutation. What is to be done afterwards is done when it is dropped if it has not been, so a
/// panic and a future that is dropped half-way are no exceptions.
pub struct Invalidating<T: Target> {
    when: When,
    targets: T,
    over: bool,
}

impl<T: Target> Invalidating<T> {
    /// Knows the targets, and has done nothing yet.
    pub fn new(when: When, targets: T) -> Self {
        Self { when, targets, over: false }
    }

    /// The body is about to begin, when tiers below memory have been told.
    pub async fn before_settled(&self) {
        let mut told = Told::default();
        if self.when != When::After {
            self.targets.invalidate(&mut told);
        }
        told.settled().await;
    }

    /// The body is over, and the mutation when tiers below memory have been told.
    pub async fn after_settled(mut self) {
        let told = self.after();
        told.settled().await;
    }

    fn after(&mut self) -> Told {
        let mut told = Told::default();
        if !std::mem::replace(&mut self.over, true) && self.when != When::Before {
            self.targets.invalidate(&mut told);
        }
        told
    }
}

impl<T: Target> Drop for Invalidating<T> {
    fn drop(&mut self) {
        drop(self.after());
    }
}

macro_rules! targets {
    ($($target:ident $place:tt),*) => {
        impl<$($target: Target),*> Target for ($($target,)*) {
            #[allow(unused_variables, reason = "there may be none")]
            fn invalidate(&self, told: &mut Told) {
                $(self.$place.invalidate(told);)*
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
