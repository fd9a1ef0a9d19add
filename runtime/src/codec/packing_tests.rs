//! A value there and back.

use super::codecs::Codec;
use super::pack::{BySerde, Pack};
use super::packing::{At, Packing, Rejected, Stamp};
use std::collections::BTreeMap;

type Value = BTreeMap<String, Vec<Option<u32>>>;

#[test]
fn a_value_there_and_back() {
    let pack: &dyn Pack<(u8, String), Value> = &BySerde::new();
    let packing = Packing::default();
    let value = Value::from([("a".to_owned(), vec![Some(1), None])]);
    let key = packing.address("names", &pack.key(&(1, "x".to_owned())).unwrap());
    let at = At { namespace: "names", key: &key };
    let stamp = Stamp { fingerprint: pack.fingerprint(), created: 5, deadline: Some(10) };
    let sealed = packing.seal(at, &pack.encode(&Codec::Cbor, &value).unwrap(), stamp).unwrap();

    let opened = packing.open(at, &sealed, pack.fingerprint(), 9).unwrap();
    assert_eq!((opened.created, opened.deadline), (5, Some(10)));
    assert_eq!(pack.decode(&opened.codec, &opened.payload).unwrap(), value);
    let expired = packing.open(at, &sealed, pack.fingerprint(), 10);
    assert_eq!(expired.unwrap_err(), Rejected::Expired);
}
