//! A value that lives as long as the process, without its type.
//!
//! `dyn Any` can do the same, but asks a virtual method for the type every time, which is a twentieth of a whole hit.
//! Here the type stands beside the pointer, together with what else the value is found by: one comparison tells both.

use std::any::TypeId;
use std::marker::PhantomData;
use std::ptr::NonNull;

pub(super) struct Erased {
    /// Of the mark and the value.
    of: TypeId,
    /// Points to a value of that type, which is `Send` and `Sync` and is never freed.
    value: NonNull<()>,
}

// SAFETY: it only ever gives out shared references to a value that is `Sync`.
unsafe impl Send for Erased {}
// SAFETY: as above.
unsafe impl Sync for Erased {}

impl Erased {
    /// A value that is found by `Mark`. Of that lifetimes do not count.
    pub(super) fn new<Mark, T: Send + Sync + 'static>(value: T) -> Self {
        let value: &'static T = Box::leak(Box::new(value));
        Self { of: Self::id::<Mark, T>(), value: NonNull::from(value).cast() }
    }

    /// The value, if it is a `T` with this mark.
    #[inline]
    pub(super) fn get<Mark, T: 'static>(&self) -> Option<&'static T> {
        if self.of != Self::id::<Mark, T>() {
            return None;
        }
        // SAFETY: `new` has put a value of this very type there, which lives for ever. `T` has no lifetimes, so its part
        // of the id tells it from all others.
        Some(unsafe { self.value.cast().as_ref() })
    }

    #[inline]
    fn id<Mark, T: 'static>() -> TypeId {
        typeid::of::<(PhantomData<Mark>, PhantomData<T>)>()
    }
}

#[cfg(test)]
mod tests {
    use super::Erased;

    #[test]
    fn it_is_what_it_was() {
        let erased = Erased::new::<u8, _>(7_u64);
        assert_eq!((erased.get::<u8, u64>(), erased.get::<u8, i64>()), (Some(&7), None));
        assert_eq!(erased.get::<u64, u64>(), None);
    }
}
