//! What packing costs: `cargo test --release -p larder --features compression,encryption,signing,.. speed -- --ignored
//! --nocapture`.

use super::pack::codecs;
use crate::codec::pack::{BySerde, Pack};
use crate::codec::packing::{At, Packing, Stamp};
use serde::{Deserialize, Serialize};
use std::hint::black_box;

#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
struct User {
    id: u64,
    name: String,
    email: String,
    age: u8,
    score: f64,
    active: bool,
    roles: Vec<String>,
}

fn user() -> User {
    User {
        id: 12_345_678,
        name: "Ada Lovelace".to_owned(),
        email: "ada@example.org".to_owned(),
        age: 36,
        score: 99.5,
        active: true,
        roles: vec!["admin".to_owned(), "author".to_owned()],
    }
}

/// In nanoseconds, the best of several runs.
#[expect(clippy::disallowed_methods, reason = "it is time that is measured")]
fn nanoseconds(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let begun = std::time::Instant::now();
        (0..10_000).for_each(|_| run());
        best = best.min(begun.elapsed().as_secs_f64() * 1e9 / 10_000.0);
    }
    best
}

#[test]
#[ignore = "a measurement"]
fn a_small_struct() {
    let pack: &dyn Pack<(u64, String), User> = &BySerde::new();
    let (value, plain) = (user(), Packing::default());
    let packings = [
        ("checksum", plain.clone()),
        #[cfg(feature = "signing")]
        ("signed", plain.clone().sign(crate::codec::KeyRing::new(1, [1; 32]).unwrap())),
        #[cfg(feature = "encryption")]
        ("encrypted", plain.clone().encrypt(crate::codec::KeyRing::new(1, [1; 32]).unwrap())),
        #[cfg(feature = "compression")]
        ("compressed", plain.clone().compress(crate::codec::Compression::above(10))),
    ];
    println!("fingerprint, once {:>8.0} ns", nanoseconds_once::<User>());
    let key = (7, "a key of a user".to_owned());
    println!(
        "key               {:>8.0} ns",
        nanoseconds(|| drop(black_box(pack.key(black_box(&key)))))
    );
    let key = pack.key(&key).unwrap();
    for (name, packing) in packings {
        let at = packing.address("users", &key);
        let at = At { namespace: "users", key: &at };
        let stamp = Stamp { fingerprint: pack.fingerprint(), created: 1, deadline: Some(9) };
        let payload = pack.encode(packing.encodes_with(), &value).unwrap();
        let sealed = packing.seal(at, &payload, stamp).unwrap();
        let address = nanoseconds(|| drop(black_box(packing.address("users", black_box(&key)))));
        let seal = nanoseconds(|| drop(black_box(packing.seal(at, black_box(&payload), stamp))));
        let open = nanoseconds(|| drop(black_box(packing.open(at, &sealed, stamp.fingerprint, 5))));
        println!(
            "{name:<11} {:>4} bytes: address {address:>5.0} seal {seal:>6.0} open {open:>6.0} ns",
            sealed.len()
        );
    }
    for codec in codecs() {
        let bytes = pack.encode(&codec, &value).unwrap();
        let encode = nanoseconds(|| drop(black_box(pack.encode(&codec, black_box(&value)))));
        let decode = nanoseconds(|| drop(black_box(pack.decode(&codec, black_box(&bytes)))));
        let name = codec.to_string();
        println!(
            "{name:<11} {:>4} bytes: encode {encode:>6.0} decode {decode:>6.0} ns",
            bytes.len()
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "it is time that is measured")]
fn nanoseconds_once<V: serde::de::DeserializeOwned>() -> f64 {
    let begun = std::time::Instant::now();
    black_box(crate::codec::fingerprint::Shape::of::<V>());
    begun.elapsed().as_secs_f64() * 1e9
}
