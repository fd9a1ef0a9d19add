//! A namespace is any text, and has nothing to do with another.

use crate::testing::tiers::check::{Check, entry, key, unique};
use crate::tier::Tier;

/// What patterns, separators, quotes, terminators and encodings make of names.
const HOSTILE: [&str; 39] = [
    "",
    " ",
    "  ",
    "a",
    "A",
    "a*",
    "ab",
    "a?",
    "a[b]",
    "a\\*",
    "*",
    "?",
    "%",
    "_",
    "a%",
    "a_",
    "ns:",
    "ns::",
    "ns:a",
    "ns:a:e",
    "ns:a:v",
    "ns%3aa",
    ":",
    "{x}",
    "{x}y",
    "{",
    "}{",
    "x\0",
    "x",
    "x\0y",
    "\r\n",
    "x\r\nflush_all",
    "'",
    "\"; --",
    "ä",
    "a\u{308}",
    "名前",
    "🥫",
    "../..",
];

pub(crate) async fn all<T: Tier>(tier: &T) {
    hostile(tier).await;
    one_text_two_ways(tier).await;
    long(tier).await;
    empty(tier).await;
}

async fn hostile<T: Tier>(tier: &T) {
    let prefix = unique();
    let named = |name: &str| Check::named(tier, format!("{prefix}{name}"));
    let checks: Vec<_> = HOSTILE.map(named).into();
    let value = |turn: usize, at: usize| format!("{at} in turn {turn}");
    for (at, check) in checks.iter().enumerate() {
        check.put(&[entry("k", value(0, at))]).await;
    }
    for (turn, cleared) in checks.iter().enumerate() {
        cleared.clear().await;
        for (at, check) in checks.iter().enumerate() {
            let there = value(at.checked_sub(turn + 1).map_or(1, |_| 0), at);
            let expected = (at != turn).then_some(&*there);
            check.expect("k", expected, "a clear concerns one namespace, and all of it").await;
        }
        cleared.put(&[entry("k", value(1, turn))]).await;
    }
    checks[0].remove(&[key("k")]).await;
    for (at, check) in checks.iter().enumerate().skip(1) {
        check.expect("k", Some(&value(1, at)), "a removal concerns one namespace").await;
    }
}

/// A namespace and a key that look like others when they are put one after the other.
async fn one_text_two_ways<T: Tier>(tier: &T) {
    let prefix = unique();
    for separator in [":", "\0", "/", "", "}", ":0:", ":1:"] {
        let short = Check::named(tier, format!("{prefix}a"));
        let long = Check::named(tier, format!("{prefix}a{separator}b"));
        let (in_short, in_long) = (format!("b{separator}c"), "c");
        short.put(&[entry(&in_short, "short")]).await;
        long.put(&[entry(in_long, "long")]).await;
        short.expect(&in_short, Some("short"), "a namespace ends where it ends").await;
        long.expect(in_long, Some("long"), "a namespace ends where it ends").await;
        long.clear().await;
        short.expect(&in_short, Some("short"), "a namespace ends where it ends").await;
        short.clear().await;
    }
}

async fn long<T: Tier>(tier: &T) {
    let name = unique() + &"n".repeat(2_000);
    let (check, other) = (Check::named(tier, name.clone() + "1"), Check::named(tier, name + "2"));
    check.put(&[entry("a", "1")]).await;
    other.put(&[entry("a", "2")]).await;
    check.clear().await;
    check.expect("a", None, "a namespace of a long name is cleared").await;
    other.expect("a", Some("2"), "a long name counts to its end").await;
}

async fn empty<T: Tier>(tier: &T) {
    let (empty, other) = (Check::named(tier, String::new()), Check::new(tier));
    other.put(&[entry("a", "1")]).await;
    empty.clear().await;
    empty.put(&[entry("a", "2")]).await;
    empty.expect("a", Some("2"), "the empty text is a namespace").await;
    empty.clear().await;
    empty.expect("a", None, "the empty text is a namespace").await;
    other.expect("a", Some("1"), "a clear concerns one namespace").await;
}
