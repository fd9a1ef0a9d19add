//! What stands on a function stays on it.
#![deny(warnings)]
#![forbid(unsafe_code)]

use larder::prelude::*;

#[deprecated(note = "use another")]
#[async_lru]
#[inline]
#[cfg(not(any()))]
async fn old(x: u32) -> u32 {
    x
}

#[async_lru]
#[cfg(any())]
async fn absent(x: Missing) -> u32 {
    x
}

#[async_lru]
#[allow(non_snake_case, unused_variables)]
async fn Shouting(UPPER: u32) -> u32 {
    let unused = 1;
    UPPER
}

#[async_lru]
#[expect(unused_variables)]
async fn expecting(x: u32) -> u32 {
    let unused = 1;
    x
}

#[async_lru]
#[must_use = "it is expensive"]
async fn needed(x: u32) -> u32 {
    x
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    #[allow(deprecated)]
    let one = old(1).await;
    assert_eq!(one + Shouting(1).await + expecting(1).await + needed(1).await, 4);
}
