//! The target `ops` on random bytes, where there is no cargo-fuzz.
//!
//! `cargo run --release --no-default-features --bin ops_random -- [SECONDS [SEED]]`. The seed of an input is printed when it
//! fails; given as `SEED` it is the first.

use std::hash::{BuildHasher, RandomState};
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

const LONGEST: u64 = 3000;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|it| it.parse().expect("a number"));
    let seconds = arguments.next().unwrap_or(30);
    let mut seed = arguments.next().unwrap_or_else(|| RandomState::new().hash_one(0));
    let (begun, mut inputs) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let mut random = Random(seed);
        let length = random.next() % LONGEST;
        let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        if catch_unwind(|| larder_fuzz::ops(&bytes)).is_err() {
            eprintln!("failed with the seed {seed}: ops_random 0 {seed}");
            std::process::exit(1);
        }
        inputs += 1;
        seed = seed.wrapping_add(1);
    }
    if seconds == 0 {
        let mut random = Random(seed);
        let length = random.next() % LONGEST;
        larder_fuzz::ops(&(0..length).map(|_| random.next() as u8).collect::<Vec<_>>());
    }
    println!("{inputs} inputs in {seconds} s, up to the seed {seed}");
}
