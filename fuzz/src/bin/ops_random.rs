//! The target `ops` on random bytes, where there is no cargo-fuzz.
//!
//! `cargo run --release --no-default-features --bin ops_random -- [SECONDS [SEED]]`. The seed of an input is printed when it
//! fails; given as `SEED` it is the first.

fn main() {
    larder_fuzz::run("ops_random", 3000, larder_fuzz::ops);
}
