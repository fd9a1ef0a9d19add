//! What was removed is not found.

use crate::testing::tiers::check::{Check, entry, key};
use crate::tier::Tier;

pub(crate) async fn all<T: Tier>(tier: &T) {
    removed(tier).await;
    again(tier).await;
    in_another_namespace(tier).await;
}

async fn removed<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[entry("a", "1"), entry("b", "2"), entry("c", "3")]).await;
    check.remove(&[key("a"), key("not there"), key("c")]).await;
    check.expect("a", None, "what was removed is not found").await;
    check.expect("c", None, "what was removed is not found").await;
    check.expect("b", Some("2"), "what was not removed is found").await;
    check.put(&[entry("a", "4")]).await;
    check.expect("a", Some("4"), "what is put after a removal is found").await;
}

/// Those above repeat a removal until it has succeeded.
async fn again<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.remove(&[key("a")]).await;
    check.put(&[entry("a", "1"), entry("b", "2")]).await;
    for _ in 0..3 {
        check.remove(&[key("a")]).await;
        check.expect("a", None, "a removal may be repeated").await;
    }
    check.expect("b", Some("2"), "what was not removed is found").await;
}

async fn in_another_namespace<T: Tier>(tier: &T) {
    let (check, other) = (Check::new(tier), Check::new(tier));
    check.put(&[entry("a", "1")]).await;
    other.put(&[entry("a", "2")]).await;
    other.expect("a", Some("2"), "the same key in two namespaces is two").await;
    check.remove(&[key("a")]).await;
    other.expect("a", Some("2"), "a removal concerns one namespace").await;
}
