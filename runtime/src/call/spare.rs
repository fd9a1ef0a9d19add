//! The memory of a body that has ended, which its thread keeps for the next one.
//!
//! A body is boxed before it is polled, for then it may be anybody's. Where it is ready at once that was for nothing, and
//! to ask the allocator for the box and to give it back was a fifteenth of the instructions of a miss.

use std::alloc::{Layout, dealloc};
use std::cell::Cell;
use std::pin::Pin;
use std::ptr::NonNull;

/// Bodies that are larger than this, in bytes, are left to the allocator.
const MOST: usize = 1024;

/// Memory from the global allocator, with nothing in it.
struct Memory {
    start: NonNull<u8>,
    /// That it was asked for with, of one byte at least.
    layout: Layout,
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it is ours, and of this layout.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

thread_local! {
    static SPARE: Cell<Option<Memory>> = const { Cell::new(None) };
}

/// Whether memory of this layout is worth keeping.
#[inline]
fn is_kept(layout: Layout) -> bool {
    (1..=MOST).contains(&layout.size())
}

/// As `Box::pin`.
#[inline]
pub(super) fn pin<T>(body: T) -> Pin<Box<T>> {
    let layout = Layout::new::<T>();
    if !is_kept(layout) {
        return Box::pin(body);
    }
    // None when the thread is ending.
    let spare = SPARE.try_with(Cell::take).ok().flatten();
    let Some(memory) = spare.filter(|memory| memory.layout == layout) else {
        return Box::pin(body);
    };
    let start = memory.start.cast::<T>();
    std::mem::forget(memory);
    // SAFETY: the memory is as a box of this type would have asked for it, nothing is in it, and nobody else knows of it.
    unsafe {
        start.write(body);
        Box::into_pin(Box::from_raw(start.as_ptr()))
    }
}

/// Drops a body and keeps its memory.
#[inline]
pub(super) fn drop_pinned<T: ?Sized>(body: Pin<Box<T>>) {
    let layout = Layout::for_value(&*body);
    if !is_kept(layout) {
        return;
    }
    // SAFETY: it is dropped where it is.
    let body = NonNull::from(Box::leak(unsafe { Pin::into_inner_unchecked(body) }));
    // Freed also when the next line panics.
    let memory = Memory { start: body.cast(), layout };
    // SAFETY: it was a box's, and is not touched again.
    unsafe { body.drop_in_place() };
    let _ = SPARE.try_with(|spare| spare.set(Some(memory)));
}

#[cfg(test)]
mod tests {
    use super::{MOST, drop_pinned, pin};
    use std::fmt::Debug;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::Pin;
    use std::rc::Rc;

    fn address<T>(body: &Pin<Box<T>>) -> usize {
        std::ptr::from_ref(&**body).addr()
    }

    #[test]
    fn the_next_of_the_same_layout_has_it() {
        let first = pin([1_u64; 4]);
        let memory = address(&first);
        drop_pinned(first);
        let second = pin([2.0_f64; 4]);
        assert_eq!((address(&second), *second), (memory, [2.0; 4]));
        let third = pin([3_u64; 4]);
        assert_eq!((*second, *third), ([2.0; 4], [3; 4]));
        let any: Pin<Box<dyn Debug>> = second;
        drop_pinned(any);
        assert_eq!(*pin([4_u8; 32]), [4; 32], "which is of another alignment");
        drop_pinned(third);
    }

    #[test]
    fn what_is_in_it_is_dropped_once() {
        let counted = Rc::new(());
        for _ in 0..3 {
            let body = pin((counted.clone(), [0_u8; 24]));
            assert_eq!(Rc::strong_count(&counted), 2);
            drop_pinned(body);
            assert_eq!(Rc::strong_count(&counted), 1);
        }
    }

    #[test]
    fn nothing_and_much_are_left_to_the_allocator() {
        drop_pinned(pin(()));
        let body = pin([7_u8; MOST + 1]);
        assert_eq!(*body, [7; MOST + 1]);
        drop_pinned(body);
    }

    #[test]
    fn a_drop_that_panics_takes_the_memory_along() {
        struct Panics(#[expect(dead_code, reason = "for its size")] u64);
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("as asked");
            }
        }
        let body = pin(Panics(1));
        catch_unwind(AssertUnwindSafe(|| drop_pinned(body))).unwrap_err();
        assert_eq!(*pin(5_u64), 5);
    }
}
