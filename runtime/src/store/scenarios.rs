//! Readers without a lock beside a writer: the scenarios of `table` and `lanes`. See `model`.

use super::Fresh;
use super::entry::Entry;
use super::list::Place;
use super::table::{Found, Locked, Spacing, Table, Wish};
use crate::clock::NEVER;
use crate::lanes::Lanes;
use crate::model::Depth::{self, Stops, Whole};
use crate::model::{Ledger, Sealed, explore, join, spawn};
use std::sync::Arc;

/// A table under test, and how many values of it there are.
#[derive(Clone)]
struct Shelf {
    table: Arc<Table<u64, Sealed, ()>>,
    ledger: Ledger,
}

const WISH: Wish = Wish { entries: 1, spacing: Spacing::Apart };

type Writer<'t> = Locked<'t, u64, Sealed, ()>;

impl Shelf {
    /// Takes everything out and puts it in again, as when the store is divided anew.
    fn drain_and_refill(&self) {
        let mut writer = self.table.lock();
        let mut remains = Vec::new();
        for (_, fingerprint, entry) in writer.drain(|key, value| remains.push((key, value))) {
            // At another distance than before.
            writer.insert(fingerprint, entry, Wish { spacing: Spacing::Tight, ..WISH });
        }
        writer.settle();
        release(writer);
    }

    /// With the entries `keys`, of which each has ten times its key for a value.
    fn new(keys: impl IntoIterator<Item = u64>) -> Self {
        let shelf = Self {
            table: Arc::new(Table::new(Arc::new(Lanes::new()), ())),
            ledger: Ledger::default(),
        };
        keys.into_iter().for_each(|key| shelf.insert(key));
        shelf
    }

    fn entry(&self, key: u64, value: u64) -> Entry<u64, Sealed> {
        let value = self.ledger.seal(value);
        let fresh = Fresh { value, now: 0, born: 0, deadline: NEVER, weight: 0 };
        Entry::new(0, key, fresh, 0)
    }

    fn insert(&self, key: u64) {
        self.table.lock().insert(fingerprint(key), self.entry(key, 10 * key), WISH);
    }

    /// The number under `key`; `None` if there may be none.
    fn find(&self, key: u64) -> Found<u64> {
        match self.table.find(fingerprint(key), &key) {
            Found::Entry(sight) => Found::Entry(sight.read(|entry| {
                assert_eq!(entry.key, key);
                entry.value.number()
            })),
            Found::Nothing => Found::Nothing,
            Found::Unknown => Found::Unknown,
        }
    }

    fn replace(&self, key: u64, value: u64) {
        let mut writer = self.table.lock();
        let place = place(&writer, key);
        writer.replace(place, fingerprint(key), self.entry(key, value), WISH);
        release(writer);
    }

    fn remove(&self, key: u64) {
        let mut writer = self.table.lock();
        let place = place(&writer, key);
        writer.remove(place);
        release(writer);
    }

    /// Drops the table and looks whether everything in it has gone, once.
    fn close(self) {
        let ledger = self.ledger.clone();
        drop(self);
        assert!(ledger.is_even());
    }
}

/// Two buckets at first, by the highest bit: odd keys share one.
fn fingerprint(key: u64) -> u32 {
    (u32::try_from(key).expect("keys are small") & 1) << 31
        | u32::try_from(key).expect("keys are small")
}

fn place(writer: &Writer<'_>, key: u64) -> Place {
    writer.find(fingerprint(key), |entry| entry.key == key).expect("it was put in")
}

/// What is let out is dropped when the lock is not held any more.
fn release(mut writer: Writer<'_>) {
    let mut out = Vec::new();
    writer.release(true, |key, value| out.push((key, value)));
    drop(writer);
    drop(out);
}

/// `reads` on as many threads as there are, beside one that `writes`.
fn beside(
    readers: usize,
    shelf: Shelf,
    reads: impl Fn(&Shelf) + Clone + Send + 'static,
    writes: impl FnOnce(&Shelf) + Send + 'static,
) {
    let readers = (0..readers).map(|number| {
        let (shelf, reads) = (shelf.clone(), reads.clone());
        // The last is a guest, who has no lane of his own.
        spawn(if number == 0 { 0 } else { 2 }, move || reads(&shelf))
    });
    let mut threads: Vec<_> = readers.collect();
    let written = shelf.clone();
    threads.push(spawn(1, move || writes(&written)));
    join(threads);
    shelf.close();
}

fn with_one_and_with_two(
    name: &'static str,
    scenario: impl Fn(usize) + Clone + Send + Sync + 'static,
) {
    with_one_to(Whole, name, scenario);
}

