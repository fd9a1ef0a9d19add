//! XChaCha20-Poly1305, with a nonce taken at random: 24 bytes are so many that none comes twice.

use super::Context;
use crate::codec::error::{CodecError, CodecErrorKind};
use crate::codec::keyring::Secrets;
use crate::codec::packing::Rejected;
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};

pub(super) const NONCE: usize = 24;
pub(super) const TAG: usize = 16;

pub(super) fn nonce() -> Result<[u8; NONCE], CodecError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce)
        .map_err(|error| CodecError::new(CodecErrorKind::NoRandomness).because(error))?;
    Ok(nonce)
}

/// Appends the nonce, the payload and the tag.
pub(super) fn encrypt(
    key: &Secrets,
    nonce: &[u8; NONCE],
    out: &mut Vec<u8>,
    context: &Context,
    payload: &[u8],
) -> Result<(), CodecError> {
    out.extend_from_slice(nonce);
    let begin = out.len();
    out.extend_from_slice(payload);
    let tag = cipher(key)
        .encrypt_inout_detached(nonce.into(), &context.0[..], (&mut out[begin..]).into())
        .map_err(|_| CodecErrorKind::Unsealable)?;
    out.extend_from_slice(&tag);
    Ok(())
}

pub(super) fn decrypt(
    key: &Secrets,
    context: &Context,
    sealed: &[u8],
) -> Result<Vec<u8>, Rejected> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(Rejected::Damaged)?;
    let (secret, tag) = rest.split_last_chunk::<TAG>().ok_or(Rejected::Damaged)?;
    let mut payload = secret.to_vec();
    cipher(key)
        .decrypt_inout_detached(nonce.into(), &context.0[..], (&mut payload[..]).into(), tag.into())
        .map_err(|_| Rejected::Damaged)?;
    Ok(payload)
}

fn cipher(key: &Secrets) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.encryption().into())
}
