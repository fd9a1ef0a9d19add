//! Targets on random bytes, where there is no cargo-fuzz.

use std::hash::{BuildHasher, RandomState};
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The input of a seed.
fn input(seed: u64, longest: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let length = random.next() % longest;
    (0..length).map(|_| random.next() as u8).collect()
}

/// The program of a target: `NAME [SECONDS [SEED]]`. The seed of an input is printed when it fails; given as `SEED` it is the
/// first.
pub fn run(name: &str, longest: u64, target: fn(&[u8])) {
    let mut arguments = std::env::args().skip(1).map(|it| it.parse().expect("a number"));
    let seconds = arguments.next().unwrap_or(30);
    let mut seed = arguments.next().unwrap_or_else(|| RandomState::new().hash_one(0));
    let (begun, mut inputs) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        if catch_unwind(|| target(&input(seed, longest))).is_err() {
            eprintln!("failed with the seed {seed}: {name} 0 {seed}");
            std::process::exit(1);
        }
        inputs += 1;
        seed = seed.wrapping_add(1);
    }
    if seconds == 0 {
        target(&input(seed, longest));
    }
    println!("{inputs} inputs in {seconds} s, up to the seed {seed}");
}
