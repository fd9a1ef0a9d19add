//! What tiers promise to processes that share a store: asked of two handles to it. What they promise to one process is in
//! the suite that comes with larder.

use bytes::Bytes;
use larder::tier::{Deadline, Epoch, Tier, TierEntry, TierKey};

pub(crate) fn key(bytes: impl AsRef<[u8]>) -> TierKey {
    TierKey::new(bytes.as_ref().to_vec())
}

pub(crate) fn entry(name: impl AsRef<[u8]>, value: impl Into<Bytes>) -> TierEntry {
    TierEntry { key: key(name), value: value.into(), deadline: None, epoch: None, tags: vec![] }
}

pub(crate) async fn get(tier: &dyn Tier, namespace: &str, name: impl AsRef<[u8]>) -> Option<Bytes> {
    let fetched = tier.get(namespace, &[key(name)]).await.expect("a tier that works");
    assert_eq!(fetched.values.len(), 1);
    fetched.values[0].clone()
}

pub(crate) async fn put(tier: &dyn Tier, namespace: &str, entry: TierEntry) {
    tier.put(namespace, &[entry]).await.expect("a tier that works");
}

pub(crate) async fn epoch(tier: &dyn Tier, namespace: &str) -> Epoch {
    tier.get(namespace, &[]).await.expect("a tier that works").epoch
}

/// All of them. `max` is the length of the largest value.
pub(crate) async fn hold(one: &dyn Tier, two: &dyn Tier, max: usize) {
    the_largest_value_is_kept(one, two, max).await;
    changes_of_one_are_seen_by_the_other(one, two).await;
    what_one_has_cleared_the_other_removes(one, two).await;
    a_late_value_of_one_replaces_nothing_of_the_other(one, two).await;
    what_is_found_is_of_the_epoch(one, two).await;
}

async fn the_largest_value_is_kept(one: &dyn Tier, two: &dyn Tier, max: usize) {
    put(one, "bytes", entry("k", vec![7; max])).await;
    assert!(get(two, "bytes", "k").await.is_some_and(|found| found == vec![7; max]));
}

async fn changes_of_one_are_seen_by_the_other(one: &dyn Tier, two: &dyn Tier) {
    let tagged = TierEntry { tags: vec!["t".to_owned()], ..entry("a", "1") };
    for change in 0..4 {
        one.put("seen", &[tagged.clone(), entry("b", "2")]).await.unwrap();
        assert_eq!(get(two, "seen", "a").await, Some("1".into()));
        let before = epoch(one, "seen").await;
        assert_eq!(epoch(two, "seen").await, before);
        let left = match change {
            0 => two.remove("seen", &[key("a"), key("missing")]).await.map(|()| Some("2".into())),
            1 => two.remove_tagged("seen", "t").await.map(|()| Some("2".into())),
            2 => two
                .put("seen", &[TierEntry { deadline: Some(Deadline(1)), ..entry("a", "1") }])
                .await
                .map(|()| Some("2".into())),
            _ => two.clear("seen").await.map(|()| None),
        };
        assert_eq!(get(one, "seen", "a").await, None, "{change}");
        assert_eq!(get(one, "seen", "b").await, left.unwrap(), "{change}");
        assert_eq!(epoch(one, "seen").await == before, change < 3);
    }
}

/// Who removes has seen another epoch last than the one in which the value is.
async fn what_one_has_cleared_the_other_removes(one: &dyn Tier, two: &dyn Tier) {
    for clears in 1..4 {
        put(two, "removed", entry("k", "old")).await;
        for _ in 0..clears {
            one.clear("removed").await.unwrap();
        }
        put(one, "removed", entry("k", "new")).await;
        put(one, "removed", entry("l", "new")).await;
        two.remove("removed", &[key("k")]).await.unwrap();
        assert_eq!(get(one, "removed", "k").await, None);
        assert_eq!(get(two, "removed", "l").await, Some("new".into()));
    }
}

/// Of two loads that were under way when the other one cleared, the later one stays, though the earlier one ends last.
async fn a_late_value_of_one_replaces_nothing_of_the_other(one: &dyn Tier, two: &dyn Tier) {
    let before = epoch(two, "late").await;
    one.clear("late").await.unwrap();
    let now = epoch(one, "late").await;
    put(one, "late", TierEntry { epoch: Some(now), ..entry("k", "new") }).await;
    put(two, "late", TierEntry { epoch: Some(before), ..entry("k", "old") }).await;
    put(two, "late", TierEntry { epoch: Some(before), ..entry("l", "old") }).await;
    for tier in [one, two] {
        assert_eq!(get(tier, "late", "k").await, Some("new".into()));
        assert_eq!(get(tier, "late", "l").await, None);
    }
}

/// Loads of one process while another clears: what is found was always made in the epoch that it is found in.
async fn what_is_found_is_of_the_epoch(one: &dyn Tier, two: &dyn Tier) {
    let mut found = 0;
    let load = async |tier: &dyn Tier| {
        let keys = [key("k")];
        let fetched = tier.get("race", &keys).await.unwrap();
        if let Some(value) = &fetched.values[0] {
            assert_eq!(**value, fetched.epoch.0.to_be_bytes());
            return 1;
        }
        let value = fetched.epoch.0.to_be_bytes().to_vec();
        put(tier, "race", TierEntry { epoch: Some(fetched.epoch), ..entry("k", value) }).await;
        0
    };
    for i in 0..300 {
        let clear = async {
            if i % 3 == 0 {
                two.clear("race").await.unwrap();
            }
        };
        let (first, second, ()) = tokio::join!(load(one), load(two), clear);
        found += first + second;
    }
    assert!(found > 0, "nothing was ever found");
}
