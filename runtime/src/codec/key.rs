//! Keys as bytes: CBOR that is the same in every process and build.
//!
//! A key is never read back, only compared. So it is written by rules that leave nothing to chance and keep different keys
//! apart, where those of CBOR for values would not do:
//!
//! - maps and structs are sorted by the bytes of their keys, so the order of a hash map or of fields does not matter;
//! - `Some(x)` is an array of one, so that `None`, `Some(None)` and `Some(())` differ;
//! - integers are as short as they can be, floats have the length of their type, one zero and one `NaN`, as in memory;
//! - fields and variants go by their names, so that a key of another build with other fields is another key.
//!
//! What serde does not tell stays unknown: two variants of an untagged enum, a field that is skipped.

use super::error::{CodecError, CodecErrorKind};
use serde::ser::{self, Serialize};
use std::fmt;

/// No key is nested deeper: each level takes stack.
const MAX_DEPTH: usize = 128;

/// `key` as bytes.
pub(crate) fn key_bytes<K: Serialize + ?Sized>(key: &K) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(32);
    key.serialize(Writer { out: &mut out, depth: MAX_DEPTH })?;
    Ok(out)
}

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

const NULL: u8 = 0xf6;

/// A kind of item and its number, in as few bytes as possible.
#[expect(clippy::cast_possible_truncation, reason = "each arm says that it fits")]
fn head(out: &mut Vec<u8>, kind: u8, number: u64) {
    let kind = kind << 5;
    match number {
        0..=23 => out.push(kind | number as u8),
        24..=0xff => out.extend([kind | 0x18, number as u8]),
        0x100..=0xffff => {
            out.push(kind | 0x19);
            out.extend((number as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(kind | 0x1a);
            out.extend((number as u32).to_be_bytes());
        }
        _ => {
            out.push(kind | 0x1b);
            out.extend(number.to_be_bytes());
        }
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, TEXT, text.len() as u64);
    out.extend(text.as_bytes());
}

/// An unsigned number (`kind` 0) or that of a negative one (`kind` 1); from 64 bits on with tag 2 or 3, as in RFC 8949.
fn number(out: &mut Vec<u8>, kind: u8, number: u128) {
    if let Ok(number) = u64::try_from(number) {
        return head(out, kind, number);
    }
    let bytes = number.to_be_bytes();
    let bytes = &bytes[number.leading_zeros() as usize / 8..];
    head(out, TAG, u64::from(2 + kind));
    head(out, BYTES, bytes.len() as u64);
    out.extend(bytes);
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    depth: usize,
}

impl<'a> Writer<'a> {
    /// One level further down.
    fn below(self) -> Result<Self, CodecError> {
        let depth = self.depth.checked_sub(1).ok_or(CodecErrorKind::TooDeep)?;
        Ok(Self { out: self.out, depth })
    }

    /// A map of one: the name of a variant, and what it holds.
    fn variant(self, name: &str) -> Result<Self, CodecError> {
        head(self.out, MAP, 1);
        text(self.out, name);
        self.below()
    }

    fn items(self) -> Result<Items<'a>, CodecError> {
        let Self { out, depth } = self.below()?;
        Ok(Items { begin: out.len(), out, depth, count: 0 })
    }

    fn pairs(self) -> Result<Pairs<'a>, CodecError> {
        let Self { out, depth } = self.below()?;
        Ok(Pairs { begin: out.len(), out, depth, starts: Vec::new() })
    }
}

