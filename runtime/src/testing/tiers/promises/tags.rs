//! Removal by tag, where there are tags.

use crate::testing::tiers::check::{Check, entry};
use crate::tier::{Tier, TierEntry};

pub(crate) async fn all<T: Tier>(tier: &T) {
    if !Check::new(tier).remove_tagged("tag").await {
        return;
    }
    removed(tier).await;
    replaced(tier).await;
    hostile(tier).await;
    after_a_clear(tier).await;
}

async fn removed<T: Tier>(tier: &T) {
    let (check, other) = (Check::new(tier), Check::new(tier));
    check.put(&[tagged(&["x"], "a"), tagged(&["x", "y"], "b"), tagged(&["y"], "c")]).await;
    check.put(&[entry("d", "d")]).await;
    other.put(&[tagged(&["x"], "a")]).await;
    for _ in 0..2 {
        check.remove_tagged("x").await;
        check.expect("a", None, "what has the tag is removed").await;
        check.expect("b", None, "what has the tag among others is removed").await;
        check.expect("c", Some("c"), "what has another tag is not").await;
        check.expect("d", Some("d"), "what has no tag is not").await;
        other.expect("a", Some("a"), "a tag is one of its namespace").await;
    }
    check.remove_tagged("y").await;
    check.expect("c", None, "what has the tag is removed").await;
}

async fn replaced<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[tagged(&["x"], "a"), tagged(&["x"], "b"), entry("c", "c")]).await;
    check.put(&[tagged(&["y"], "a"), entry("b", "b"), tagged(&["x"], "c")]).await;
    check.remove_tagged("x").await;
    check.expect("a", Some("a"), "a put replaces the tags").await;
    check.expect("b", Some("b"), "a put replaces the tags").await;
    check.expect("c", None, "a put brings its own tags").await;
}

async fn hostile<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let tags = ["", " ", "*", "a*", "ab", "%", "_", "x\0", "x", ":", "{t}", "'", "ä", "🥫", "\r\n"];
    for (at, tag) in tags.iter().enumerate() {
        check.put(&[tagged(&[tag, tag], &format!("k{at}"))]).await;
    }
    for (turn, tag) in tags.iter().enumerate() {
        check.remove_tagged(tag).await;
        for at in 0..tags.len() {
            let name = format!("k{at}");
            let expected = (at > turn).then_some(&*name);
            check.expect(&name, expected, "a tag is any text, and stands for itself").await;
        }
    }
}

async fn after_a_clear<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[tagged(&["x"], "a")]).await;
    check.clear().await;
    check.put(&[entry("a", "a"), tagged(&["x"], "b")]).await;
    check.remove_tagged("x").await;
    check.expect("a", Some("a"), "a tag from before a clear is gone").await;
    check.expect("b", None, "what has the tag is removed").await;
}

/// An entry whose value is its name.
fn tagged(tags: &[&str], name: &str) -> TierEntry {
    TierEntry { tags: tags.iter().copied().map(str::to_owned).collect(), ..entry(name, name) }
}
