//! What every tier promises, asked of two handles to the same store, as if they were two processes.

use bytes::Bytes;
use larder::tier::{Deadline, Epoch, Tier, TierEntry, TierKey};
use std::time::{Duration, SystemTime};

/// Names that would meet if they were not kept apart with care.
const HOSTILE: [&str; 24] = [
    "a",
    "a*",
    "a?",
    "a:b",
    "a:b:c",
    "a:",
    ":a",
    "",
    " ",
    "a b",
    "a\nb",
    "a\r\nflush_all\r\n",
    "{a}",
    "{a",
    "a}",
    "a{b}c",
    "%61",
    "a%3ab",
    "[a]",
    "\\a",
    "ä",
    "\0",
    "a:v:k",
    "a:e",
];

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

#[expect(clippy::disallowed_methods, reason = "deadlines are moments of the wall clock")]
pub(crate) fn after(lifetime: Duration) -> Deadline {
    Deadline::after(SystemTime::now(), lifetime)
}

/// All of them. `tags` says whether the tier keeps tags, `max` what the largest value is.
pub(crate) async fn hold(one: &dyn Tier, two: &dyn Tier, max: usize) {
    bytes_are_kept(one, two, max).await;
    order_is_kept(one, two).await;
    removal_is_seen(one, two).await;
    epochs(one, two).await;
    hostile_names_meet_nobody(one, two).await;
    deadlines(one, two).await;
    tags(one, two).await;
    what_is_found_is_of_the_epoch(one, two).await;
}

async fn bytes_are_kept(one: &dyn Tier, two: &dyn Tier, max: usize) {
    let all: Vec<u8> = (0..=255).collect();
    for value in [vec![], b"END\r\nVALUE".to_vec(), all.clone(), vec![7; max]] {
        put(one, "bytes", entry("k", value.clone())).await;
        assert!(
            get(two, "bytes", "k").await.is_some_and(|found| found == value),
            "{}",
            value.len()
        );
    }
    for name in [&all[..64], &all[192..], b" ", b"\r\n", b"{", &[b'x'; TierKey::MAX_LEN]] {
        put(one, "bytes", entry(name, name.to_vec())).await;
        assert_eq!(get(two, "bytes", name).await.as_deref(), Some(name));
    }
}

async fn order_is_kept(one: &dyn Tier, two: &dyn Tier) {
    let name = |i: usize| format!("k{i}");
    let entries: Vec<_> = (0..3000).step_by(2).map(|i| entry(name(i), i.to_string())).collect();
    one.put("many", &entries).await.unwrap();
    one.put("many", &[]).await.unwrap();
    one.remove("many", &[]).await.unwrap();
    let keys: Vec<_> = (0..3000).rev().map(|i| key(name(i))).collect();
    let fetched = two.get("many", &keys).await.unwrap();
    for (i, value) in (0..3000).rev().zip(&fetched.values) {
        assert_eq!(*value, (i % 2 == 0).then(|| Bytes::from(i.to_string())), "{i}");
    }
    // The last of equal keys counts, and both places of one that is asked for twice are filled.
    one.put("many", &[entry("k", "1"), entry("k", "2")]).await.unwrap();
    let fetched = two.get("many", &[key("k"), key("k")]).await.unwrap();
    assert_eq!(fetched.values, [Some("2".into()), Some("2".into())]);
    two.remove("many", &keys).await.unwrap();
    assert!(one.get("many", &keys).await.unwrap().values.iter().all(Option::is_none));
    assert!(get(one, "many", "k").await.is_some());
}

async fn removal_is_seen(one: &dyn Tier, two: &dyn Tier) {
    put(one, "removal", entry("a", "1")).await;
    put(one, "removal", entry("b", "2")).await;
    for _ in 0..2 {
        two.remove("removal", &[key("a"), key("missing")]).await.unwrap();
        assert_eq!(get(one, "removal", "a").await, None);
    }
    assert_eq!(get(one, "removal", "b").await, Some("2".into()));
}

