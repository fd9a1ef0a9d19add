//! A value that lives as long as the process, without its type.
//!
//! `dyn Any` can do the same, but asks a virtual method for the type every time, which is a twentieth of a whole hit.
//! Here the type stands beside the pointer.

use std::any::TypeId;
use std::ptr::NonNull;

pub(super) struct Erased {
    of: TypeId,
    /// Points to a value of that type, which is `Send` and `Sync` and is never freed.
    value: NonNull<()>,
}

// SAFETY: it only ever gives out shared references to a value that is `Sync`.
unsafe impl Send for Erased {}
// SAFETY: as above.
unsafe impl Sync for Erased {}

impl Erased {
    pub(super) fn new<T: Send + Sync + 'static>(value: T) -> Self {
        let value: &'static T = Box::leak(Box::new(value));
        Self { of: TypeId::of::<T>(), value: NonNull::from(value).cast() }
    }

    /// The value, if it is a `T`.
    #[inline]
    pub(super) fn get<T: 'static>(&self) -> Option<&'static T> {
        // SAFETY: `new` has put a value of this very type there, which lives for ever.
        (self.of == TypeId::of::<T>()).then(|| unsafe { self.value.cast().as_ref() })
    }
}

#[cfg(test)]
mod tests {
    use super::Erased;

    #[test]
    fn it_is_what_it_was() {
        let erased = Erased::new(7_u64);
        assert_eq!((erased.get::<u64>(), erased.get::<i64>()), (Some(&7), None));
    }
}
