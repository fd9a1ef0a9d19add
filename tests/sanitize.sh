#!/usr/bin/env bash
# The tests that are hard on the store, under AddressSanitizer and LeakSanitizer: what is read after it was freed, what is
# freed twice, what is never freed.
#
# The sanitizers are a part of every toolchain, behind a flag that is not stable. Where it does not work this says so and
# ends well: nothing is installed for it.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address RUST_BACKTRACE=0
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/sanitize
# Model tests of a thousand and more cases are for speed without a sanitizer.
export PROPTEST_CASES=${PROPTEST_CASES:-200}

skip() {
    echo "SKIPPED: no sanitizer here: $1"
    exit 0
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# One that is planted, to see that the sanitizer sees.
cat >"$scratch/planted.rs" <<'RUST'
fn main() {
    let freed = Box::into_raw(Box::new([1_u8; 64]));
    drop(unsafe { Box::from_raw(freed) });
    println!("{}", unsafe { std::ptr::read_volatile(freed.cast::<u8>()) });
}
RUST
rustc -Zsanitizer=address --target "$host" -o "$scratch/planted" "$scratch/planted.rs" \
    >"$scratch/log" 2>&1 || skip "$(head -1 "$scratch/log")"
if "$scratch/planted" >"$scratch/log" 2>&1; then
    skip "it does not find what is planted"
fi
grep -q heap-use-after-free "$scratch/log" || skip "$(head -1 "$scratch/log")"
echo "the sanitizer works: it has found what was planted"

# What is made for a static is never dropped, in its own test neither.
printf 'leak:function::erased::tests\nleak:function::site::Function\n' >"$scratch/suppressions"
# The timer's thread runs as long as the process, and what it has for itself is not looked for where it has it. For the same
# reason tests write their output at once: a thread inherits what it is collected in.
printf 'leak:larder::timer::Timer\nleak:__cxa_thread_atexit_impl\n' >>"$scratch/suppressions"
export LSAN_OPTIONS=suppressions=$scratch/suppressions:print_suppressions=0

cargo test --quiet --target "$host" -p larder --lib -- --test-threads=2 --nocapture
cargo test --quiet --target "$host" -p larder-tests \
    --test lru --test model --test chaos --test lost_update -- --nocapture
# What is being dropped when a `Drop` panics may be lost; it is never dropped twice.
ASAN_OPTIONS=detect_leaks=0 cargo test --quiet --target "$host" -p larder-tests --test hostile
