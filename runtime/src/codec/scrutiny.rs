//! Whether a value comes back from a codec as it was.
//!
//! Where the shape of a type leaves doubts, each value of it is looked at before it is encoded.

use super::bounded::MAX_DEPTH;
use super::codecs::Caution;
use super::error::{CodecError, CodecErrorKind};
use serde::ser::{self, Serialize};

/// Looks at a value. Deeper ones than this are not written: they would not be read.
pub(crate) fn scrutinize<V: Serialize>(value: &V, caution: Caution) -> Result<(), CodecError> {
    // A leaf is a level to some codecs.
    value.serialize(Look { caution, depth: MAX_DEPTH - 2 }).map(drop)
}

/// What a part of a value is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// The same as `None`.
    Nothing,
    Something,
}

type Looked = Result<Written, CodecError>;

#[derive(Clone, Copy)]
struct Look {
    caution: Caution,
    depth: usize,
}

impl Look {
    fn below(self) -> Result<Self, CodecError> {
        let depth = self.depth.checked_sub(1).ok_or(CodecErrorKind::TooDeep)?;
        Ok(Self { depth, ..self })
    }

    fn inner<T: Serialize + ?Sized>(self, value: &T) -> Looked {
        value.serialize(self.below()?)
    }

    fn float(self, is_finite: bool) -> Looked {
        if self.caution.no_such_floats && !is_finite {
            return Err(CodecErrorKind::Ambiguous.into());
        }
        Ok(Written::Something)
    }
}

macro_rules! something {
    ($($method:ident $type:ty),*) => {$(
        fn $method(self, _: $type) -> Looked {
            Ok(Written::Something)
        }
    )*};
}

impl ser::Serializer for Look {
    type Ok = Written;
    type Error = CodecError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    something! {
        serialize_bool bool, serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_i128 i128, serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64,
        serialize_u128 u128, serialize_char char, serialize_str &str, serialize_bytes &[u8]
    }

    fn serialize_f32(self, value: f32) -> Looked {
        self.float(value.is_finite())
    }

    fn serialize_f64(self, value: f64) -> Looked {
        self.float(value.is_finite())
    }

    fn serialize_none(self) -> Looked {
        Ok(Written::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Looked {
        let nothing = self.inner(value)? == Written::Nothing;
        if nothing && self.caution.nothing_is_null {
            return Err(CodecErrorKind::Ambiguous.into());
        }
        Ok(Written::Something)
    }

    fn serialize_unit(self) -> Looked {
        Ok(Written::Nothing)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Looked {
        Ok(Written::Nothing)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Looked {
        Ok(Written::Something)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Looked {
        self.inner(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Looked {
        self.inner(value)?;
        Ok(Written::Something)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, CodecError> {
        self.below()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, CodecError> {
        self.below()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, CodecError> {
        self.below()
    }

    // The variant and what it holds are a level each.
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, CodecError> {
        self.below()?.below()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, CodecError> {
        self.below()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, CodecError> {
        self.below()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, CodecError> {
        self.below()?.below()
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, _: &T) -> Looked {
        Ok(Written::Something)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! parts {
    ($($part:ident: $($method:ident)*;)*) => {$(
        impl ser::$part for Look {
            type Ok = Written;
            type Error = CodecError;

            $(fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
                value.serialize(*self).map(drop)
            })*

            fn end(self) -> Looked {
                Ok(Written::Something)
            }
        }
    )*};
}
parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
    SerializeMap: serialize_key serialize_value;
}

macro_rules! fields {
    ($($part:ident),*) => {$(
        impl ser::$part for Look {
            type Ok = Written;
            type Error = CodecError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Result<(), CodecError> {
                value.serialize(*self).map(drop)
            }

            fn skip_field(&mut self, _: &'static str) -> Result<(), CodecError> {
                // Where fields go by position, the next one would be taken for it.
                if self.caution.no_names { Err(CodecErrorKind::Ambiguous.into()) } else { Ok(()) }
            }

            fn end(self) -> Looked {
                Ok(Written::Something)
            }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);
