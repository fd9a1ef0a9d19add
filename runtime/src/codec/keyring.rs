//! The keys that values at rest are signed or encrypted with.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use zeroize::{Zeroize, Zeroizing};

/// The keys that values at rest are signed or encrypted with. One of them seals, all of them open.
///
/// Each has a number, which stands beside the values that it sealed. To change the key, let the new one seal and keep the
/// old one beside it until what it sealed is gone: `KeyRing::new(2, new)?.also(1, old)?`. Before that, give the new one to all
/// processes as one that opens, or they will not be able to read what the first of them writes.
///
/// There is no default, and none is made up: what was sealed with a key that nobody knows any more is lost. Take 32 bytes
/// of a good source, for instance `openssl rand -hex 32`. A password is not a key.
///
/// # Where entries lie
/// The keys of a cache are not written down but hashed, with a secret that is made from the key with the **lowest
/// number**. So entries are found as before when a new key with a higher number is added, also when it seals. When
/// the lowest leaves the ring, what is stored is found no more; and as long as some processes have it and others do not,
/// what one of them removes the others still find. So give [`address_by`](Self::address_by) a key that stays, or
/// clear the tier when the lowest key is retired.
///
/// Copies share the keys. They are overwritten in memory when the last one goes.
///
/// ```
/// use larder::tier::KeyRing;
///
/// # let (old, new) = ([1; 32], [2; 32]);
/// let keys = KeyRing::new(2, new)?.also(1, old)?;
/// assert_eq!(format!("{keys:?}"), "KeyRing { seals: 2, opens: [2, 1] }");
/// # Ok::<(), larder::tier::KeyRingError>(())
/// ```
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

#[derive(Clone)]
struct Ring {
    /// The first seals.
    keys: Vec<(u32, Secrets)>,
    address: Option<Secrets>,
}

/// What is made from a key: another one for each use.
#[derive(Clone)]
pub(crate) struct Secrets {
    encryption: [u8; 32],
    signing: [u8; 32],
    address: [u8; 32],
}

impl Secrets {
    fn new(key: &[u8; 32]) -> Self {
        Self {
            encryption: blake3::derive_key("larder 2026 values at rest: encryption", key),
            signing: blake3::derive_key("larder 2026 values at rest: signatures", key),
            address: blake3::derive_key("larder 2026 values at rest: addresses", key),
        }
    }

    #[cfg(feature = "encryption")]
    pub(crate) fn encryption(&self) -> &[u8; 32] {
        &self.encryption
    }

    #[cfg(feature = "signing")]
    pub(crate) fn signing(&self) -> &[u8; 32] {
        &self.signing
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        for secret in [&mut self.encryption, &mut self.signing, &mut self.address] {
            secret.zeroize();
        }
    }
}

/// What is wrong with the keys of a [`KeyRing`]. Its message shows no key.
///
/// ```
/// use larder::tier::KeyRing;
///
/// let problems = KeyRing::parse("1:0000,one:ff").unwrap_err();
/// assert_eq!(problems.to_string(), "key 1 is not 64 hexadecimal digits; a key has no number: it is NUMBER:HEX");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRingError(Vec<String>);

impl fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for KeyRingError {}

impl KeyRing {
    /// A ring with the key that seals.
    ///
    /// # Errors
    /// When the key is all zeros.
    pub fn new(id: u32, key: [u8; 32]) -> Result<Self, KeyRingError> {
        let key = checked(&format!("key {id}"), key)?;
        Ok(Self(Arc::new(Ring { keys: vec![(id, key)], address: None })))
    }

    /// With another key, that only opens.
    ///
    /// # Errors
    /// When the key is all zeros, or there is one with this number.
    pub fn also(mut self, id: u32, key: [u8; 32]) -> Result<Self, KeyRingError> {
        let key = checked(&format!("key {id}"), key)?;
        if self.of_id(id).is_some() {
            return Err(KeyRingError(vec![format!("there are two keys {id}")]));
        }
        Arc::make_mut(&mut self.0).keys.push((id, key));
        Ok(self)
    }

