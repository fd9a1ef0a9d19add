//! Exactly the bytes that were put, or nothing.

use crate::testing::tiers::check::{Check, entry, key, ok};
use crate::tier::{Tier, TierEntry, TierError, TierErrorKind, TierKey};

const MANY: usize = 5_000;
const MEBIBYTE: usize = 1024 * 1024;

pub(crate) async fn all<T: Tier>(tier: &T) {
    nothing(tier).await;
    overwritten(tier).await;
    sizes(tier).await;
    binary_keys(tier).await;
    many(tier).await;
    duplicates(tier).await;
    no_entries(tier).await;
}

async fn nothing<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.expect("a", None, "what was never put is not there").await;
    let values = check.fetch(&[key("a"), key("b")]).await.values;
    assert!(values.iter().all(Option::is_none), "what was never put is not there");
}

pub(crate) async fn overwritten<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[entry("a", "1")]).await;
    check.expect("a", Some("1"), "what was put is found").await;
    check.expect("b", None, "another key is not there").await;
    check.put(&[entry("a", "longer")]).await;
    check.expect("a", Some("longer"), "a put takes the place of another").await;
    check.put(&[entry("a", "")]).await;
    check.expect("a", Some(""), "an empty value is a value").await;
}

async fn sizes<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    for len in [0, 1, 100, 1000, 4095, 4096, 4097, 65_535, 65_536, 1_000_000, MEBIBYTE] {
        let value: Vec<u8> = (0..=250).cycle().take(len).collect();
        let put = tier.put(&check.namespace, &[entry("a", &value)]).await;
        let is_refused = |error: &TierError| error.kind() == TierErrorKind::Refused;
        if len == MEBIBYTE && put.as_ref().is_err_and(is_refused) {
            // A tier may have a limit, near this for some, if it says so.
            continue;
        }
        ok("put", put);
        let found = check.get("a").await;
        assert!(found.is_some(), "a value of {len} bytes is found");
        assert!(found.as_deref() == Some(&value), "a value of {len} bytes comes back as it was");
    }
}

/// Any bytes, the longest key, and keys that are near to each other.
async fn binary_keys<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let mut keys: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    keys.extend([vec![0, 0], b"a\0".to_vec(), b"a\0b".to_vec(), b"a ".to_vec(), b"a\r\n".to_vec()]);
    keys.extend([b"aa".to_vec(), b"*".repeat(2), b"1\0\0".to_vec(), "ä".into(), "a\u{308}".into()]);
    keys.extend([vec![0xff; TierKey::MAX_LEN], vec![0xff; TierKey::MAX_LEN - 1]]);
    keys.push(vec![0; TierKey::MAX_LEN]);
    let entries: Vec<_> = keys.iter().map(|key| entry(key, [b"of ", &key[..]].concat())).collect();
    check.put(&entries).await;
    expect_all(&check, &entries, "keys are any bytes").await;
}

async fn many<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let entries: Vec<_> =
        (0..MANY).map(|n| entry(format!("key {n}"), format!("value {n}"))).collect();
    check.put(&entries).await;
    expect_all(&check, &entries, "many are found in the order of the keys").await;
    let mut keys: Vec<_> = entries.iter().rev().map(|entry| entry.key.clone()).collect();
    keys.insert(1, key("not there"));
    let values = check.fetch(&keys).await.values;
    let found = |at: usize| values[at].as_deref();
    assert!(found(0) == Some(&entries[MANY - 1].value[..]), "values are in the order of the keys");
    assert!(found(1).is_none(), "what is not there leaves its place empty");
    assert!(found(MANY) == Some(&entries[0].value[..]), "values are in the order of the keys");
    let (some, rest) = keys.split_at(MANY / 2);
    check.remove(some).await;
    assert!(check.fetch(some).await.values.iter().all(Option::is_none), "many are removed");
    assert!(check.fetch(rest).await.values.iter().all(Option::is_some), "the others are not");
}

async fn duplicates<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[entry("a", "1"), entry("b", "2"), entry("a", "3")]).await;
    check.expect("a", Some("3"), "the last of one key in a call is what stays").await;
    let values = check.fetch(&[key("a"), key("b"), key("a"), key("a")]).await.values;
    let expected = [b"3", b"2", b"3", b"3"].map(|value| Some(&value[..]));
    let found: Vec<_> = values.iter().map(Option::as_deref).collect();
    assert_eq!(found, expected, "a key that is asked for twice is answered twice");
    check.remove(&[key("a"), key("a")]).await;
    check.expect("a", None, "a key is removed twice in a call").await;
}

async fn no_entries<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[]).await;
    check.remove(&[]).await;
    assert!(check.fetch(&[]).await.values.is_empty(), "no keys, no values");
}

async fn expect_all<T: Tier>(check: &Check<'_, T>, entries: &[TierEntry], why: &str) {
    let keys: Vec<_> = entries.iter().map(|entry| entry.key.clone()).collect();
    for (found, entry) in check.fetch(&keys).await.values.iter().zip(entries) {
        assert!(found.as_ref() == Some(&entry.value), "{why}");
    }
}
