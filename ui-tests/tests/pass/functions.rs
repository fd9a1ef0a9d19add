//! Free functions: references, aliases of `Result`, `?`, early returns, recursion, nesting.
#![deny(warnings)]
#![forbid(unsafe_code)]

use larder::prelude::*;

struct Db;

#[derive(Clone, PartialEq, Debug)]
struct User(u64);

#[derive(Debug, PartialEq)]
struct DbError;

type Found<T> = Result<T, DbError>;

/// Docs stay where they are.
#[async_ttl(ttl = "60s", maxsize = 1024, skip(db))]
#[must_use]
async fn get_user<'a>(db: &'a Db, id: u64, name: &str) -> Found<User> {
    let _ = db;
    tokio::task::yield_now().await;
    if name.is_empty() {
        return Err(DbError);
    }
    let n: u64 = name.parse().map_err(|_| DbError)?;
    Ok(User(id + n))
}

#[async_lru]
async fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    fib(n - 1).await + fib(n - 2).await
}

#[async_lru]
async fn borrowed_fib(n: &u64) -> u64 {
    if *n < 2 { *n } else { borrowed_fib(&(n - 1)).await + borrowed_fib(&(n - 2)).await }
}

#[async_lru(key = n)]
async fn keyed_fib(n: u64) -> u64 {
    if n < 2 { n } else { keyed_fib(n - 1).await + keyed_fib(n - 2).await }
}

#[async_lru]
async fn is_even(n: u64) -> bool {
    if n == 0 { true } else { is_odd(n - 1).await }
}

#[async_lru]
async fn is_odd(n: u64) -> bool {
    if n == 0 { false } else { is_even(n - 1).await }
}

#[async_lru]
async fn nothing() {}

#[async_lru]
async fn never_ok(n: u64) -> Result<u64, String> {
    panic!("{n}")
}

#[async_lru]
async fn inner_attributes(x: u32) {
    #![allow(unused_variables)]
    fn item() {}
    item();
}

async fn nested() -> u32 {
    #[async_lru]
    async fn inner(x: u32) -> u32 {
        #[async_lru]
        async fn innermost(x: u32) -> u32 {
            x + 1
        }
        innermost(x).await
    }
    inner(1).await
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main]
async fn main() {
    assert_eq!(is_send(get_user(&Db, 7, "1")).await, Ok(User(8)));
    assert_eq!(get_user(&Db, 7, "").await, Err(DbError));
    assert_eq!(get_user.get_metrics().misses, 2);
    assert_eq!(tokio::spawn(fib(20)).await.unwrap(), 6765);
    assert_eq!(borrowed_fib(&10).await + keyed_fib(10).await, 110);
    assert!(is_even(10).await);
    nothing().await;
    assert!(tokio::spawn(never_ok(1)).await.is_err());
    inner_attributes(1).await;
    assert_eq!(nested().await, 2);
}