    /// With a key that decides where entries lie, and nothing else, and so need not change when the others do.
    ///
    /// # Errors
    /// When the key is all zeros.
    ///
    /// ```
    /// use larder::tier::KeyRing;
    ///
    /// # let (stays, second) = ([1; 32], [2; 32]);
    /// let keys = KeyRing::new(2, second)?.address_by(stays)?;
    /// # Ok::<(), larder::tier::KeyRingError>(())
    /// ```
    pub fn address_by(mut self, key: [u8; 32]) -> Result<Self, KeyRingError> {
        Arc::make_mut(&mut self.0).address = Some(checked("the address key", key)?);
        Ok(self)
    }

    /// A ring from a setting: `NUMBER:HEX`, several of them with commas between. The first seals. `address:HEX` is what
    /// [`address_by`](Self::address_by) is given. A `KeyRing` is also what such a text `parse`s to.
    ///
    /// # Errors
    /// Everything that is wrong with it: no key, a key that is not 64 hexadecimal digits, or all zeros, or there twice.
    ///
    /// ```
    /// use larder::tier::KeyRing;
    ///
    /// let hex = "4b1d".repeat(16);
    /// let keys = KeyRing::parse(&format!("7:{hex}"))?;
    /// assert_eq!(format!("{keys:?}"), "KeyRing { seals: 7, opens: [7] }");
    /// # Ok::<(), larder::tier::KeyRingError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut problems = Vec::new();
        let mut ring = Ring { keys: Vec::new(), address: None };
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            if let Err(KeyRingError(more)) = ring.read(entry) {
                problems.extend(more);
            }
        }
        if ring.keys.is_empty() && problems.is_empty() {
            problems.push("there is no key that seals".to_owned());
        }
        if problems.is_empty() { Ok(Self(Arc::new(ring))) } else { Err(KeyRingError(problems)) }
    }

    pub(crate) fn sealing_id(&self) -> u32 {
        self.0.keys[0].0
    }

    pub(crate) fn sealing(&self) -> &Secrets {
        &self.0.keys[0].1
    }

    pub(crate) fn of_id(&self, id: u32) -> Option<&Secrets> {
        self.0.keys.iter().find(|(known, _)| *known == id).map(|(_, key)| key)
    }

    /// What keys of caches are hashed with.
    pub(crate) fn address_key(&self) -> &[u8; 32] {
        let lowest = || self.0.keys.iter().min_by_key(|(id, _)| *id).map(|(_, key)| key);
        &self.0.address.as_ref().or_else(lowest).unwrap_or(self.sealing()).address
    }
}

impl Ring {
    /// Takes up one `NUMBER:HEX` or `address:HEX`.
    fn read(&mut self, entry: &str) -> Result<(), KeyRingError> {
        let problem = |what: String| KeyRingError(vec![what]);
        let (name, hex) = entry.split_once(':').unwrap_or(("", ""));
        let (name, id) = (name.trim(), name.trim().parse::<u32>());
        let called = match &id {
            Ok(id) => format!("key {id}"),
            Err(_) if name == "address" => "the address key".to_owned(),
            // Not what stands there: it may be the key itself.
            Err(_) => return Err(problem("a key has no number: it is NUMBER:HEX".to_owned())),
        };
        let key = from_hex(hex.trim())
            .ok_or_else(|| problem(format!("{called} is not 64 hexadecimal digits")))?;
        let key = checked(&called, *key)?;
        match id {
            Ok(id) if self.keys.iter().all(|(known, _)| *known != id) => self.keys.push((id, key)),
            Err(_) if self.address.is_none() => self.address = Some(key),
            _ => return Err(problem(format!("{called} is there twice"))),
        }
        Ok(())
    }
}

impl FromStr for KeyRing {
    type Err = KeyRingError;

    fn from_str(text: &str) -> Result<Self, KeyRingError> {
        Self::parse(text)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opens: Vec<u32> = self.0.keys.iter().map(|(id, _)| *id).collect();
        f.debug_struct("KeyRing")
            .field("seals", &self.sealing_id())
            .field("opens", &format_args!("{opens:?}"))
            .finish()
    }
}

fn checked(called: &str, key: [u8; 32]) -> Result<Secrets, KeyRingError> {
    let key = Zeroizing::new(key);
    if *key == [0; 32] {
        return Err(KeyRingError(vec![format!("{called} is all zeros")]));
    }
    Ok(Secrets::new(&key))
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut key = Zeroizing::new([0; 32]);
    if pairs.len() != key.len() {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16);
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        *byte = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    }
    Some(key)
}
