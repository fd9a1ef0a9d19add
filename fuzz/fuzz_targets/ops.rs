//! `cargo fuzz run --sanitizer none ops -- -timeout=5 -max_len=10000 -max_total_time=30`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| larder_fuzz::ops(bytes));
