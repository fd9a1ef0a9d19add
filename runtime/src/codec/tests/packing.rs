//! Whatever happens to what is at rest, it is the value that was put there, or rejected.

use crate::codec::codecs::Codec;
#[cfg(feature = "compression")]
use crate::codec::compression::Compression;
use crate::codec::envelope::HEADER;
#[cfg(any(feature = "encryption", feature = "signing"))]
use crate::codec::keyring::KeyRing;
use crate::codec::pack::{BySerde, Pack};
use crate::codec::packing::{At, Packing, Rejected, Stamp};
use crate::tier::TierKey;
use bytes::Bytes;
use std::collections::HashSet;

const STAMP: Stamp = Stamp { fingerprint: 0x1234_5678_9abc_def0, created: 5, deadline: Some(1000) };
const PAYLOAD: &[u8] = b"a payload a payload a payload a payload a payload";

/// Each way to protect, each with and without compression.
fn packings() -> Vec<Packing> {
    let plain = Packing::default();
    let mut all = vec![
        #[cfg(feature = "signing")]
        plain.clone().sign(ring(1)),
        #[cfg(feature = "encryption")]
        plain.clone().encrypt(ring(1)),
        plain,
    ];
    #[cfg(feature = "compression")]
    for n in 0..all.len() {
        all.push(all[n].clone().compress(Compression::above(10)));
    }
    #[cfg(not(feature = "compression"))]
    all.reverse();
    all
}

#[cfg(any(feature = "encryption", feature = "signing"))]
fn ring(id: u32) -> KeyRing {
    KeyRing::new(id, [u8::try_from(id).unwrap(); 32]).unwrap()
}

fn key(bytes: &[u8]) -> TierKey {
    TierKey::new(bytes.to_vec())
}

fn seal(packing: &Packing) -> Bytes {
    packing.seal(At { namespace: "space", key: &key(b"key") }, PAYLOAD, STAMP).unwrap()
}

fn open(packing: &Packing, bytes: &[u8]) -> Result<Vec<u8>, Rejected> {
    open_at(packing, "space", b"key", bytes)
}

fn open_at(
    packing: &Packing,
    namespace: &str,
    at: &[u8],
    bytes: &[u8],
) -> Result<Vec<u8>, Rejected> {
    let at = At { namespace, key: &key(at) };
    let opened = packing.open(at, bytes, STAMP.fingerprint, 999)?;
    assert_eq!((opened.created, opened.deadline), (STAMP.created, STAMP.deadline));
    assert_eq!(opened.codec.id(), Codec::Cbor.id());
    Ok(opened.payload.into_owned())
}

#[test]
fn there_and_back() {
    for packing in packings() {
        let sealed = seal(&packing);
        assert_eq!(open(&packing, &sealed).unwrap(), PAYLOAD);
        assert_eq!(&sealed[..4], b"LRD\x01");
        let never = Stamp { deadline: None, ..STAMP };
        let at = At { namespace: "", key: &key(b"k") };
        let sealed = packing.seal(at, &[], never).unwrap();
        let opened = packing.open(at, &sealed, STAMP.fingerprint, u64::MAX - 1).unwrap();
        assert_eq!((&*opened.payload, opened.deadline), (&[][..], None));
    }
}

#[test]
fn a_changed_bit_is_found() {
    for packing in packings() {
        let sealed = seal(&packing);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&packing, &changed).is_err(), "bit {bit} of {packing:?}");
        }
        for byte in 0..HEADER {
            for value in 0..=255 {
                let mut changed = sealed.to_vec();
                changed[byte] = value;
                assert_eq!(open(&packing, &changed).is_ok(), value == sealed[byte]);
            }
        }
    }
}

#[test]
fn a_changed_length_is_found() {
    for packing in packings() {
        let sealed = seal(&packing);
        for len in 0..sealed.len() {
            assert!(open(&packing, &sealed[..len]).is_err(), "{len} bytes of {packing:?}");
            assert!(open(&packing, &sealed[sealed.len() - len..]).is_err());
        }
        for byte in 0..=255 {
            assert!(open(&packing, &[&sealed[..], &[byte]].concat()).is_err());
        }
        assert!(open(&packing, &[&sealed[..], &sealed].concat()).is_err());
        assert!(open(&packing, &[0; 200]).is_err());
        assert!(open(&packing, &[&sealed[..HEADER], &[0; 200]].concat()).is_err());
    }
}

#[test]
fn a_value_belongs_to_its_key() {
    for packing in packings() {
        let sealed = seal(&packing);
        for (namespace, at) in
            [("space", "kez"), ("spacf", "key"), ("spacek", "ey"), ("spac", "ekey"), ("", "key")]
        {
            assert_eq!(
                open_at(&packing, namespace, at.as_bytes(), &sealed).unwrap_err(),
                Rejected::Damaged
            );
        }
    }
}

