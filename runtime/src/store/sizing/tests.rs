use super::*;
use crate::cache::Policy;
use std::collections::{BTreeMap, HashMap};

const ACCESSES: u64 = 100_000;

/// A number out of nowhere, the same for the same one.
fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

fn hash(key: u64, seed: u64) -> u64 {
    mix(key.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(mix(seed + 1)))
}

/// Keys by Zipf's law: the nth is asked for as often as 1/n of the first.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distribution"
)]
fn zipf(keys: u64) -> impl Iterator<Item = u64> {
    let uniform = |turn| (hash(turn, 77) >> 11) as f64 / (1_u64 << 53) as f64;
    (0..ACCESSES).map(move |turn| (uniform(turn) * (keys as f64).ln()).exp() as u64)
}

/// The fingerprint of a key.
fn print(key: u64, seed: u64) -> u32 {
    crate::store::fingerprint(hash(key, seed))
}

/// What a cache really does, told by nothing that is tested here.
fn lru_hits(keys: impl Iterator<Item = u64>, capacity: usize) -> u64 {
    let (mut used, mut order, mut hits) = (HashMap::new(), BTreeMap::new(), 0);
    for (now, key) in keys.enumerate() {
        if let Some(before) = used.insert(key, now) {
            order.remove(&before);
            hits += 1;
        }
        order.insert(now, key);
        if used.len() > capacity
            && let Some((_, oldest)) = order.pop_first()
        {
            used.remove(&oldest);
        }
    }
    hits
}

fn sizer(entries: u64, policy: Policy) -> Sizer {
    Sizer::new(entries, policy, Served::default())
}

/// So many accesses to ten keys in turn.
fn ask_for_ten(sizer: &mut Sizer, accesses: u64) {
    (0..accesses).for_each(|turn| sizer.access(print(turn % 10, 1), || served(FIRST_BURST)));
}

/// After so many accesses, found or not.
fn served(accesses: u64) -> Served {
    Served { hits: accesses, misses: 0 }
}

/// The sizes around one.
fn sizes(entries: u64) -> [u64; CACHES] {
    FACTORS.map(|(times, part)| entries * times / part)
}

/// Watches a cache with this traffic, and those of other sizes, in full.
fn watch(
    keys: impl Iterator<Item = u64>,
    entries: u64,
    policy: Policy,
    seed: u64,
) -> (Sizer, Tally) {
    let mut sizer = sizer(entries, policy);
    let mut caches = Miniatures::new(sizes(entries), policy);
    for key in keys {
        if print(key, seed) > sizer.limit() {
            sizer.access(print(key, seed), || present(caches.tally()));
        }
        caches.access(print(key, 0));
        sizer.resume(present(caches.tally()));
    }
    (sizer, *caches.tally())
}

/// What the cache of the present size has served.
fn present(tally: &Tally) -> Served {
    let misses = tally.misses[2];
    Served { hits: tally.accesses - misses, misses }
}

/// The hit rates that there should be.
#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn exact(tally: &Tally) -> [f64; CACHES] {
    tally.misses.map(|misses| 1.0 - misses as f64 / tally.accesses as f64)
}

/// By how many points the rates are off.
fn errors(rates: [f64; CACHES], tally: &Tally) -> [f64; CACHES] {
    let exact = exact(tally);
    std::array::from_fn(|size| 100.0 * (rates[size] - exact[size]).abs())
}

/// By how many points the rates are off at worst.
fn error(rates: [f64; CACHES], tally: &Tally) -> f64 {
    errors(rates, tally).into_iter().fold(0.0, f64::max)
}

/// Which keys are in the sample is luck, so one estimate may be further off than the mean.
#[test]
fn as_if_the_cache_had_been_of_that_size() {
    let mut all = Vec::new();
    for seed in 1..=5 {
        let (sizer, tally) = watch(zipf(30_000), 2000, Policy::Lru, seed);
        assert!((30_000..70_000).contains(&sizer.sampled()), "{}", sizer.sampled());
        all.extend(errors(sizer.hit_rates(present(&tally)), &tally));
    }
    assert!(all.iter().sum::<f64>() < 0.5 * 30.0, "{all:?}");
    assert!(all.iter().all(|error| *error < 2.0), "{all:?}");
}

#[test]
fn with_the_cache_s_own_policy() {
    for policy in [Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu] {
        let (sizer, tally) = watch(zipf(30_000), 2000, policy, 1);
        let error = error(sizer.hit_rates(present(&tally)), &tally);
        assert!(error < 3.0, "{policy}: {error} points");
    }
}

