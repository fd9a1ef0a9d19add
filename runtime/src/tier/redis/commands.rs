//! The commands that a tier needs, and what their answers hold.

use super::super::network::Item;
use bytes::Bytes;
use redis::{Cmd, Value};

/// Asks what is stored under these names. Of something that is no string it gets nothing, and no error.
pub(super) fn mget<'a>(names: impl IntoIterator<Item = &'a Vec<u8>>) -> Cmd {
    named("MGET", names)
}

pub(super) fn unlink<'a>(names: impl IntoIterator<Item = &'a Vec<u8>>) -> Cmd {
    named("UNLINK", names)
}

fn named<'a>(command: &str, names: impl IntoIterator<Item = &'a Vec<u8>>) -> Cmd {
    let mut command = redis::cmd(command);
    for name in names {
        command.arg(name.as_slice());
    }
    command
}

pub(super) fn set(item: &Item) -> Cmd {
    let mut command = redis::cmd("SET");
    command.arg(item.name.as_slice()).arg(item.value.as_slice());
    if let Some(lifetime) = item.lifetime {
        // Cut off and not rounded up: nothing lives for longer than it should. Zero would be an error.
        command.arg("PX").arg(u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX).max(1));
    }
    command
}

pub(super) fn set_if_missing(item: &Item) -> Cmd {
    let mut command = set(item);
    command.arg("NX");
    command
}

/// Stores an item, or removes what is there if that is what it says.
pub(super) fn store(item: &Item) -> Cmd {
    if item.is_over() { unlink([&item.name]) } else { set(item) }
}

/// An array of this length.
pub(super) fn array(answer: Value, len: usize) -> Option<Vec<Value>> {
    match answer {
        Value::Array(values) if values.len() == len => Some(values),
        _ => None,
    }
}

/// The bytes of a string; of anything else none.
pub(super) fn bytes(value: Value) -> Option<Bytes> {
    match value {
        Value::BulkString(bytes) => Some(bytes.into()),
        _ => None,
    }
}

/// What is there after something was stored if there was nothing, by what is found then. Something that is no string is
/// there too, though nothing is found; and no bytes are no number either.
pub(super) fn present(found: Option<Bytes>) -> Option<Bytes> {
    found.or(Some(Bytes::new()))
}
