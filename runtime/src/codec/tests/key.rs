//! Different keys have different bytes, the same key has the same ones.

use crate::Bits;
use crate::codec::error::CodecErrorKind;
use crate::codec::key::key_bytes;
use proptest::prelude::*;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};

fn bytes<K: Serialize + ?Sized>(key: &K) -> Vec<u8> {
    key_bytes(key).unwrap()
}

#[derive(Serialize, Debug, Clone, PartialEq)]
enum Kind {
    A,
    B(Option<u8>),
    C(i8, String),
    D { x: Vec<String>, y: () },
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::A),
        any::<Option<u8>>().prop_map(Kind::B),
        any::<(i8, String)>().prop_map(|(n, text)| Kind::C(n, text)),
        prop::collection::vec("[AB]{0,2}", 0..3).prop_map(|x| Kind::D { x, y: () }),
    ]
}

/// Equal if and only if their bytes are.
fn agree<K: Serialize + PartialEq>(one: &K, other: &K) -> bool {
    (one == other) == (bytes(one) == bytes(other))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts(a in any::<[(String, [String; 2]); 2]>(), b in "[a-c]{0,3}", c in "[a-c]{0,3}", d in "[a-c]{0,3}", e in "[a-c]{0,3}") {
        prop_assert!(agree(&a[0], &a[1]));
        prop_assert!(agree(&(&b, &c), &(&d, &e)));
        prop_assert!(agree(&vec![&b, &c], &vec![&d, &e]));
        prop_assert!(agree(&vec![vec![&b], vec![&c]], &vec![vec![&d, &e]]));
    }

    #[test]
    fn numbers(a in any::<(u64, i64, u128, i128)>(), b in any::<(u64, i64, u128, i128)>()) {
        prop_assert!(agree(&a, &b));
        prop_assert!(agree(&i128::from(a.0), &i128::from(b.0)));
        prop_assert!(agree(&a.3, &i128::from(a.1)));
    }

    #[test]
    fn options(a in any::<[Option<Option<Option<bool>>>; 2]>(), b in any::<[(Option<()>, Option<Vec<Option<()>>>); 2]>()) {
        prop_assert!(agree(&a[0], &a[1]));
        prop_assert!(agree(&b[0], &b[1]));
    }

    #[test]
    fn variants(a in prop::collection::vec(kinds(), 0..3), b in prop::collection::vec(kinds(), 0..3)) {
        prop_assert!(agree(&a, &b));
    }

    #[test]
    fn the_order_of_a_map_does_not_matter(map in prop::collection::hash_map(any::<(u16, char)>(), any::<u8>(), 0..9)) {
        let sorted: BTreeMap<_, _> = map.clone().into_iter().collect();
        // A map of its own has an order of its own.
        let again: HashMap<_, _> = map.clone().into_iter().collect();
        prop_assert_eq!(bytes(&map), bytes(&sorted));
        prop_assert_eq!(bytes(&map), bytes(&again));
    }

    /// What stands there is CBOR like any other.
    #[test]
    fn it_is_cbor(key in any::<(u64, i64, String, Option<[bool; 2]>, u128, i128)>()) {
        type Read = (u64, i64, String, Option<Vec<[bool; 2]>>, u128, i128);
        let (a, b, c, some, d, e): Read = ciborium::from_reader(&bytes(&key)[..]).unwrap();
        prop_assert_eq!((a, b, c, some.map(|some| some[0]), d, e), key);
    }
}

#[test]
fn they_stay_the_same() {
    #[derive(Serialize)]
    struct Point {
        y: i32,
        x: u8,
        label: &'static str,
    }
    let key = (1_u8, -500_i16, Some("x"), None::<u8>, Point { y: 1, x: 2, label: "p" }, 1.5_f32);
    let expected = [
        0x86, 0x01, 0x39, 0x01, 0xf3, 0x81, 0x61, b'x', 0xf6, // the parts before the struct
        0xa3, 0x61, b'x', 0x02, 0x61, b'y', 0x01, 0x65, b'l', b'a', b'b', b'e', b'l', 0x61, b'p',
        0xfa, 0x3f, 0xc0, 0x00, 0x00,
    ];
    assert_eq!(bytes(&key), expected);
    assert_eq!(bytes(&Kind::C(-1, String::new())), [0xa1, 0x61, b'C', 0x82, 0x20, 0x60]);
    assert_eq!(bytes(&u128::MAX)[..2], [0xc2, 0x50]);
    assert_eq!(bytes(&i128::MIN)[..2], [0xc3, 0x50]);
    assert_eq!(bytes(&(u128::from(u64::MAX) + 1)), [0xc2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes(&i128::from(i64::MIN)), bytes(&i64::MIN));
}

#[test]
fn floats_have_one_zero_and_one_nan() {
    assert_eq!(bytes(&0.0_f64), bytes(&-0.0_f64));
    assert_eq!(bytes(&f32::NAN), bytes(&-f32::NAN));
    assert_ne!(bytes(&(0.1 + 0.2)), bytes(&0.3));
    assert_eq!(bytes(&Bits::from(-0.0_f64)), bytes(&0_u64));
    assert_eq!(bytes(&Bits::from(1.5_f32)), bytes(&1.5_f32.to_bits()));
}

/// Announces another length than it has.
struct Liar;

impl Serialize for Liar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(9))?;
        seq.serialize_element(&1)?;
        seq.end()
    }
}

/// A map whose keys come in this order, all with the same value.
struct Entries<'a>(&'a [&'a str]);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for key in self.0 {
            map.serialize_entry(key, &Entries(&[]))?;
        }
        map.end()
    }
}

#[test]
fn what_is_written_counts() {
    assert_eq!(bytes(&Liar), bytes(&[1]));
    assert_eq!(bytes(&Entries(&["b", "a", "ccc"])), bytes(&Entries(&["ccc", "b", "a"])));
    let many: Vec<u8> = (0..=255).collect();
    assert_eq!(bytes(&many)[..3], [0x99, 0x01, 0x00]);
}

#[derive(Serialize)]
struct List(Option<Box<List>>);

#[test]
fn no_key_is_too_deep_for_the_stack() {
    let mut list = List(None);
    for _ in 0..1000 {
        list = List(Some(Box::new(list)));
    }
    assert_eq!(key_bytes(&list).unwrap_err().kind(), CodecErrorKind::TooDeep);
}