#[test]
fn all_keys_of_a_small_cache() {
    let (sizer, tally) = watch(zipf(3000), 100, Policy::Lru, 1);
    for (misses, size) in tally.misses.into_iter().zip([25, 50, 100, 200, 400, 800]) {
        assert_eq!(misses, ACCESSES - lru_hits(zipf(3000), size));
    }
    assert_eq!(sizer.sampled(), ACCESSES);
    assert!(error(sizer.hit_rates(present(&tally)), &tally) < 0.1);
}

/// A key that half of all accesses ask for is in the sample or not, and either way the advice is the same.
#[test]
fn a_popular_key_does_not_matter() {
    let popular = |sampled: bool| {
        let above = |key: &u64| (print(*key, 1) > limit(2000)) == sampled;
        let key = (1_000_000..2_000_000).find(above).unwrap();
        zipf(30_000).enumerate().map(move |(turn, other)| if turn % 2 == 0 { key } else { other })
    };
    for sampled in [false, true] {
        let (sizer, tally) = watch(popular(sampled), 2000, Policy::Lru, 1);
        let error = error(sizer.hit_rates(present(&tally)), &tally);
        assert!(error < 2.0, "{error} points");
    }
}

#[test]
fn memory_is_bounded() {
    let mut miniatures = Miniatures::new(capacities(1_000_000), Policy::S3Fifo);
    let most: u64 = capacities(1_000_000).iter().sum();
    for turn in 0..100_000 {
        miniatures.access(print(turn % (1 + turn / 5), 1));
    }
    assert!(miniatures.places() <= usize::try_from(most).unwrap() + 1, "{}", miniatures.places());
    assert_eq!(most, 16_128);
}

#[test]
fn the_work_stays_within_its_share() {
    let mut sizer = sizer(100, Policy::Lru);
    let (mut turns, mut accesses, all) = (0, 0, 400 * FIRST_BURST);
    let mut advance = None;
    while accesses < all {
        let limit = sizer.limit();
        if limit == NONE {
            // In a pause only the misses report, here one access in a thousand.
            accesses += 1000;
            sizer.resume(served(accesses));
        } else {
            accesses += 1;
            sizer.access(print(accesses % 20, 1), || served(accesses));
        }
        turns += u64::from(sizer.limit() != limit);
        if turns == 2 {
            advance.get_or_insert(sizer.done);
        }
    }
    assert!(turns >= 4, "{turns} turns");
    // The first burst is an advance, and the last one is paid for by what comes after.
    let done = sizer.done - advance.unwrap();
    assert!(done * SPARING <= all, "{done} for {all}");
    assert!(done * SPARING * 2 >= all, "{done} for {all}");
}

#[test]
fn a_large_cache_has_no_pauses() {
    let mut sizer = sizer(1_000_000, Policy::Lru);
    for turn in 0..3 * BURST {
        let print = limit(1_000_000) + 1 + print(turn % 10_000, 1) / 4000;
        let served = served(turn * 1_000_000 / sample(1_000_000));
        sizer.access(print, || served);
        sizer.resume(served);
        assert_eq!(sizer.limit(), limit(1_000_000));
    }
    assert_eq!(sizer.sampled(), 3 * BURST);
}

#[test]
fn reports_that_were_dropped_are_paid_for() {
    let mut sizer = sizer(100, Policy::Lru);
    // Three of four find the lock taken.
    (1..=FIRST_BURST).for_each(|turn| sizer.access(print(turn % 10, 1), || served(4 * turn)));
    sizer.resume(served(due_after(4 * FIRST_BURST) - 1));
    assert_eq!(sizer.limit(), NONE);
    sizer.resume(served(due_after(4 * FIRST_BURST)));
    assert_eq!(sizer.limit(), 0);
}

#[test]
fn a_burst_after_a_pause_warms_up() {
    let mut sizer = sizer(100, Policy::Lru);
    ask_for_ten(&mut sizer, FIRST_BURST);
    assert_eq!(sizer.limit(), NONE);
    sizer.resume(served(due_after(FIRST_BURST) - 1));
    assert_eq!(sizer.limit(), NONE);
    // Who comes too late changes nothing.
    ask_for_ten(&mut sizer, 5);
    sizer.resume(served(u64::MAX));
    assert_eq!(sizer.limit(), 0);
    assert_eq!(sizer.sampled(), FIRST_BURST);
    ask_for_ten(&mut sizer, WARM_UP + 5);
    assert_eq!(sizer.sampled(), FIRST_BURST + 5);
}

/// The first burst has all the misses that filled the cache.
#[test]
fn a_burst_stands_for_its_own_misses() {
    let (sizer, tally) = watch((0..2 * FIRST_BURST).map(|turn| turn % 50), 100, Policy::Lru, 1);
    let served = present(&tally);
    assert_eq!((sizer.sampled(), served.misses), (FIRST_BURST, 50));
    let rates = sizer.hit_rates(served);
    assert!(rates[0] < 0.01 && rates[1..].iter().all(|rate| *rate > 0.999), "{rates:?}");
}

