//! A crate without a prelude, in which every name that generated code might use means something
//! else.
#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]
#![allow(dead_code)]

mod std {}
mod core {}
mod larder {}
struct Result;
struct Option;
struct Some;
struct None;
struct Ok;
struct Vec;
struct String;
struct Send;
struct ToOwned;
struct Clone;
struct Future;
struct Call;
struct Memoized;
#[allow(non_camel_case_types)]
struct u64;
#[allow(non_camel_case_types)]
struct f64;
struct Shelf;

use ::larder::{async_lru, async_ttl, invalidates};

#[async_lru(skip_args = 1, ttl = "5s")]
async fn find(x: &u32, y: &str, z: ::core::option::Option<&str>, half: ::core::primitive::f64) -> u32 {
    let _ = (y, z, half);
    *x
}

#[async_ttl(cache_err = "5s", skip_none)]
async fn results(
    x: ::core::primitive::f32,
    words: ::std::vec::Vec<&str>,
) -> ::core::result::Result<::core::option::Option<u32>, u8> {
    let _ = (x, words);
    ::core::result::Result::Ok(::core::option::Option::Some(1))
}

#[async_lru]
async fn own_types(x: u32, y: &u8) -> () {
    let _ = (x, y);
}

impl Shelf {
    #[async_lru(skip(self), maxsize = 3)]
    async fn item(&self, a: &str, b: &str) -> ::core::result::Result<u32, ::std::string::String> {
        let _ = (a, b);
        ::core::result::Result::Ok(1)
    }

    #[invalidates(self.item(..), find(&1, "a", ::core::option::Option::None, 1.0))]
    async fn update(&self) {}
}

fn main() {
    let runtime = ::tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        ::std::assert_eq!(find(&1, "", ::core::option::Option::None, 1.0).await, 1);
        ::std::assert!(results(1.0, ::std::vec::Vec::new()).await.is_ok());
        own_types(1, &2).await;
        ::std::assert!(Shelf.item("", "").await.is_ok());
        Shelf.update().await;
    });
}
