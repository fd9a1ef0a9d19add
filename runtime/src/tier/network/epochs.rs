//! The numbers of namespaces that a process has seen.

use parking_lot::Mutex;
use std::collections::HashMap;

/// The number that each namespace had when it was last seen. It may have another one by now: these are guesses, which save
/// a round trip when they are right, and cost one when they are wrong.
#[derive(Debug, Default)]
pub(super) struct Epochs(Mutex<HashMap<Box<str>, u64>>);

impl Epochs {
    /// There are as many namespaces as functions: whoever has more makes them up, and can do with more round trips.
    const MOST: usize = 4096;

    pub(super) fn guess(&self, namespace: &str) -> Option<u64> {
        self.0.lock().get(namespace).copied()
    }

    /// Remembers the number of a namespace, and returns it.
    pub(super) fn seen(&self, namespace: &str, epoch: u64) -> u64 {
        let mut epochs = self.0.lock();
        if let Some(known) = epochs.get_mut(namespace) {
            *known = epoch;
            return epoch;
        }
        if epochs.len() >= Self::MOST {
            epochs.clear();
        }
        epochs.insert(namespace.into(), epoch);
        epoch
    }
}

#[cfg(test)]
mod tests {
    use super::Epochs;

    #[test]
    fn the_last_is_remembered_and_the_number_of_names_is_bounded() {
        let epochs = Epochs::default();
        assert_eq!(epochs.guess("n"), None);
        epochs.seen("n", 1);
        epochs.seen("n", 2);
        assert_eq!(epochs.guess("n"), Some(2));
        for other in 0..3 * Epochs::MOST {
            epochs.seen(&other.to_string(), 3);
            assert!(epochs.0.lock().len() <= Epochs::MOST);
        }
        assert_eq!(epochs.guess(&(3 * Epochs::MOST - 1).to_string()), Some(3));
    }
}