#[test]
fn from_the_deadline_on_it_is_expired() {
    for packing in packings() {
        let (sealed, key) = (seal(&packing), key(b"key"));
        let at = At { namespace: "space", key: &key };
        let open = |now| packing.open(at, &sealed, STAMP.fingerprint, now).map(drop);
        assert_eq!(open(999), Ok(()));
        assert_eq!(open(1000), Err(Rejected::Expired));
        assert_eq!(open(u64::MAX), Err(Rejected::Expired));
    }
}

#[test]
fn a_value_of_another_shape_is_rejected() {
    for packing in packings() {
        let (sealed, key) = (seal(&packing), key(b"key"));
        let opened = packing.open(At { namespace: "space", key: &key }, &sealed, 1, 0);
        assert_eq!(opened.unwrap_err(), Rejected::OtherType);
    }
}

#[test]
fn only_the_protection_that_was_asked_for_will_do() {
    let all = packings();
    for (n, one) in all.iter().enumerate() {
        for (m, other) in all.iter().enumerate() {
            let opened = open(other, &seal(one));
            let half = all.len() / if cfg!(feature = "compression") { 2 } else { 1 };
            // Compression is no protection: what is compressed is opened by all.
            assert_eq!(opened.is_ok(), n % half == m % half, "{one:?} by {other:?}");
        }
    }
}

#[cfg(all(feature = "encryption", feature = "signing"))]
#[test]
fn why_a_protection_will_not_do() {
    let plain = Packing::default();
    let (signed, encrypted) = (plain.clone().sign(ring(1)), plain.clone().encrypt(ring(1)));
    let why = |by: &Packing, of: &Packing| open(by, &seal(of)).unwrap_err();
    assert_eq!(why(&signed, &plain), Rejected::Unprotected);
    assert_eq!(why(&encrypted, &plain), Rejected::Unprotected);
    assert_eq!(why(&encrypted, &signed), Rejected::Unprotected);
    assert_eq!(why(&signed, &encrypted), Rejected::Unprotected);
    assert_eq!(why(&plain, &signed), Rejected::UnknownKey);
    for protect in [Packing::sign, Packing::encrypt] {
        let protected = |ring| protect(Packing::default(), ring);
        assert_eq!(why(&protected(ring(2)), &protected(ring(1))), Rejected::UnknownKey);
        // The same number, another key.
        let other = KeyRing::new(1, [9; 32]).unwrap();
        assert_eq!(why(&protected(other), &protected(ring(1))), Rejected::Damaged);
    }
    // Encryption is not given up for a signature, whichever comes first.
    let both = [encrypted.clone().sign(ring(1)), signed.encrypt(ring(1))];
    assert!(both.iter().all(|both| open(&encrypted, &seal(both)).is_ok()));
}

#[cfg(all(feature = "encryption", feature = "signing"))]
#[test]
fn old_keys_open_and_find() {
    for protect in [Packing::sign, Packing::encrypt] {
        let old = protect(Packing::default(), ring(1));
        let new = protect(Packing::default(), ring(2).also(1, [1; 32]).unwrap());
        let only_new = protect(Packing::default(), ring(2));
        assert_eq!(open(&new, &seal(&old)).unwrap(), PAYLOAD);
        assert_eq!(open(&old, &seal(&new)).unwrap_err(), Rejected::UnknownKey);
        assert_eq!(open(&only_new, &seal(&new)).unwrap(), PAYLOAD);
        // Where entries lie does not depend on what seals.
        assert_eq!(old.address("n", b"k"), new.address("n", b"k"));
        assert_ne!(old.address("n", b"k"), only_new.address("n", b"k"));
        let fixed = |ring: KeyRing| protect(Packing::default(), ring.address_by([7; 32]).unwrap());
        assert_eq!(fixed(ring(1)).address("n", b"k"), fixed(ring(2)).address("n", b"k"));
    }
}

#[cfg(feature = "encryption")]
#[test]
fn nothing_is_legible_in_what_is_encrypted() {
    let packing = Packing::default().encrypt(ring(1));
    let sealed = seal(&packing);
    assert!(!sealed.windows(7).any(|part| part == b"payload"));
    assert_ne!(sealed, seal(&packing), "another nonce each time");
    for plain in [&b"key"[..], &[b'x'; 40], &[b'x'; 400]] {
        let address = packing.address("space", plain);
        assert_eq!(address.as_bytes().len(), 33);
        assert!(!address.as_bytes().windows(3).any(|part| part == &plain[..3]));
        assert_ne!(address, packing.address("other space", plain));
        assert_ne!(address.as_bytes()[1..], blake3::hash(plain).as_bytes()[..]);
    }
}

#[test]
fn addresses_differ_where_keys_do() {
    let long = vec![b'x'; 64];
    let longer = vec![b'x'; 65];
    let hash = blake3::hash(&longer);
    let keys: [&[u8]; 7] =
        [b"a", b"b", b"aa", &long, &longer, hash.as_bytes(), &[&[1][..], hash.as_bytes()].concat()];
    for packing in packings() {
        let addresses: HashSet<_> = keys.iter().map(|key| packing.address("n", key)).collect();
        assert_eq!(addresses.len(), keys.len());
        assert!(addresses.iter().all(|address| address.as_bytes().len() <= TierKey::MAX_LEN));
    }
    assert_eq!(Packing::default().address("n", &long).as_bytes()[1..], long);
}

