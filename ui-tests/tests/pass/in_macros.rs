//! Functions that other macros write.
#![deny(warnings)]
#![forbid(unsafe_code)]

use larder::prelude::*;

macro_rules! memoized {
    (
        $(#[$attr:meta])*
        $vis:vis fn $name:ident($($arg:ident: $t:ty,)* @ $p:pat) -> $r:ty $body:block
        ttl: $ttl:expr, size: $size:literal, skip: $skip:ident, crate: $larder:path
    ) => {
        #[async_ttl(ttl = $ttl, maxsize = $size, skip($skip), crate = $larder)]
        $(#[$attr])*
        $vis async fn $name($($arg: $t,)* $p: (u8, u8)) -> $r $body
    };
}

memoized! {
    /// Docs.
    #[allow(clippy::all)]
    pub fn forwarded(a: u32, b: &str, c: Option<&str>, f: f64, v: Vec<&str>, @ (u, _)) -> u32 {
        let _ = (b, c, f, v, u);
        a
    }
    ttl: "5s", size: 10, skip: a, crate: ::larder
}

macro_rules! hygienic {
    ($name:ident, $arg:ident) => {
        // Two arguments of one spelling, of different origin.
        #[async_lru]
        async fn $name(x: u32, $arg: u32) -> u32 {
            x * 10 + $arg
        }
    };
}
hygienic!(two_of_a_name, x);

macro_rules! keyed {
    ($key:expr, $($entry:tt)*) => {
        #[async_lru(key = $key)]
        async fn keyed(id: u32) -> u32 {
            id
        }
        #[invalidates($($entry)*)]
        async fn update(id: u32) {
            let _ = id;
        }
    };
}
// The same for all calls, and no literal.
const ONE: u32 = 1;
keyed!(ONE, keyed(1));

macro_rules! entry {
    ($entry:expr) => {
        #[invalidates($entry)]
        async fn update_entry() {}
    };
}
entry!(keyed(..));

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(forwarded(1, "b", None, 1.0, vec![], (1, 2)).await, 1);
    assert_eq!(two_of_a_name(1, 2).await, 12);
    assert_eq!(keyed(7).await, 7);
    update(1).await;
    assert_eq!(keyed.cache().len(), 0);
    keyed(7).await;
    update_entry().await;
    assert_eq!(keyed.cache().len(), 0);
}
