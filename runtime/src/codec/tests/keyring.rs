//! Keys that are none are errors, and no message shows one.

use crate::codec::keyring::KeyRing;

#[test]
fn what_is_wrong_is_said_all_at_once() {
    let good = "ab".repeat(32);
    let zeros = "00".repeat(32);
    let text = format!(
        "1:{good}, 1:{good}, 2:{zeros}, 3:abc, x:{good}, {good}, address:{good},address:{good}"
    );
    let problems = KeyRing::parse(&text).unwrap_err().to_string();
    assert_eq!(
        problems,
        "key 1 is there twice; key 2 is all zeros; key 3 is not 64 hexadecimal digits; a key has no number: it is \
         NUMBER:HEX; a key has no number: it is NUMBER:HEX; the address key is there twice"
    );
    assert!(!problems.contains("abab"));
    for none in ["", " , ", &format!("address:{good}")] {
        let problem = KeyRing::parse(none).unwrap_err().to_string();
        assert_eq!(problem, "there is no key that seals");
    }
    for bad in ["1:", "1", "-1:ab", &format!("1:{good}0"), &format!("1:{}é", &good[2..])] {
        assert!(KeyRing::parse(bad).is_err(), "{bad}");
    }
    assert!(KeyRing::new(1, [0; 32]).is_err());
    assert!(KeyRing::new(1, [1; 32]).unwrap().also(1, [2; 32]).is_err());
    assert!(KeyRing::new(1, [1; 32]).unwrap().also(2, [0; 32]).is_err());
    assert!(KeyRing::new(1, [1; 32]).unwrap().address_by([0; 32]).is_err());
}

#[test]
fn a_setting_is_what_it_says() {
    let text =
        format!(" 7:{} ,3:{},address:{}", "07".repeat(32), "0aA0".repeat(16), "05".repeat(32));
    let parsed: KeyRing = text.parse().unwrap();
    let mut key = [0x0a; 32];
    key.iter_mut().skip(1).step_by(2).for_each(|byte| *byte = 0xa0);
    let made = KeyRing::new(7, [7; 32]).unwrap().also(3, key).unwrap().address_by([5; 32]).unwrap();
    assert_eq!(parsed.sealing_id(), 7);
    assert_eq!(parsed.address_key(), made.address_key());
    #[cfg(feature = "signing")]
    assert_eq!(parsed.of_id(3).unwrap().signing(), made.of_id(3).unwrap().signing());
    assert!(parsed.of_id(4).is_none());
}

/// A key for one use says nothing of that for another.
#[cfg(all(feature = "signing", feature = "encryption"))]
#[test]
fn each_use_has_a_key_of_its_own() {
    let ring = KeyRing::new(1, [1; 32]).unwrap();
    let keys =
        [ring.sealing().signing(), ring.sealing().encryption(), ring.address_key(), &[1; 32]];
    for (n, one) in keys.iter().enumerate() {
        assert!(keys[n + 1..].iter().all(|other| other != one));
    }
}
