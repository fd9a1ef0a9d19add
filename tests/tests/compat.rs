//! What was stored by earlier versions is read, or rejected. See `tests/compat`. With `COMPAT=write` in the environment, files
//! that are missing are written.

use larder::__private::Trial;
use larder::tier::{Codec, Compression, KeyRing, Packing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    score: f64,
    role: Role,
    notes: BTreeMap<String, Option<Vec<i32>>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Role {
    Guest,
    Member { since: u16 },
    Admin(String, u8),
}

const NAMESPACE: &str = "crate::users v1";
const CREATED: u64 = 1_700_000_000_000;
const DEADLINE: u64 = 4_000_000_000_000;

type Key = (u64, String);

fn user() -> (Key, User) {
    let notes = [("a".to_owned(), None), ("b".to_owned(), Some(vec![1, -70_000]))];
    let user = User {
        id: 7,
        name: "Ada ".repeat(30),
        score: 0.1,
        role: Role::Admin("all".to_owned(), 3),
        notes: notes.into(),
    };
    ((7, "Ada".to_owned()), user)
}

fn keys() -> KeyRing {
    KeyRing::parse(&format!("2:{},1:{}", "2b".repeat(32), "1c".repeat(32))).unwrap()
}

fn packings() -> Vec<(&'static str, Packing)> {
    let plain = Packing::default();
    vec![
        ("v1-checksum", plain.clone()),
        ("v1-signed", plain.clone().sign(keys())),
        ("v1-encrypted", plain.clone().encrypt(keys())),
        ("v1-compressed", plain.clone().compress(Compression::above(64))),
        ("v1-json", plain.clone().codec(Codec::Json)),
        ("v1-messagepack", plain.clone().codec(Codec::MessagePack)),
        ("v1-postcard", plain.codec(Codec::Postcard)),
    ]
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compat").join(format!("{name}.bin"))
}

/// Before what was stored: the address of its key, with its length.
fn stored(name: &str) -> (Vec<u8>, Vec<u8>) {
    let bytes = std::fs::read(file(name)).unwrap();
    let (address, sealed) = bytes[1..].split_at(usize::from(bytes[0]));
    (address.to_vec(), sealed.to_vec())
}

#[test]
fn what_was_stored_is_read() {
    if std::env::var_os("COMPAT").is_some() {
        write_what_is_missing();
    }
    let (key, user) = user();
    for (name, packing) in packings() {
        let trial = Trial::<User>::new(NAMESPACE, packing);
        let (address, sealed) = stored(name);
        assert_eq!(trial.address(&key).unwrap().as_bytes(), address, "{name}: the address");
        let read = trial.open(&trial.address(&key).unwrap(), &sealed, DEADLINE - 1);
        assert_eq!(read, Ok((user.clone(), CREATED, Some(DEADLINE))), "{name}");
    }
}

/// Another version may write something else, under another number. The same one may not.
#[test]
fn what_is_stored_is_as_it_was() {
    let (key, user) = user();
    for (name, packing) in packings() {
        let trial = Trial::<User>::new(NAMESPACE, packing);
        let address = trial.address(&key).unwrap();
        let sealed = trial.seal(&address, &user, CREATED, Some(DEADLINE)).unwrap();
        let (_, known) = stored(name);
        // A nonce is another one each time, and a later zstd may find something smaller.
        let fixed =
            if matches!(name, "v1-encrypted" | "v1-compressed") { 35 } else { sealed.len() };
        assert_eq!(sealed[..fixed], known[..fixed], "{name}");
    }
}

#[test]
fn a_type_that_changed_does_not_read_it() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct User {
        id: u64,
        name: String,
        score: f64,
    }
    let (key, _) = user();
    for (name, packing) in packings() {
        let trial = Trial::<User>::new(NAMESPACE, packing);
        let read = trial.open(&trial.address(&key).unwrap(), &stored(name).1, DEADLINE - 1);
        assert_eq!(read, Err("it is of another type".to_owned()), "{name}");
    }
}

fn write_what_is_missing() {
    let (key, user) = user();
    for (name, packing) in packings().into_iter().filter(|(name, _)| !file(name).exists()) {
        let trial = Trial::<User>::new(NAMESPACE, packing);
        let address = trial.address(&key).unwrap();
        let mut bytes = vec![u8::try_from(address.as_bytes().len()).unwrap()];
        bytes.extend(address.as_bytes());
        bytes.extend(trial.seal(&address, &user, CREATED, Some(DEADLINE)).unwrap());
        std::fs::write(file(name), bytes).unwrap();
    }
}