/// When the first burst is paid for, with so many reports.
fn due_after(reports: u64) -> u64 {
    // Ten keys miss once each in all six.
    SPARING * (reports + MISS * 10 * 6) / (FIRST_BURST / BURST)
}

#[test]
fn what_was_removed_is_missed_by_all() {
    for policy in [Policy::Lru, Policy::S3Fifo, Policy::TinyLfu] {
        let mut sizer = sizer(100, policy);
        sizer.access(7, || served(0));
        sizer.access(7, || served(0));
        assert_eq!(sizer.seen(served(0)).tally, Tally { accesses: 2, misses: [1; CACHES] });
        sizer.forget(7);
        sizer.forget(8);
        sizer.access(7, || served(0));
        assert_eq!(sizer.seen(served(0)).tally, Tally { accesses: 3, misses: [2; CACHES] });
        // And it has made room.
        for key in 100..200 {
            sizer.access(key, || served(0));
            sizer.forget(key);
        }
        let before = sizer.seen(served(0)).tally.misses;
        (0..40).for_each(|turn| sizer.access(200 + turn % 20, || served(0)));
        assert_eq!(sizer.seen(served(0)).tally.misses, before.map(|misses| misses + 20));
        sizer.clear();
        (0..40).for_each(|turn| sizer.access(200 + turn % 20, || served(0)));
        assert_eq!(sizer.seen(served(0)).tally.misses, before.map(|misses| misses + 40));
    }
}

#[test]
fn a_reset_keeps_what_the_miniatures_hold() {
    let mut sizer = sizer(100, Policy::Lru);
    (0..50).for_each(|key| sizer.access(print(key, 1), || served(0)));
    let before = Served { hits: 0, misses: 50 };
    sizer.reset(before);
    assert!(sizer.hit_rates(before).iter().all(|rate| *rate == 0.0));
    (0..50).for_each(|key| sizer.access(print(key, 1), || served(0)));
    let rates = sizer.hit_rates(Served { hits: 50, misses: 50 });
    assert_eq!(sizer.sampled(), 50);
    assert!(rates[0] < 0.6 && rates[1..] == [1.0; 5], "{rates:?}");
}

#[test]
fn a_reset_in_a_pause_leaves_the_advice_until_there_is_more() {
    let mut sizer = sizer(100, Policy::Lru);
    ask_for_ten(&mut sizer, FIRST_BURST);
    let half = Served { hits: FIRST_BURST / 2, misses: FIRST_BURST / 2 };
    let before = sizer.hit_rates(half);
    assert!((0.4..0.6).contains(&before[2]), "{before:?}");
    sizer.reset(half);
    assert_eq!((sizer.sampled(), sizer.limit()), (FIRST_BURST, NONE));
    assert_eq!(sizer.hit_rates(half).map(f64::to_bits), before.map(f64::to_bits));
    sizer.resume(served(u64::MAX));
    ask_for_ten(&mut sizer, BURST);
    assert_eq!(sizer.sampled(), BURST - WARM_UP);
    let since = Served { hits: 3 * FIRST_BURST, misses: 0 };
    assert!(sizer.hit_rates(since)[2] > 0.99);
}

#[test]
fn a_resize_before_the_first_access_leaves_the_advance() {
    let mut sizer = sizer(100, Policy::Lru);
    sizer.resize(200, served(0));
    ask_for_ten(&mut sizer, BURST);
    assert_eq!(sizer.limit(), 0);
    sizer.resize(100, served(BURST));
    ask_for_ten(&mut sizer, BURST);
    assert_eq!(sizer.limit(), NONE, "and there is just one");
}

#[test]
fn a_resize_begins_a_burst() {
    let mut sizer = sizer(100, Policy::Lru);
    ask_for_ten(&mut sizer, FIRST_BURST);
    assert_eq!(sizer.limit(), NONE);
    sizer.resize(2000, served(FIRST_BURST));
    assert_eq!(sizer.limit(), limit(2000));
    assert_eq!((sizer.sampled(), sizer.hit_rates(served(FIRST_BURST))), (0, [0.0; CACHES]));
}

#[test]
fn sizes_at_the_edge() {
    for entries in [0, 1, 3, u64::MAX] {
        let mut sizer = sizer(10, Policy::S3Fifo);
        sizer.resize(entries, served(20));
        sizer.resume(served(u64::MAX));
        (0..1000).for_each(|turn| sizer.access(print(turn % 7, 1), || served(20 + turn)));
        let rates = sizer.hit_rates(Served { hits: 100, misses: 100 });
        assert!(rates.iter().all(|rate| (0.0..=1.0).contains(rate)));
    }
}
