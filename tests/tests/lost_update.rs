//! Writers that change one key at the same time: nobody's change is lost.

use larder::prelude::*;
use std::sync::{Arc, Barrier};

fn total(maxsize: Option<usize>) -> u64 {
    let cache: Cache<&str, u64> = Cache::builder().build();
    cache.set_maxsize(maxsize);
    let start = Arc::new(Barrier::new(8));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (cache, start) = (&cache, start.clone());
            scope.spawn(move || {
                start.wait();
                for _ in 0..100 {
                    cache.update("sum", |old: Option<u64>| {
                        // More time between reading and writing for the others.
                        std::thread::yield_now();
                        Some(old.unwrap_or(0) + 1)
                    });
                }
            });
        }
    });
    cache.get("sum").unwrap_or(0)
}

#[test]
fn eight_writers_with_a_hundred_changes_each_make_eight_hundred() {
    assert_eq!(total(None), 800);
    assert_eq!(total(Some(10)), 800);
    assert_eq!(total(Some(100_000)), 800);
}

#[test]
fn updates_that_remove_lose_nothing_either() {
    let cache: Cache<u64, u64> = Cache::new(10);
    let taken: u64 = std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                (0..500).for_each(|_| {
                    cache.update(1, |old| Some(old.unwrap_or(0) + 1));
                });
            });
        }
        let takers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut all = 0;
                    for _ in 0..500 {
                        let mut taken = 0;
                        cache.update(1, |old| {
                            taken = old.unwrap_or(0);
                            None
                        });
                        all += taken;
                    }
                    all
                })
            })
            .collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).sum()
    });
    assert_eq!(taken + cache.get(&1).unwrap_or(0), 2000);
}

#[test]
fn of_many_inserts_of_one_key_one_wins_and_all_agree() {
    for _ in 0..100 {
        let cache: Cache<u64, usize> = Cache::new(10);
        let start = Barrier::new(8);
        let answers: Vec<usize> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let (cache, start) = (&cache, &start);
                    scope.spawn(move || {
                        start.wait();
                        cache.get_or_insert(1, writer)
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let stored = cache.get(&1).unwrap();
        assert!(answers.iter().all(|answer| *answer == stored), "{answers:?}, stored {stored}");
    }
}

/// A large store that was made small has parts without any room.
#[test]
fn an_update_ends_also_where_nothing_can_be_stored() {
    let cache: Cache<u64, u64> = Cache::new(100_000);
    cache.set_maxsize(1);
    for key in 0..100 {
        assert_eq!(cache.update(key, |old| Some(old.unwrap_or(0) + 1)), Some(1));
        assert!(cache.len() <= 1);
    }
}
