//! HMAC-SHA256.

use super::Context;
use crate::codec::keyring::Secrets;
use crate::codec::packing::Rejected;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

pub(super) const SIGNATURE: usize = 32;

pub(super) fn sign(key: &Secrets, context: &Context, payload: &[u8]) -> [u8; SIGNATURE] {
    mac(key, context, payload).finalize().into_bytes().into()
}

pub(super) fn verify<'a>(
    key: &Secrets,
    context: &Context,
    sealed: &'a [u8],
) -> Result<&'a [u8], Rejected> {
    let (payload, found) = sealed.split_last_chunk::<SIGNATURE>().ok_or(Rejected::Damaged)?;
    // Takes the same time wherever the first difference is.
    mac(key, context, payload).verify_slice(found).map_err(|_| Rejected::Damaged)?;
    Ok(payload)
}

fn mac(key: &Secrets, context: &Context, payload: &[u8]) -> Hmac<Sha256> {
    // A key that is shorter than a block counts as one with zeros behind it.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key.signing());
    let mac = Hmac::<Sha256>::new((&*block).into());
    mac.chain_update(&context.0).chain_update(payload)
}
