//! The target `codec_decode` on random bytes, where there is no cargo-fuzz.
//!
//! `cargo run --release --no-default-features --bin codec_random -- [SECONDS [SEED]]`. The seed of an input is printed when
//! it fails; given as `SEED` it is the first.

fn main() {
    larder_fuzz::run("codec_random", 120, larder_fuzz::codec);
}
