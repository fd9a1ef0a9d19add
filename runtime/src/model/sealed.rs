//! A value that shows whether it is whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering::SeqCst};

const SEAL: u64 = 0x9E37_79B9_7F4A_7C15;

/// How many sealed values there are of one scenario.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<AtomicIsize>);

impl Ledger {
    pub(crate) fn seal(&self, number: u64) -> Sealed {
        self.0.fetch_add(1, SeqCst);
        Sealed { number, seal: Box::new(number ^ SEAL), ledger: self.clone() }
    }

    /// Whether every value has been dropped, and none twice.
    pub(crate) fn is_even(&self) -> bool {
        self.0.load(SeqCst) == 0
    }
}

/// A number with a seal, on the heap. A copy, a look and the end of it find a broken one.
pub(crate) struct Sealed {
    number: u64,
    seal: Box<u64>,
    ledger: Ledger,
}

impl Sealed {
    /// The number under the seal.
    pub(crate) fn number(&self) -> u64 {
        assert_eq!(*self.seal, self.number ^ SEAL, "a value that is not whole");
        self.number
    }
}

impl Clone for Sealed {
    fn clone(&self) -> Self {
        self.ledger.seal(self.number())
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        let whole = *self.seal == self.number ^ SEAL;
        self.number = 0;
        self.ledger.0.fetch_sub(1, SeqCst);
        assert!(whole || std::thread::panicking(), "a value that is not whole");
    }
}
