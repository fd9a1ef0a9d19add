//! What comes back from each codec, and what must not be written at all.

use crate::codec::codecs::{Codec, OwnCodec};
use crate::codec::error::{CodecError, CodecErrorKind};
use crate::codec::pack::{BySerde, Pack};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// CBOR once more, as a user's codec.
struct OfAUser;

impl OwnCodec for OfAUser {
    fn id(&self) -> u8 {
        128
    }

    fn name(&self) -> &'static str {
        "of a user"
    }

    fn encode(&self, value: &dyn erased_serde::Serialize) -> Result<Vec<u8>, CodecError> {
        serde_json::to_vec(value)
            .map_err(|error| CodecError::new(CodecErrorKind::Unencodable).because(error))
    }

    fn decode(
        &self,
        bytes: &[u8],
        read: &mut dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        read(&mut <dyn erased_serde::Deserializer<'_>>::erase(&mut reader))?;
        reader.end().map_err(|_| CodecErrorKind::TrailingBytes.into())
    }
}

pub(super) fn codecs() -> Vec<Codec> {
    vec![
        Codec::Cbor,
        #[cfg(feature = "json")]
        Codec::Json,
        #[cfg(feature = "messagepack")]
        Codec::MessagePack,
        #[cfg(feature = "postcard")]
        Codec::Postcard,
        Codec::own(Arc::new(OfAUser)).unwrap(),
    ]
}

fn encoded<V: Serialize + DeserializeOwned>(
    codec: &Codec,
    value: &V,
) -> Result<Vec<u8>, CodecError> {
    Pack::<u8, V>::encode(&BySerde::new(), codec, value)
}

fn decoded<V: Serialize + DeserializeOwned>(codec: &Codec, bytes: &[u8]) -> Result<V, CodecError> {
    Pack::<u8, V>::decode(&BySerde::new(), codec, bytes)
}

