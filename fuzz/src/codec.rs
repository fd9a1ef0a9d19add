//! Bytes as what somebody has done to a value at rest: it must be the value that was put there, or rejected; and as what
//! somebody who can make seals has put there: any value, or rejected, but nothing worse.

use larder::__private::Trial;
use larder::tier::{Codec, Compression, KeyRing, Packing, TierKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::OnceLock;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    id: u64,
    name: String,
    kind: Kind,
    next: Option<Box<Record>>,
    map: BTreeMap<String, Vec<(i16, Option<char>)>>,
    big: i128,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(String),
    Tuple(u8, bool),
    Struct { a: Option<u32>, b: Vec<Kind> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: HashMap<String, Untagged>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Text(String),
    Many(Vec<Untagged>),
}

/// Holds itself by what leaves no trace in most formats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Endless(Option<Box<Endless>>);

fn record() -> Record {
    let inner = Record {
        id: 300,
        name: String::new(),
        kind: Kind::Struct { a: Some(1), b: vec![Kind::Unit, Kind::Tuple(3, true)] },
        next: None,
        map: BTreeMap::new(),
        big: -1,
    };
    let map = [("k".to_owned(), vec![(-1, None), (300, Some('ß'))])];
    Record {
        id: 7,
        name: "name ".repeat(9),
        kind: Kind::Newtype("x".to_owned()),
        next: Some(Box::new(inner)),
        map: map.into(),
        big: i128::MAX,
    }
}

fn packings() -> Vec<Packing> {
    let keys = || KeyRing::new(2, [2; 32]).unwrap().also(1, [1; 32]).unwrap();
    let codecs = [Codec::Cbor, Codec::Json, Codec::MessagePack, Codec::Postcard];
    let each = |codec| {
        let plain = Packing::default().codec(codec);
        let small = plain.clone().compress(Compression::above(8).at_most(1 << 20));
        [plain.clone(), plain.clone().sign(keys()), plain.encrypt(keys()), small]
    };
    codecs.into_iter().flat_map(each).collect()
}

/// A value at rest, and what it takes to read it.
struct Seed {
    trial: Trial<Record>,
    key: TierKey,
    sealed: Vec<u8>,
}

fn seeds() -> &'static [Seed] {
    static SEEDS: OnceLock<Vec<Seed>> = OnceLock::new();
    let seed = |packing| {
        let trial = Trial::new("space", packing);
        let key = trial.address(&(7, "key")).unwrap();
        let sealed = trial.seal(&key, &record(), 5, Some(1000)).unwrap().to_vec();
        Seed { trial, key, sealed }
    };
    SEEDS.get_or_init(|| packings().into_iter().map(seed).collect())
}

/// Runs them. Panics when something is wrong.
pub fn codec(bytes: &[u8]) {
    let [which, how, rest @ ..] = bytes else { return };
    match how % 4 {
        0 | 1 => mutated(&seeds()[usize::from(*which) % seeds().len()], rest),
        2 => raw(&seeds()[usize::from(*which) % seeds().len()], rest),
        _ => forged(usize::from(*which), rest),
    }
}

/// What was at rest, changed: three bytes say how, and so on.
fn mutated(seed: &Seed, changes: &[u8]) {
    let mut sealed = seed.sealed.clone();
    for change in changes.as_chunks::<3>().0.iter().take(8) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1] % 4])) % (sealed.len() + 1);
        match change[2] % 5 {
            0 => sealed.truncate(at),
            1 => sealed.insert(at, change[0]),
            2 if at < sealed.len() => drop(sealed.remove(at)),
            3 if at < sealed.len() => sealed[at] ^= 1 << (change[0] % 8),
            _ if at < sealed.len() => sealed[at] = change[2],
            _ => {}
        }
    }
    let read = seed.trial.open(&seed.key, &sealed, 999);
    if sealed == seed.sealed {
        assert_eq!(read.unwrap(), (record(), 5, Some(1000)));
    } else {
        assert!(read.is_err(), "it was changed");
    }
}

/// Anything at all, with and without a beginning that looks right.
fn raw(seed: &Seed, bytes: &[u8]) {
    assert!(seed.trial.open(&seed.key, bytes, 0).is_err());
    let begun = [&seed.sealed[..35], bytes].concat();
    assert!(seed.trial.open(&seed.key, &begun, 0).is_err() || begun == seed.sealed);
}

/// Anything in a sound envelope, as each of some types.
fn forged(which: usize, payload: &[u8]) {
    let packing = || packings().swap_remove(which % 16);
    reads::<Record>(packing(), payload);
    reads::<Vec<Kind>>(packing(), payload);
    reads::<Flat>(packing(), payload);
    reads::<Endless>(packing(), payload);
    reads::<Vec<()>>(packing(), payload);
    reads::<(String, HashMap<u8, [u16; 3]>)>(packing(), payload);
    // And what is nearly right.
    let seed = Trial::<Record>::new("space", Packing::default());
    let key = seed.address(&1).unwrap();
    let sealed = seed.seal(&key, &record(), 1, None).unwrap();
    let mut near = sealed[35..sealed.len() - 16].to_vec();
    for change in payload.as_chunks::<2>().0.iter().take(4) {
        let at = usize::from(change[0]) % near.len();
        near[at] = change[1];
    }
    reads::<Record>(Packing::default(), &near);
}

/// What can be read can be written, and read again as the same.
fn reads<V: Serialize + DeserializeOwned + PartialEq + Debug>(packing: Packing, payload: &[u8]) {
    let trial = Trial::<V>::new("space", packing);
    let key = trial.address(&1).unwrap();
    let sealed = trial.seal_payload(&key, payload, 1, None).unwrap();
    if let Ok((value, 1, None)) = trial.open(&key, &sealed, 0)
        && let Ok(again) = trial.seal(&key, &value, 1, None)
    {
        assert_eq!(trial.open(&key, &again, 0), Ok((value, 1, None)));
    }
}