#[cfg(feature = "compression")]
#[test]
fn compression_is_kept_where_it_helps_and_is_bounded() {
    let at = At { namespace: "n", key: &key(b"k") };
    let packing = Packing::default().compress(Compression::above(100).at_most(1 << 20));
    let len = |payload: &[u8]| {
        let sealed = packing.seal(at, payload, STAMP).unwrap();
        let opened = packing.open(at, &sealed, STAMP.fingerprint, 0).unwrap();
        assert_eq!(opened.payload, payload);
        sealed.len() - HEADER - 16
    };
    let noise: Vec<u8> = blake3::Hasher::new().finalize_xof().bytes(5000);
    assert_eq!(len(&[7; 100]), 100, "not longer than the bound");
    assert!(len(&[7; 101]) < 100);
    assert_eq!(len(&noise), 5000, "would not be smaller");
    assert!(len(&vec![7; 1 << 20]) < 1000);
    assert_eq!(len(&vec![7; (1 << 20) + 1]), (1 << 20) + 1, "would not be opened");

    // One that says how much it comes to, one that says nothing, and one that lies.
    let bomb = zstd::bulk::compress(&vec![0; 100 << 20], 3).unwrap();
    let silent = zstd::stream::encode_all(&vec![0; 10 << 20][..], 3).unwrap();
    for bytes in [&bomb[..], &silent, b"no zstd at all", b""] {
        let damaged = Compression::above(1).decompress(bytes);
        assert_eq!(damaged.unwrap_err(), Rejected::Damaged);
    }
    let twice = [&zstd::bulk::compress(&[1; 200], 3).unwrap()[..]; 2].concat();
    assert_eq!(Compression::above(1).decompress(&twice).unwrap_err(), Rejected::Damaged);
}

#[cfg(feature = "compression")]
trait Noise {
    fn bytes(self, len: usize) -> Vec<u8>;
}

#[cfg(feature = "compression")]
impl Noise for blake3::OutputReader {
    fn bytes(mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }
}

/// What stands in an envelope of somebody who can make checksums.
#[test]
fn what_is_unknown_is_said_to_be() {
    let at = At { namespace: "n", key: &key(b"k") };
    let forged = |place: usize, value: u8| {
        let sealed = Packing::default().seal(at, PAYLOAD, STAMP).unwrap();
        let mut header: [u8; HEADER] = sealed[..HEADER].try_into().unwrap();
        header[place] = value;
        let mut out = header.to_vec();
        let context = crate::codec::protection::Context::new(&header, at);
        crate::codec::protection::Protection::Checksum.seal(&mut out, &context, PAYLOAD).unwrap();
        Packing::default().open(at, &out, STAMP.fingerprint, 0).map(drop)
    };
    assert_eq!(forged(4, 1), Ok(()));
    assert_eq!(forged(3, 2), Err(Rejected::UnknownFormat), "version");
    assert_eq!(forged(4, 77), Err(Rejected::UnknownFormat), "codec");
    assert_eq!(forged(4, 200), Err(Rejected::UnknownFormat), "codec of another user");
    assert_eq!(forged(5, 9), Err(Rejected::UnknownFormat), "compression");
    assert_eq!(forged(6, 3), Err(Rejected::UnknownFormat), "protection");
    assert_eq!(forged(7, 1), Err(Rejected::Damaged), "a key without need");
    #[cfg(feature = "compression")]
    assert_eq!(forged(5, 1), Err(Rejected::Damaged), "not compressed");
}

#[test]
fn a_value_comes_back_by_the_codec_that_wrote_it() {
    let pack: &dyn Pack<(u8, String), Vec<Option<u32>>> = &BySerde::new();
    let value = vec![Some(1), None];
    let reader = Packing::default();
    let key = reader.address("names", &pack.key(&(1, "x".to_owned())).unwrap());
    let at = At { namespace: "names", key: &key };
    for codec in super::pack::codecs() {
        let packing = Packing::default().codec(codec.clone());
        let stamp = Stamp { fingerprint: pack.fingerprint(), ..STAMP };
        let payload = pack.encode(packing.encodes_with(), &value).unwrap();
        let sealed = packing.seal(at, &payload, stamp).unwrap();
        match reader.open(at, &sealed, pack.fingerprint(), 9) {
            Ok(opened) => {
                assert_eq!(opened.codec.id(), codec.id());
                assert_eq!(pack.decode(&opened.codec, &opened.payload).unwrap(), value);
            }
            Err(rejected) => {
                assert_eq!(rejected, Rejected::UnknownFormat);
                assert!(codec.id() >= 128);
            }
        }
        let own = packing.open(at, &sealed, pack.fingerprint(), 9).unwrap();
        assert_eq!(pack.decode(&own.codec, &own.payload).unwrap(), value);
    }
}
