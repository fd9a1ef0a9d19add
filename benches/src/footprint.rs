//! What an entry takes beyond its key and its value.

use std::fmt;

use crate::key::{Key, scatter};
use crate::store::{Index, Store};
use crate::{table, tally};

/// A key and a value, eight bytes each.
const PAYLOAD: f64 = 16.0;

/// Moka works off a part of what it has put off at a time.
const SETTLINGS: u32 = 20;

/// A store that is filled and weighed.
pub struct Weighed {
    name: &'static str,
    weigh: Box<dyn Fn(u32) -> Footprint>,
}

/// What a store held, and in how many bytes: when it was full for the first time, and when as many
/// entries again had gone through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Footprint {
    filled: Holding,
    used: Holding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Holding {
    entries: usize,
    bytes: usize,
}

impl Weighed {
    /// A cache, which drops entries when it is full.
    pub(crate) fn cache<S: Store>(name: &'static str, make: fn(usize) -> S) -> Self {
        Self::new(name, make, |store, new, _| store.insert(new, new.value()))
    }

    /// A map, which has to be told.
    pub(crate) fn index<S: Index>(name: &'static str, make: fn(usize) -> S) -> Self {
        Self::new(name, make, |store, new, old| {
            store.insert(new, new.value());
            store.remove(old);
        })
    }

    fn new<S: Store>(name: &'static str, make: fn(usize) -> S, swap: fn(&S, u64, u64)) -> Self {
        Self { name, weigh: Box::new(move |entries| footprint(entries, make, swap)) }
    }
}

impl fmt::Debug for Weighed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Weighed").field(&self.name).finish()
    }
}

fn footprint<S: Store>(entries: u32, make: fn(usize) -> S, swap: fn(&S, u64, u64)) -> Footprint {
    let before = tally::bytes_in_use();
    let store = make(entries as usize);
    let held = || {
        (0..SETTLINGS).for_each(|_| store.settle());
        Holding { entries: store.len(), bytes: tally::bytes_in_use().wrapping_sub(before) }
    };
    let (first, again) = (0..u64::from(entries), u64::from(entries)..2 * u64::from(entries));
    first.clone().map(scatter).for_each(|key| store.insert(key, key.value()));
    let filled = held();
    again.zip(first).for_each(|(new, old)| swap(&store, scatter(new), scatter(old)));
    Footprint { filled, used: held() }
}

impl Holding {
    #[expect(clippy::cast_precision_loss, reason = "bytes in memory are far below 2^52")]
    fn overhead(self) -> f64 {
        self.bytes as f64 / self.entries.max(1) as f64 - PAYLOAD
    }
}

/// Fills each store with so many entries, one after the other, and says in a table what they took.
pub fn table(stores: &[Weighed], entries: u32) -> String {
    let head = ["contestant", "bytes/entry", "entries", "bytes/entry, used", "entries, used"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(stores.iter().map(|store| row(store.name, (store.weigh)(entries))));
    format!(
        "### bytes per entry, {entries} entries\n\nBytes in use beyond the 16 of a `u64` key and \
         its `u64` value, per entry that was there. Used: as many keys again have gone through; \
         maps are told to remove the oldest.\n\n{}",
        table::align(&rows)
    )
}

fn row(name: &str, Footprint { filled, used }: Footprint) -> Vec<String> {
    let cells = [filled, used]
        .map(|holding| [format!("{:.1}", holding.overhead()), holding.entries.to_string()]);
    [name.to_owned()].into_iter().chain(cells.into_iter().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Boxes of 40 bytes and the two words of their slices, in a table that never grows.
    struct Boxes(RefCell<Vec<Box<[u64]>>>);

    impl Store for Boxes {
        fn get(&self, _: u64) -> Option<u64> {
            None
        }

        fn insert(&self, key: u64, value: u64) {
            self.0.borrow_mut().push(vec![key, value, 0, 0, 0].into());
        }

        fn len(&self) -> usize {
            self.0.borrow().len()
        }
    }

    impl Index for Boxes {
        fn remove(&self, _: u64) {
            self.0.borrow_mut().pop();
        }
    }

    #[test]
    fn an_entry_takes_its_box_and_its_place() {
        let weighed = Weighed::index("boxes", |capacity| {
            Boxes(RefCell::new(Vec::with_capacity(capacity + 1)))
        });
        let Footprint { filled, used } = (weighed.weigh)(10_000);
        assert_eq!(filled, used);
        assert!((filled.overhead() - 40.0).abs() < 0.01, "{filled:?}");
    }
}
