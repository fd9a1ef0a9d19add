//! How values are to lie in a tier.

use super::{LayerConfig, Secret};
use crate::tier::{Codec, Packing};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// The packing of these settings, if any of them is about it, unless there are problems; those are added to the list.
///
/// The same for the same settings, however often they are applied: what is owed to a tier is owed to it in one packing.
pub(super) fn packing(
    config: &LayerConfig,
    role: &str,
    problems: &mut Vec<String>,
) -> Option<Arc<Packing>> {
    static KNOWN: Mutex<Option<HashMap<blake3::Hash, Arc<Packing>>>> = Mutex::new(None);
    let LayerConfig { codec, compress_above, encrypt, sign, .. } = config;
    if codec.is_none() && compress_above.is_none() && encrypt.is_none() && sign.is_none() {
        return None;
    }
    let before = problems.len();
    let mut packing = Packing::default();
    for (name, step) in STEPS {
        match step(packing.clone(), config) {
            Ok(next) => packing = next,
            Err(problem) => problems.push(format!("`{role}`: `{name}` {problem}")),
        }
    }
    if problems.len() != before {
        return None;
    }
    let mut known = KNOWN.lock();
    let same = known.get_or_insert_default().entry(identity(config));
    Some(same.or_insert_with(|| Arc::new(packing)).clone())
}

/// The same for the same settings. A hash, because there are keys among them.
fn identity(config: &LayerConfig) -> blake3::Hash {
    let LayerConfig { codec, compress_above, encrypt, sign, .. } = config;
    let above = compress_above.map(|bytes| bytes.to_string());
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|text| text.reveal().to_owned());
    let mut hasher = blake3::Hasher::new();
    for text in [codec.clone(), above, secret(encrypt), secret(sign)] {
        let length = text.as_ref().map_or(u64::MAX, |text| text.len() as u64);
        hasher.update(&length.to_le_bytes()).update(text.unwrap_or_default().as_bytes());
    }
    hasher.finalize()
}

type Step = fn(Packing, &LayerConfig) -> Result<Packing, String>;

const STEPS: [(&str, Step); 4] =
    [("codec", coded), ("compress_above", compressed), ("encrypt", encrypted), ("sign", signed)];

/// Those that there are with all features.
const CODECS: [&str; 4] = ["cbor", "json", "messagepack", "postcard"];

fn coded(packing: Packing, config: &LayerConfig) -> Result<Packing, String> {
    let Some(name) = &config.codec else { return Ok(packing) };
    match codec_called(name) {
        Some(codec) => Ok(packing.codec(codec)),
        None if CODECS.contains(&&**name) => Err(needs_feature(name)),
        None => Err(format!("is `{name}`, and has to be one of {}", CODECS.join(", "))),
    }
}

fn codec_called(name: &str) -> Option<Codec> {
    match name {
        "cbor" => Some(Codec::Cbor),
        #[cfg(feature = "json")]
        "json" => Some(Codec::Json),
        #[cfg(feature = "messagepack")]
        "messagepack" => Some(Codec::MessagePack),
        #[cfg(feature = "postcard")]
        "postcard" => Some(Codec::Postcard),
        _ => None,
    }
}

#[cfg(feature = "compression")]
#[expect(clippy::unnecessary_wraps, reason = "it fails without the feature")]
fn compressed(packing: Packing, config: &LayerConfig) -> Result<Packing, String> {
    let above = config.compress_above.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    let Some(above) = above else { return Ok(packing) };
    Ok(packing.compress(crate::tier::Compression::above(above)))
}

#[cfg(not(feature = "compression"))]
fn compressed(packing: Packing, config: &LayerConfig) -> Result<Packing, String> {
    match config.compress_above {
        Some(_) => Err(needs_feature("compression")),
        None => Ok(packing),
    }
}

#[cfg(feature = "encryption")]
fn encrypted(packing: Packing, config: &LayerConfig) -> Result<Packing, String> {
    let Some(keys) = &config.encrypt else { return Ok(packing) };
    Ok(packing.encrypt(keys_in(keys)?))
}

#[cfg(not(feature = "encryption"))]
fn encrypted(packing: Packing, config: &LayerConfig) -> Result<Packing, String> {
    match config.encrypt {
        Some(_) => Err(needs_feature("encryption")),
        None => Ok(packing),
    }
}

fn signed(packing: Packing, config: &LayerConfig) -> Result<Packing, String> {
    match &config.sign {
        Some(_) if config.encrypt.is_some() => {
            Err("adds nothing to `encrypt`: leave one of them out".to_owned())
        }
        Some(keys) => signed_with(packing, keys),
        None => Ok(packing),
    }
}

#[cfg(feature = "signing")]
fn signed_with(packing: Packing, keys: &Secret) -> Result<Packing, String> {
    Ok(packing.sign(keys_in(keys)?))
}

#[cfg(not(feature = "signing"))]
fn signed_with(_: Packing, _: &Secret) -> Result<Packing, String> {
    Err(needs_feature("signing"))
}

#[cfg(any(feature = "encryption", feature = "signing"))]
fn keys_in(text: &Secret) -> Result<crate::tier::KeyRing, String> {
    crate::tier::KeyRing::parse(text.reveal()).map_err(|error| format!("is wrong: {error}"))
}

fn needs_feature(feature: &str) -> String {
    format!("needs the feature `{feature}` of larder")
}