fn with_one_to(
    depth: Depth,
    name: &'static str,
    scenario: impl Fn(usize) + Clone + Send + Sync + 'static,
) {
    let depths: [(usize, Depth); 2] = [(1, depth), (2, Stops(3))];
    for (readers, depth) in depths {
        let scenario = scenario.clone();
        explore(&format!("{name}, {readers} reading"), depth, 10, move || scenario(readers));
    }
}

/// Who is found to be reading again has come to an end before.
#[test]
fn a_reader_comes_twice() {
    with_one_and_with_two("comes twice", |readers| {
        beside(
            readers,
            Shelf::new([1]),
            |shelf| {
                for _ in 0..2 {
                    assert!(matches!(shelf.find(1), Found::Entry(10 | 11)));
                }
            },
            |shelf| {
                shelf.replace(1, 11);
                release(shelf.table.lock());
            },
        );
    });
}

/// The second replacement takes the place of the first entry.
#[test]
fn an_entry_is_replaced_and_its_place_used_again() {
    with_one_and_with_two("replaced", |readers| {
        beside(
            readers,
            Shelf::new([1]),
            |shelf| match shelf.find(1) {
                Found::Entry(number) => assert!((10..13).contains(&number)),
                Found::Nothing | Found::Unknown => panic!("there is always one or the other"),
            },
            |shelf| (11..13).for_each(|value| shelf.replace(1, value)),
        );
    });
}

#[test]
fn an_entry_is_removed_and_its_place_given_to_another() {
    with_one_and_with_two("removed", |readers| {
        beside(
            readers,
            Shelf::new([1, 3]),
            |shelf| match shelf.find(1) {
                Found::Entry(number) => assert_eq!(number, 10),
                Found::Nothing => {}
                Found::Unknown => panic!("nothing was moved"),
            },
            |shelf| {
                shelf.remove(1);
                shelf.insert(5);
                shelf.remove(3);
                shelf.insert(7);
            },
        );
    });
}

#[test]
fn buckets_are_doubled() {
    with_one_and_with_two("doubled", |readers| {
        beside(
            readers,
            Shelf::new([1, 2]),
            |shelf| {
                let found = shelf.find(1);
                assert!(matches!(found, Found::Entry(10) | Found::Unknown));
            },
            |shelf| shelf.insert(3),
        );
    });
}

/// As when the store is divided anew: whoever finds nothing meanwhile knows that it means nothing.
#[test]
fn a_table_is_drained_and_filled_again() {
    with_one_to(Stops(4), "drained", |readers| {
        beside(
            readers,
            Shelf::new([1, 3]),
            |shelf| {
                let found = shelf.find(1);
                assert!(matches!(found, Found::Entry(10) | Found::Unknown));
            },
            Shelf::drain_and_refill,
        );
    });
}

#[test]
fn a_table_is_emptied_and_gives_its_memory_back() {
    with_one_and_with_two("emptied", |readers| {
        beside(
            readers,
            Shelf::new([1, 3]),
            |shelf| match shelf.find(1) {
                Found::Entry(number) => assert_eq!(number, 10),
                Found::Nothing => {}
                Found::Unknown => panic!("nothing was moved"),
            },
            |shelf| {
                let mut writer = shelf.table.lock();
                writer.remove_all();
                assert_eq!(writer.len(), 0);
                release(writer);
                shelf.insert(1);
            },
        );
    });
}

#[test]
fn entries_are_collected_while_they_leave() {
    with_one_and_with_two("collected", |readers| {
        beside(
            readers,
            Shelf::new([1, 3]),
            |shelf| {
                let all = shelf.table.collect(|entry| Some((entry.key, entry.value.number())));
                assert!(all.iter().any(|(key, _)| *key == 3), "it never leaves");
                assert!(all.iter().all(|(key, number)| 10 * key == *number));
            },
            |shelf| {
                shelf.remove(1);
                shelf.insert(5);
            },
        );
    });
}

/// Who collects waits for the lock that the other one has, who waits for readers.
#[test]
fn entries_are_collected_while_they_are_drained() {
    with_one_to(Stops(4), "collected while drained", |readers| {
        beside(
            readers,
            Shelf::new([1]),
            |shelf| {
                let all = shelf.table.collect(|entry| Some(entry.value.number()));
                assert_eq!(all, [10]);
            },
            Shelf::drain_and_refill,
        );
    });
}

/// A reader whose `Eq` or `Clone` calls the cache reads within its own reading.
#[test]
fn a_reader_changes_the_table() {
    with_one_and_with_two("changed from within", |readers| {
        beside(
            readers,
            Shelf::new([1, 3]),
            |shelf| {
                let Found::Entry(sight) = shelf.table.find(fingerprint(3), &3) else {
                    panic!("there is always one or the other");
                };
                let number = sight.read(|entry| {
                    let _ = shelf.find(1);
                    shelf.replace(3, 31);
                    entry.value.number()
                });
                assert!(matches!(number, 30 | 31));
            },
            |shelf| shelf.replace(1, 11),
        );
    });
}
