//! Every way to write an argument, and names that could clash with generated ones.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::OsStr;
use std::sync::Arc;

use larder::prelude::*;

#[async_lru]
async fn structures(
    word: Option<&str>,
    half: f32,
    words: Vec<&str>,
    pair: (u32, &str),
    title: Cow<'_, str>,
    rows: &[&[f64]],
    fixed: [&str; 2],
    both: (f64, Option<Vec<&str>>),
    nested: &&str,
    owned: &String,
    shared: Arc<str>,
    constant: &'static str,
    function: fn(&str) -> usize,
) -> usize {
    let _ = (half, words, pair, title, rows, fixed, both, nested, owned, shared);
    word.map_or(0, str::len) + function(constant)
}

#[async_lru]
async fn patterns(
    (a, b): (u32, u32),
    mut m: u32,
    _: u8,
    _unused: u8,
    #[allow(unused_variables)] allowed: u8,
    #[expect(unused_variables)] expected: u8,
    [x, ..]: [u32; 3],
) -> u32 {
    m += 1;
    a + b + m + x
}

#[async_lru(key = (a, n))]
async fn keyed_pattern((a, mut b): (u32, u32), mut n: u32) -> u32 {
    b += 1;
    n += 1;
    a + b + n
}

#[async_lru(skip(q))]
async fn skipped_pattern((q, mut r): (u32, u32), _guard: String, _: Vec<u8>) -> u32 {
    r += 1;
    q + r
}

#[async_lru(key = (tenant, name.to_lowercase(), format!("{tenant}-{}", name.len())))]
async fn keyed(_db: &Vec<u8>, tenant: u32, name: &str) -> String {
    format!("{tenant}{name}")
}

#[async_lru(key = ((id), (id + 1) * 2), ttl = (5))]
async fn parentheses(id: u32) -> u32 {
    id
}

#[async_lru(key = ())]
async fn one_entry(x: u32) -> u32 {
    x
}

#[async_lru]
async fn clash(
    key: u32,
    args: u32,
    ask: u32,
    larder: u32,
    __args: u32,
    guard: u32,
    arg0: u32,
    arg1: u32,
    x: u32,
    x0: u32,
    r#type: u32,
    std: u32,
    core: u32,
) -> u32 {
    key + args + ask + larder + __args + guard + arg0 + arg1 + x + x0 + r#type + std + core
}

#[async_lru(skip(args, ask, arg1))]
async fn skipped_clash(args: u32, ask: u32, (arg0, _b): (u32, u32), arg1: u32) -> u32 {
    args + ask + arg0 + arg1
}

#[async_lru(skip(buffer))]
async fn exclusive(buffer: &mut Vec<u8>, id: u32) -> u32 {
    buffer.push(1);
    id
}

#[async_lru(key = id)]
async fn exclusive_by_key(buffer: &mut Vec<u8>, id: u32) -> u32 {
    buffer.push(1);
    id
}

#[async_lru(skip(f))]
async fn anonymous(f: impl Fn(u32) -> u32 + Send, x: u32) -> u32 {
    f(x)
}

#[async_lru]
async fn generic<T, const N: usize>(x: [T; N], y: &T) -> bool
where
    T: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
{
    x.contains(y)
}

#[async_lru]
async fn generic_references<T: Shared>(
    one: &T,
    option: Option<&T>,
    all: &[T],
    each: Vec<&T>,
    fixed: &[T; 2],
    boxed: &Box<T>,
) -> usize {
    let _ = (one, option, fixed, boxed);
    all.len() + each.len()
}

trait Shared: std::hash::Hash + Eq + Clone + Send + Sync + 'static {}
impl Shared for u32 {}

#[async_lru]
async fn unsized_references(
    text: &str,
    path: &std::path::Path,
    os: Option<&OsStr>,
    c: &[&std::ffi::CStr],
    bytes: &[u8],
) -> usize {
    let _ = (text, path, os, c);
    bytes.len()
}

struct Title<T: ?Sized>(T);

#[async_lru(key = title.0.to_vec())]
async fn unsized_by_key(title: &Title<[u8]>) -> usize {
    title.0.len()
}

#[async_lru(skip(run))]
async fn generic_skipped<F: Fn(u32) -> u32 + Send>(run: F, x: u32) -> u32 {
    run(x)
}

#[async_lru]
async fn sixteen(
    a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8,
    i: u8, j: u8, k: u8, l: u8, m: u8, n: u8, o: u8, p: u8,
) -> u8 {
    a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ l ^ m ^ n ^ o ^ p
}

#[async_lru(local, skip(cell))]
async fn local(cell: &Cell<u32>, x: u32) -> u32 {
    tokio::task::yield_now().await;
    cell.set(x);
    x
}

struct Noisy<'a>(&'a Cell<bool>, u32);

impl Drop for Noisy<'_> {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// What the body does not use lives until its end, as in any async function.
#[async_lru(local, skip(_guard, pair, dropped))]
async fn guarded(_guard: Noisy<'_>, pair: Noisy<'_>, dropped: &Cell<bool>) -> u32 {
    let n = pair.1;
    assert!(!dropped.get());
    n
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let owned = "o".to_owned();
    let total = structures(
        Some("a"),
        1.0,
        vec!["x"],
        (1, "b"),
        "c".into(),
        &[&[1.0]],
        ["d", "e"],
        (1.0, Some(vec!["f"])),
        &"g",
        &owned,
        "s".into(),
        "t",
        str::len,
    );
    assert_eq!(total.await, 2);
    assert_eq!(patterns((1, 2), 3, 4, 5, 6, 7, [8, 9, 10]).await, 15);
    assert_eq!(keyed_pattern((1, 2), 3).await, 8);
    assert_eq!(skipped_pattern((1, 2), String::new(), vec![]).await, 4);
    assert_eq!(keyed(&vec![], 1, "A").await, "1A");
    assert_eq!(keyed(&vec![], 1, "a").await, "1A");
    assert_eq!(parentheses(1).await, 1);
    assert_eq!(one_entry(1).await + one_entry(2).await, 2);
    assert_eq!(clash(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1).await, 13);
    assert_eq!(skipped_clash(1, 1, (1, 1), 1).await, 4);
    assert_eq!(exclusive(&mut vec![], 1).await + exclusive_by_key(&mut vec![], 1).await, 2);
    let two = 2;
    assert_eq!(anonymous(|x| x + two, 1).await, 3);
    assert!(generic([1, 2], &1).await);
    let boxed = Box::new(1);
    let references = generic_references(&1, Some(&1), &[1], vec![&1], &[1, 1], &boxed);
    assert_eq!(references.await, 2);
    assert_eq!(unsized_references("", "".as_ref(), Some("".as_ref()), &[c""], &[1]).await, 1);
    let title: &Title<[u8]> = &Title([1, 2]);
    assert_eq!(unsized_by_key(title).await, 2);
    assert_eq!(generic_skipped(|x| x + two, 1).await, 3);
    assert_eq!(sixteen(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16).await, 16);
    assert_eq!(sixteen.get_metrics().misses, 1);
    assert_eq!(local(&Cell::new(1), 1).await, 1);
    let dropped = Cell::new(false);
    assert_eq!(guarded(Noisy(&dropped, 1), Noisy(&dropped, 2), &dropped).await, 2);
    assert!(dropped.get());
}
