//! `cargo fuzz run --sanitizer none codec_decode -- -timeout=5 -max_len=2000 -max_total_time=30`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| larder_fuzz::codec(bytes));
