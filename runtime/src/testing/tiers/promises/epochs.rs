//! What was made before a `clear` is not seen after it.

use crate::testing::tiers::check::{Check, entry, key};
use crate::tier::{Epoch, Tier, TierEntry};

pub(crate) async fn all<T: Tier>(tier: &T) {
    cleared(tier).await;
    never_cleared(tier).await;
    late(tier).await;
    many_times(tier).await;
    made_up(tier).await;
}

async fn cleared<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[entry("a", "1"), entry("b", "2")]).await;
    let before = check.epoch().await;
    check.clear().await;
    check.expect("a", None, "what was cleared is not found").await;
    check.expect("b", None, "what was cleared is not found").await;
    assert_ne!(check.epoch().await, before, "a clear begins another epoch");
    check.put(&[entry("a", "3")]).await;
    check.expect("a", Some("3"), "what is put after a clear is found").await;
    check.expect("b", None, "a put brings nothing else back").await;
}

/// The epoch that is told of a namespace that nobody has used yet is one in which values can be put.
async fn never_cleared<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let epoch = check.epoch().await;
    assert_eq!(check.fetch(&[key("a")]).await.epoch, epoch, "the epoch is that of the namespace");
    check.put(&[made_in(epoch, "a", "1")]).await;
    check.expect("a", Some("1"), "a value of this epoch is found").await;
    check.put(&[made_in(epoch, "b", "2")]).await;
    check.expect("b", Some("2"), "the first put does not change the epoch").await;
    check.remove(&[key("a")]).await;
    check.put(&[made_in(epoch, "a", "3")]).await;
    check.expect("a", Some("3"), "a removal does not change the epoch").await;
    let fetched = check.fetch(&[key("a"), key("b")]).await;
    assert_eq!(fetched.epoch, epoch, "the epoch is that of the namespace");
}

/// A load that begins before a `clear` and ends after it.
async fn late<T: Tier>(tier: &T) {
    let (check, unused) = (Check::new(tier), Check::new(tier));
    check.put(&[entry("a", "1")]).await;
    for check in [&check, &unused] {
        let before = check.fetch(&[key("b")]).await.epoch;
        check.clear().await;
        let now = check.epoch().await;
        assert_ne!(now, before, "a clear begins another epoch");
        check.put(&[made_in(before, "a", "old"), made_in(now, "c", "new")]).await;
        check.expect("a", None, "a value of an epoch that is over is not found").await;
        check.expect("c", Some("new"), "one of this epoch beside it is").await;
        check.put(&[made_in(now, "a", "new")]).await;
        check.put(&[made_in(before, "a", "old")]).await;
        check.expect("a", Some("new"), "a value of an epoch that is over replaces nothing").await;
    }
}

async fn many_times<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let mut seen: Vec<Epoch> = vec![check.epoch().await];
    for n in 0..20 {
        let old: Vec<_> = seen.iter().map(|&epoch| made_in(epoch, "a", "old")).collect();
        check.clear().await;
        if n % 3 == 0 {
            check.clear().await;
        }
        check.put(&old).await;
        check.expect("a", None, "no epoch comes back").await;
        let epoch = check.epoch().await;
        assert!(!seen.contains(&epoch), "no epoch comes back");
        check.put(&[made_in(epoch, "a", "new")]).await;
        check.expect("a", Some("new"), "a value of this epoch is found").await;
        seen.push(epoch);
    }
}

async fn made_up<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.clear().await;
    let now = check.epoch().await;
    let others = [0, 1, u64::MAX, u64::MAX >> 1, now.0.wrapping_sub(1), now.0.wrapping_add(1)];
    for other in others.map(Epoch).into_iter().filter(|&other| other != now) {
        check.put(&[made_in(other, "a", "old")]).await;
        check.expect("a", None, "a value of another epoch is not found").await;
    }
}

fn made_in(epoch: Epoch, name: &str, value: &str) -> TierEntry {
    TierEntry { epoch: Some(epoch), ..entry(name, value) }
}
