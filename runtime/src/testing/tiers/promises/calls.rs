//! Calls at the same time, and calls that nobody waits for.

use crate::testing::tiers::check::{Check, abandon, entry, key, together};
use crate::tier::Tier;

pub(crate) async fn all<T: Tier>(tier: &T) {
    at_the_same_time(tier).await;
    dropped(tier).await;
}

async fn at_the_same_time<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let entries: Vec<_> = (0..200).map(|n| [entry(format!("k{n}"), format!("v{n}"))]).collect();
    together(entries.iter().map(|entry| tier.put(&check.namespace, entry))).await;
    let keys: Vec<_> = (0..200).map(|n| [key(format!("k{n}"))]).collect();
    let all = together(keys.iter().map(|key| tier.get(&check.namespace, key))).await;
    for (fetched, [entry]) in all.iter().zip(&entries) {
        let found = fetched.values.first().and_then(Option::as_ref);
        assert!(found == Some(&entry.value), "calls at the same time get their own answers");
    }
    together(keys[..100].iter().map(|key| tier.remove(&check.namespace, key))).await;
    check.expect("k99", None, "calls at the same time are all done").await;
    check.expect("k100", Some("v100"), "calls at the same time do nothing else").await;
}

/// What is dropped half-way has been done, or has not, or is done later; and the tier goes on.
async fn dropped<T: Tier>(tier: &T) {
    for polls in [0, 1, 1, 2, 3] {
        let (check, untouched) = (Check::new(tier), Check::new(tier));
        let name = &*check.namespace;
        untouched.put(&[entry("a", "1")]).await;
        check.put(&[entry("a", "old"), entry("b", "1")]).await;
        let (new, keys) = ([entry("a", "new")], [key("a"), key("b")]);
        abandon(tier.put(name, &new), polls);
        abandon(tier.get(name, &keys), polls);
        let found = check.get("a").await;
        let possible = [Some(&b"old"[..]), Some(b"new")];
        assert!(possible.contains(&found.as_deref()), "a put that is dropped is done or not");
        abandon(tier.remove(name, &keys[..1]), polls);
        check.expect("b", Some("1"), "a removal that is dropped does nothing else").await;
        abandon(tier.clear(name), polls);
        abandon(tier.flush(), polls);
        untouched.expect("a", Some("1"), "what is dropped does nothing elsewhere").await;
        untouched.put(&[entry("a", "2")]).await;
        untouched.expect("a", Some("2"), "the tier goes on after calls that were dropped").await;
    }
}
