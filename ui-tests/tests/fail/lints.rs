//! The compiler's own findings come once, and where the user has written what they are about.
#![deny(warnings)]

use larder::prelude::*;

#[async_lru]
async fn unused_argument(keyed: u32) -> u32 {
    1
}

#[async_lru(skip(skipped))]
async fn unused_skipped_argument(skipped: &str, id: u32) -> u32 {
    id
}

#[async_lru]
async fn unused_mut(mut x: u32) -> u32 {
    x
}

#[async_lru]
async fn unused_in_body(x: u32) -> u32 {
    let unused = 1;
    x
}

#[async_lru]
async fn never_called(x: u32) -> u32 {
    x
}

#[async_lru]
async fn unreachable(x: u32) -> u32 {
    return x;
    x
}

fn main() {
    let _ = unused_argument(1);
    let _ = unused_skipped_argument("", 1);
    let _ = unused_mut(1);
    let _ = unreachable(1);
    unused_in_body(1);
    unused_argument(1).invalidate();
}