macro_rules! numbers {
    ($($unsigned:ident $u:ty, $signed:ident $i:ty);*) => {$(
        fn $unsigned(self, value: $u) -> Result<(), CodecError> {
            number(self.out, UNSIGNED, u128::from(value));
            Ok(())
        }
        fn $signed(self, value: $i) -> Result<(), CodecError> {
            let value = i128::from(value);
            // The number of a negative one is how far it is below -1: all bits the other way.
            let kind = if value < 0 { NEGATIVE } else { UNSIGNED };
            number(self.out, kind, (if value < 0 { !value } else { value }).cast_unsigned());
            Ok(())
        }
    )*};
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Pairs<'a>;
    type SerializeStruct = Pairs<'a>;
    type SerializeStructVariant = Pairs<'a>;

    numbers! {
        serialize_u8 u8, serialize_i8 i8;
        serialize_u16 u16, serialize_i16 i16;
        serialize_u32 u32, serialize_i32 i32;
        serialize_u64 u64, serialize_i64 i64;
        serialize_u128 u128, serialize_i128 i128
    }

    fn serialize_bool(self, value: bool) -> Result<(), CodecError> {
        self.out.push(0xf4 + u8::from(value));
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), CodecError> {
        let value = if value.is_nan() { f32::NAN } else { value + 0.0 };
        self.out.push(0xfa);
        self.out.extend(value.to_bits().to_be_bytes());
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), CodecError> {
        let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
        self.out.push(0xfb);
        self.out.extend(value.to_bits().to_be_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), CodecError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), CodecError> {
        text(self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), CodecError> {
        head(self.out, BYTES, value.len() as u64);
        self.out.extend(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), CodecError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CodecError> {
        head(self.out, ARRAY, 1);
        value.serialize(self.below()?)
    }

    fn serialize_unit(self) -> Result<(), CodecError> {
        self.out.push(NULL);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), CodecError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), CodecError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        value.serialize(self.below()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        value.serialize(self.variant(variant)?)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, CodecError> {
        self.items()
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, CodecError> {
        self.items()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, CodecError> {
        self.items()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a>, CodecError> {
        self.variant(variant)?.items()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Pairs<'a>, CodecError> {
        self.pairs()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Pairs<'a>, CodecError> {
        self.pairs()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Pairs<'a>, CodecError> {
        self.variant(variant)?.pairs()
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Puts the head of what was written from `begin` on before it. Its number is counted, not what was announced.
fn put_head(out: &mut Vec<u8>, begin: usize, kind: u8, count: usize) {
    let end = out.len();
    head(out, kind, count as u64);
    let len = out.len() - end;
    out[begin..].rotate_right(len);
}

/// A list of which some has been written.
struct Items<'a> {
    out: &'a mut Vec<u8>,
    depth: usize,
    begin: usize,
    count: usize,
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        self.count += 1;
        value.serialize(Writer { out: self.out, depth: self.depth })
    }

    fn end(self) {
        put_head(self.out, self.begin, ARRAY, self.count);
    }
}

/// A map of which some has been written.
struct Pairs<'a> {
    out: &'a mut Vec<u8>,
    depth: usize,
    begin: usize,
    /// Where each key starts, and its value.
    starts: Vec<[usize; 2]>,
}

impl Pairs<'_> {
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CodecError> {
        let start = self.out.len();
        key.serialize(Writer { out: self.out, depth: self.depth })?;
        self.starts.push([start, self.out.len()]);
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        value.serialize(Writer { out: self.out, depth: self.depth })
    }

    fn end(self) {
        let Self { out, begin, starts, .. } = self;
        let end = out.len();
        let ends = starts.iter().skip(1).map(|[start, _]| *start).chain([end]);
        let mut pairs: Vec<_> =
            starts.iter().zip(ends).map(|([start, value], end)| [*start, *value, end]).collect();
        if !pairs.is_sorted_by_key(|[start, value, _]| &out[*start..*value]) {
            // Stable, should a key be there twice.
            pairs.sort_by_key(|[start, value, _]| &out[*start..*value]);
            let sorted: Vec<u8> =
                pairs.iter().flat_map(|[start, _, end]| &out[*start..*end]).copied().collect();
            out[begin..].copy_from_slice(&sorted);
        }
        put_head(out, begin, MAP, pairs.len());
    }
}

macro_rules! items {
    ($($part:ident $method:ident),*) => {$(
        impl ser::$part for Items<'_> {
            type Ok = ();
            type Error = CodecError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
                self.item(value)
            }

            fn end(self) -> Result<(), CodecError> {
                Items::end(self);
                Ok(())
            }
        }
    )*};
}
items!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

macro_rules! fields {
    ($($part:ident),*) => {$(
        impl ser::$part for Pairs<'_> {
            type Ok = ();
            type Error = CodecError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), CodecError> {
                self.key(name)?;
                self.value(value)
            }

            fn end(self) -> Result<(), CodecError> {
                Pairs::end(self);
                Ok(())
            }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Pairs<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CodecError> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        self.value(value)
    }

    fn end(self) -> Result<(), CodecError> {
        Pairs::end(self);
        Ok(())
    }
}

/// What a `Serialize` says when it fails. Its words are not kept: they may be about the value.
impl ser::Error for CodecError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        CodecErrorKind::Unencodable.into()
    }
}
