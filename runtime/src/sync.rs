//! Atomics, locks and thread-locals, from the standard library and `parking_lot`.
//!
//! Compiled with `--cfg larder_model --cfg larder_model="loom"`, or `"shuttle"`, they are those of a model checker, which
//! runs the code of `store` and `load` through the orders that its threads can take. What is no part of that stays as it
//! is: the switches, the settings and the hooks.

#[cfg(not(larder_model))]
pub(crate) use real::*;
#[cfg(larder_model = "loom")]
pub(crate) use under_loom::*;
#[cfg(larder_model = "shuttle")]
pub(crate) use under_shuttle::*;

#[cfg(all(any(larder_model = "loom", larder_model = "shuttle"), not(larder_model)))]
compile_error!("a model takes two: --cfg larder_model --cfg larder_model=\"..\"");

#[cfg(not(larder_model))]
mod real {
    pub(crate) use parking_lot::{Mutex, MutexGuard};
    pub(crate) use std::sync::atomic;
    pub(crate) use std::thread::yield_now;
    pub(crate) use std::thread_local;

    /// Memory that is shared under rules of its own.
    #[repr(transparent)]
    pub(crate) struct Shared<T>(std::cell::UnsafeCell<T>);

    impl<T> Shared<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// What may be read. The rules are the caller's.
        #[inline]
        pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            read(self.0.get())
        }

        /// What may be written. The rules are the caller's.
        #[inline]
        pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            write(self.0.get())
        }
    }

    /// Orders all writes before the reads that follow, for all threads.
    #[inline]
    pub(crate) fn full_fence() {
        use atomic::Ordering::SeqCst;
        if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
            // Any exchange is a full fence there, and a cheaper one than the fence.
            let word = atomic::AtomicU32::new(0);
            std::hint::black_box(&word).swap(1, SeqCst);
            atomic::compiler_fence(SeqCst);
        } else {
            atomic::fence(SeqCst);
        }
    }

    /// Orders a write before the reads that follow it, for all threads, and what came earlier before the write: who sees
    /// it may have missed the write before it.
    #[inline]
    pub(crate) fn write_then_fence(word: &atomic::AtomicU64, value: u64) {
        use atomic::Ordering;
        if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
            // The exchange is a full fence there, and a cheaper one than the fence.
            word.swap(value, Ordering::SeqCst);
            atomic::compiler_fence(Ordering::SeqCst);
        } else {
            word.store(value, Ordering::Release);
            atomic::fence(Ordering::SeqCst);
        }
    }
}

/// Whether `LARDER_PLANTED` names this bug.
#[cfg(larder_model)]
pub(crate) fn is_planted(bug: &str) -> bool {
    static PLANTED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let planted = PLANTED.get_or_init(|| std::env::var("LARDER_PLANTED").ok());
    planted.as_deref() == Some(bug)
}

/// What both checkers need: a lock without poison, and a cell.
#[cfg(larder_model)]
macro_rules! model {
    ($checker:ident) => {
        pub(crate) use $checker::sync::atomic;
        pub(crate) use $checker::thread::yield_now;
        pub(crate) use $checker::thread_local;

        pub(crate) type MutexGuard<'a, T> = $checker::sync::MutexGuard<'a, T>;

        #[derive(Debug)]
        pub(crate) struct Mutex<T>($checker::sync::Mutex<T>);

        impl<T> Mutex<T> {
            pub(crate) fn new(value: T) -> Self {
                Self($checker::sync::Mutex::new(value))
            }

            pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
                self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
            }
        }

        impl<T: Default> Default for Mutex<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        pub(crate) fn full_fence() {
            atomic::fence(atomic::Ordering::SeqCst);
        }

        pub(crate) fn write_then_fence(word: &atomic::AtomicU64, value: u64) {
            word.store(value, atomic::Ordering::Release);
            if !planted!("fence") {
                atomic::fence(atomic::Ordering::SeqCst);
            }
        }
    };
}

#[cfg(larder_model = "loom")]
mod under_loom {
    model!(loom);

    pub(crate) struct Shared<T>(loom::cell::UnsafeCell<T>);

    impl<T> Shared<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::cell::UnsafeCell::new(value))
        }

        pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            self.0.with(read)
        }

        pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            self.0.with_mut(write)
        }
    }
}

#[cfg(larder_model = "shuttle")]
mod under_shuttle {
    model!(shuttle);

    pub(crate) struct Shared<T>(std::cell::UnsafeCell<T>);

    impl<T> Shared<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            read(self.0.get())
        }

        pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            write(self.0.get())
        }
    }
}