/// Comes back from every codec, and not with a byte more or less.
#[track_caller]
fn comes_back<V: Serialize + DeserializeOwned + PartialEq + Debug>(value: V) {
    for codec in codecs() {
        let bytes = encoded(&codec, &value).unwrap_or_else(|error| panic!("{codec}: {error}"));
        assert_eq!(decoded::<V>(&codec, &bytes).unwrap(), value, "{codec}");
        let more = [&bytes[..], &[0]].concat();
        let error = decoded::<V>(&codec, &more).unwrap_err();
        assert!(
            matches!(error.kind(), CodecErrorKind::TrailingBytes | CodecErrorKind::Undecodable),
            "{codec}"
        );
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
enum Kind {
    Unit,
    Newtype(String),
    Tuple(u8, i64),
    Struct { a: Option<u32>, b: Vec<bool> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Record {
    id: u64,
    name: String,
    score: f64,
    kinds: Vec<Kind>,
    map: BTreeMap<String, (u8, char)>,
    for_long: Duration,
    big: (u128, i128),
}

#[test]
fn values_come_back() {
    let kinds = vec![
        Kind::Unit,
        Kind::Newtype("x".repeat(5000)),
        Kind::Tuple(1, -2),
        Kind::Struct { a: None, b: vec![true] },
        Kind::Struct { a: Some(7), b: vec![] },
    ];
    comes_back(Record {
        id: u64::MAX,
        name: "ß\0".to_owned(),
        score: 0.1 + 0.2,
        kinds,
        map: BTreeMap::from([(String::new(), (0, '🦀'))]),
        for_long: Duration::new(1, 2),
        big: (u128::MAX, i128::MIN),
    });
    comes_back(());
    comes_back(u8::MAX);
    comes_back(vec![(); 3]);
    comes_back(HashMap::from([("a".to_owned(), 1)]));
    comes_back(Some(vec![None, Some(1)]));
    comes_back(std::net::IpAddr::from([1, 2, 3, 4]));
    comes_back(Err::<u8, _>("no".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn floats_come_back_to_the_bit(float in prop::num::f64::ANY) {
        for codec in codecs() {
            match encoded(&codec, &float) {
                Ok(bytes) => {
                    let back: f64 = decoded(&codec, &bytes).unwrap();
                    prop_assert!(back.to_bits() == float.to_bits() || back.is_nan() && float.is_nan());
                }
                Err(_) => prop_assert!(!float.is_finite()),
            }
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for codec in codecs() {
            let _ = decoded::<Record>(&codec, &bytes);
            let _ = decoded::<Vec<Kind>>(&codec, &bytes);
            let _ = decoded::<serde_json::Value>(&codec, &bytes);
            let _ = decoded::<Vec<()>>(&codec, &bytes);
        }
    }
}

/// Either it comes back as it was, or it is not written.
#[track_caller]
fn comes_back_or_is_refused<V: Serialize + DeserializeOwned + PartialEq + Debug>(value: V) {
    for codec in codecs() {
        match encoded(&codec, &value) {
            Ok(bytes) => assert_eq!(decoded::<V>(&codec, &bytes).unwrap(), value, "{codec}"),
            Err(error) => assert_ne!(error.kind(), CodecErrorKind::Panicked, "{codec}"),
        }
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
struct Sparse {
    #[serde(skip_serializing_if = "is_zero", default)]
    a: u8,
    b: Vec<u8>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Wrapped<T>(T);

#[test]
fn what_would_be_another_value_is_refused() {
    comes_back_or_is_refused(Some(None::<u8>));
    comes_back_or_is_refused(None::<Option<u8>>);
    comes_back_or_is_refused(Some(()));
    comes_back_or_is_refused(vec![Some(Wrapped(None::<u8>))]);
    comes_back_or_is_refused(BTreeMap::from([(1, Some(()))]));
    comes_back_or_is_refused(Some(serde_json::Value::Null));
    comes_back_or_is_refused(Some(f64::INFINITY));
    comes_back_or_is_refused((1, Some(f32::NEG_INFINITY)));
    comes_back_or_is_refused(Sparse { a: 0, b: vec![0] });
    comes_back_or_is_refused(vec![Sparse::default(), Sparse { a: 1, b: vec![] }]);

    let refused = encoded(&Codec::Cbor, &Some(None::<u8>)).unwrap_err();
    assert_eq!(refused.kind(), CodecErrorKind::Ambiguous);
    assert!(encoded(&Codec::Cbor, &None::<Option<u8>>).is_ok());
    assert!(encoded(&Codec::Cbor, &Some(Some(1))).is_ok());
    #[cfg(feature = "postcard")]
    comes_back_as(&Codec::Postcard, Some(None::<u8>));
    #[cfg(feature = "json")]
    assert!(encoded(&Codec::Json, &Some(f64::NAN)).is_err());
}

#[cfg(feature = "postcard")]
fn comes_back_as<V: Serialize + DeserializeOwned + PartialEq + Debug>(codec: &Codec, value: V) {
    assert_eq!(decoded::<V>(codec, &encoded(codec, &value).unwrap()).unwrap(), value);
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "kind")]
enum Tagged {
    One { x: Option<u8> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Tagged>,
}

#[test]
fn what_asks_for_anything_comes_back_where_it_can() {
    comes_back_or_is_refused(Tagged::One { x: Some(1) });
    comes_back_or_is_refused(Flat {
        a: 1,
        rest: BTreeMap::from([("b".to_owned(), Tagged::One { x: None })]),
    });
    let value = Tagged::One { x: Some(1) };
    assert_eq!(
        decoded::<Tagged>(&Codec::Cbor, &encoded(&Codec::Cbor, &value).unwrap()).unwrap(),
        value
    );
}

#[derive(Serialize, Deserialize)]
enum Deep {
    End,
    Newtype(Box<Deep>),
    Tuple(Box<Deep>, u8),
    Struct { next: Option<Box<Deep>> },
    List(Vec<Deep>),
}

/// Wraps a value once more.
type Wrap = fn(Deep) -> Deep;

#[test]
fn what_is_written_is_not_too_deep_to_be_read() {
    let wraps: [Wrap; 4] = [
        |deep| Deep::Newtype(Box::new(deep)),
        |deep| Deep::Tuple(Box::new(deep), 1),
        |deep| Deep::Struct { next: Some(Box::new(deep)) },
        |deep| Deep::List(vec![deep]),
    ];
    for codec in codecs() {
        for wrap in wraps {
            let mut value = Deep::End;
            let mut levels = 0;
            let error = loop {
                match encoded(&codec, &value) {
                    Ok(bytes) => {
                        assert!(decoded::<Deep>(&codec, &bytes).is_ok(), "{codec} {levels}");
                    }
                    Err(error) => break error,
                }
                (value, levels) = (wrap(value), levels + 1);
            };
            assert_eq!(error.kind(), CodecErrorKind::TooDeep);
            assert!(levels > 30, "{codec} refuses {levels}");
        }
    }
}

#[derive(Serialize, Deserialize)]
struct List(Option<Box<List>>);

#[test]
fn bytes_that_nest_without_an_end_are_an_error() {
    // What stands for one more level in each.
    let levels: [&[u8]; 8] = [
        &[0x81],
        b"[",
        &[0x91],
        &[1],
        &[0xd8, 0x20],
        b"{\"Newtype\":",
        b"\xa1\x67Newtype",
        b"\x81\xa7Newtype",
    ];
    for level in levels {
        let bytes = level.repeat(1_000_000);
        for codec in codecs() {
            assert!(decoded::<List>(&codec, &bytes).is_err(), "{codec}");
            assert!(decoded::<Deep>(&codec, &bytes).is_err(), "{codec}");
            assert!(decoded::<serde_json::Value>(&codec, &bytes).is_err(), "{codec}");
        }
    }
}

#[test]
fn lengths_are_not_believed() {
    let lengths: [&[u8]; 6] = [
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0xdb, 0xff, 0xff, 0xff, 0xff],
    ];
    for bytes in lengths {
        for codec in codecs() {
            assert!(decoded::<Vec<()>>(&codec, bytes).is_err(), "{codec}");
            assert!(decoded::<Vec<u64>>(&codec, bytes).is_err(), "{codec}");
            assert!(decoded::<String>(&codec, bytes).is_err(), "{codec}");
            assert!(decoded::<Vec<[u64; 32]>>(&codec, bytes).is_err(), "{codec}");
        }
    }
}

#[test]
fn panics_and_failures_are_errors() {
    #[derive(Deserialize)]
    struct Fails;
    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("a secret"))
        }
    }
    #[derive(Deserialize)]
    #[serde(from = "u8")]
    struct Panics;
    impl From<u8> for Panics {
        fn from(_: u8) -> Self {
            panic!("on purpose")
        }
    }
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("on purpose")
        }
    }
    for codec in codecs() {
        assert_eq!(encoded(&codec, &Fails).unwrap_err().kind(), CodecErrorKind::Unencodable);
        assert_eq!(encoded(&codec, &Panics).unwrap_err().kind(), CodecErrorKind::Panicked);
        let one = encoded(&codec, &1_u8).unwrap();
        assert_eq!(decoded::<Panics>(&codec, &one).err().unwrap().kind(), CodecErrorKind::Panicked);
    }
    let pack = BySerde::<u8>::new();
    assert_eq!(pack.key(&Fails).unwrap_err().kind(), CodecErrorKind::Unencodable);
    assert_eq!(pack.key(&Panics).unwrap_err().kind(), CodecErrorKind::Panicked);
}

#[test]
fn a_codec_of_ones_own_keeps_off_the_ids_of_others() {
    struct Low;
    impl OwnCodec for Low {
        fn id(&self) -> u8 {
            127
        }
        fn name(&self) -> &'static str {
            "low"
        }
        fn encode(&self, _: &dyn erased_serde::Serialize) -> Result<Vec<u8>, CodecError> {
            Ok(Vec::new())
        }
        fn decode(
            &self,
            _: &[u8],
            _: &mut dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), CodecError>,
        ) -> Result<(), CodecError> {
            Ok(())
        }
    }
    assert_eq!(Codec::own(Arc::new(Low)).unwrap_err().kind(), CodecErrorKind::CodecId);
}
