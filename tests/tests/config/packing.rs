//! How values lie in a tier.

use super::{LOADS, alone, disk, forget, metrics, text};
use std::fmt::Write;

fn holds(tier: &larder_tests::MapTier, what: &[u8]) -> bool {
    tier.values().iter().any(|value| value.windows(what.len()).any(|part| part == what))
}

fn key(number: u32) -> String {
    (0..32).fold(format!("{number}:"), |mut key, n| {
        write!(key, "{:02x}", n + number).expect("a string");
        key
    })
}

#[tokio::test]
async fn codec() {
    let _alone = alone().await;
    // What stands before a text of 40 letters.
    let codecs: [(&str, &[u8]); 4] = [
        ("cbor", b"\x78\x28"),
        ("json", b"\""),
        ("messagepack", b"\xd9\x28"),
        ("postcard", b"\x28"),
    ];
    let mut lengths = Vec::new();
    for (codec, head) in codecs {
        let tier = disk(codec, &format!("codec = \"{codec}\""));
        forget();
        LOADS.reset();
        text(40).await;
        forget();
        assert_eq!(text(40).await.len(), 40);
        assert_eq!(LOADS.get(), 1, "{codec}: it is read as it was written");
        assert!(holds(&tier, &[head, b"aaaa"].concat()), "{codec}");
        lengths.push(tier.values()[0].len());
    }
    assert_eq!(lengths[3] + 1, lengths[0], "postcard needs less");
}

#[tokio::test]
async fn compress_above() {
    let _alone = alone().await;
    let tier = disk("compress_above", r#"compress_above = "1KiB""#);
    text(10_000).await;
    assert!(tier.values()[0].len() < 1_000);
    text(1_000).await;
    assert!(holds(&tier, &[b'a'; 1_000]), "it is short");
    forget();
    assert_eq!(text(10_000).await.len(), 10_000);
    assert_eq!(LOADS.get(), 2);
}

#[tokio::test]
async fn encrypt() {
    let _alone = alone().await;
    let encrypted = |keys: &str| disk("encrypt", &format!("encrypt = \"{keys}\""));
    let tier = encrypted(&key(1));
    text(40).await;
    assert!(tier.len() == 1 && !holds(&tier, b"aaaa"));
    forget();
    encrypted(&format!("{},{}", key(2), key(1)));
    text(40).await;
    assert_eq!(LOADS.get(), 1, "the old key opens");
    forget();
    encrypted(&key(3));
    text(40).await;
    assert_eq!(LOADS.get(), 2, "it is not found with another one");
}

#[tokio::test]
async fn sign() {
    let _alone = alone().await;
    let signed = |key: &str| disk("sign", &format!("sign = \"{key}\""));
    let tier = signed(&key(1));
    text(40).await;
    assert!(holds(&tier, b"aaaa"));
    forget();
    text(40).await;
    assert_eq!(LOADS.get(), 1);
    tier.tamper(|mut value| {
        let at = value.iter().position(|byte| *byte == b'a').expect("the text");
        value[at] = b'b';
        value
    });
    forget();
    assert_eq!(text(40).await, "a".repeat(40));
    assert_eq!((LOADS.get(), metrics().rejected.damaged), (2, 1));
    forget();
    disk("sign", "");
    text(40).await;
    assert_eq!(LOADS.get(), 3, "a signature makes another address");
}