async fn epochs(one: &dyn Tier, two: &dyn Tier) {
    let before = epoch(one, "epochs").await;
    assert_eq!(epoch(two, "epochs").await, before);
    put(one, "epochs", TierEntry { epoch: Some(before), ..entry("a", "1") }).await;
    assert_eq!(get(two, "epochs", "a").await, Some("1".into()));

    two.clear("epochs").await.unwrap();
    assert_eq!(get(one, "epochs", "a").await, None);
    let after = epoch(one, "epochs").await;
    assert_ne!(after, before);

    // A load that began before, and ends now.
    put(one, "epochs", TierEntry { epoch: Some(before), ..entry("a", "late") }).await;
    assert_eq!(get(one, "epochs", "a").await, None);
    put(one, "epochs", TierEntry { epoch: Some(after), ..entry("a", "2") }).await;
    put(two, "epochs", entry("b", "3")).await;
    assert_eq!(get(two, "epochs", "a").await, Some("2".into()));
    assert_eq!(get(one, "epochs", "b").await, Some("3".into()));
    for _ in 0..2 {
        one.clear("epochs").await.unwrap();
        assert_eq!(get(two, "epochs", "b").await, None);
    }
    assert!(![before, after].contains(&epoch(one, "epochs").await));
}

async fn hostile_names_meet_nobody(one: &dyn Tier, two: &dyn Tier) {
    for name in HOSTILE {
        put(one, name, entry("k", format!("{name}+k"))).await;
        put(one, name, entry("b:c:k", format!("{name}+b:c:k"))).await;
    }
    for (cleared, gone) in HOSTILE.iter().enumerate() {
        two.clear(gone).await.unwrap();
        for (at, name) in HOSTILE.iter().enumerate() {
            for rest in ["k", "b:c:k"] {
                let expected = (at > cleared).then(|| Bytes::from(format!("{name}+{rest}")));
                assert_eq!(get(one, name, rest).await, expected, "{name:?} when {gone:?} went");
            }
        }
    }
}

async fn deadlines(one: &dyn Tier, two: &dyn Tier) {
    let with = |name: &str, deadline| TierEntry { deadline: Some(deadline), ..entry(name, "1") };
    let over = [Deadline(0), Deadline(1), after(Duration::ZERO)];
    for deadline in over {
        put(one, "deadlines", entry("over", "old")).await;
        put(one, "deadlines", with("over", deadline)).await;
        assert_eq!(get(two, "deadlines", "over").await, None);
    }
    let long = [Duration::from_mins(1), Duration::from_hours(24 * 31), Duration::MAX];
    for lifetime in long {
        put(one, "deadlines", with("long", after(lifetime))).await;
        assert_eq!(get(two, "deadlines", "long").await, Some("1".into()), "{lifetime:?}");
    }
    let short = after(Duration::from_millis(150));
    put(one, "deadlines", with("short", short)).await;
    let mut seen = false;
    loop {
        let value = get(two, "deadlines", "short").await;
        let is_over = after(Duration::ZERO) >= short;
        match value {
            Some(_) => seen = true,
            None => break assert!(is_over, "it went too early"),
        }
        // It was asked for before the clock was read; so only a second of being found is certainly too long.
        assert!(after(Duration::ZERO).0 < short.0 + 1000, "it is still found");
    }
    assert!(seen);
}

async fn tags(one: &dyn Tier, two: &dyn Tier) {
    let tagged = |name: &str, tags: &[&str]| TierEntry {
        tags: tags.iter().map(ToString::to_string).collect(),
        ..entry(name, "1")
    };
    let entries =
        [tagged("a", &["x"]), tagged("b", &["x", "y"]), tagged("c", &["y"]), tagged("d", &[])];
    one.put("tags", &entries).await.unwrap();
    one.put("other", &entries).await.unwrap();
    let found = |namespace: &'static str| async move {
        let keys = ["a", "b", "c", "d"].map(key);
        let values = two.get(namespace, &keys).await.unwrap().values;
        values.iter().map(Option::is_some).collect::<Vec<_>>()
    };
    assert_eq!(found("tags").await, [true, true, true, true]);
    two.remove_tagged("tags", "nothing").await.unwrap();
    two.remove_tagged("tags", "").await.unwrap();
    assert_eq!(found("tags").await, [true, true, true, true]);
    for _ in 0..2 {
        two.remove_tagged("tags", "x").await.unwrap();
        assert_eq!(found("tags").await, [false, false, true, true]);
    }
    assert_eq!(found("other").await, [true, true, true, true]);
    one.put("tags", &[tagged("a", &["x"])]).await.unwrap();
    assert_eq!(found("tags").await, [true, false, true, true]);
    // Put anew without the tag, it does not go with it.
    one.put("tags", &[tagged("a", &[])]).await.unwrap();
    two.remove_tagged("tags", "x").await.unwrap();
    two.remove_tagged("tags", "y").await.unwrap();
    assert_eq!(found("tags").await, [true, false, false, true]);
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
