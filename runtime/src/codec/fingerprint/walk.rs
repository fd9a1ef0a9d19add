//! A deserializer that has nothing, and notes what it is asked for.

use super::graph::{From, Graph, State};
use super::heard::Stop;
use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use std::any::TypeId;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The parts of longer tuples beyond this many count as one.
const MAX_PARTS: usize = 64;
const ELEMENTS: [&str; MAX_PARTS] = [""; MAX_PARTS];

/// What is given to a `Deserialize`.
#[derive(Clone, Copy)]
pub(super) struct Probe<'g> {
    graph: &'g RefCell<Graph>,
    /// Who asks.
    from: Option<From>,
}

/// A type that is being asked.
struct Visit<'g> {
    graph: &'g RefCell<Graph>,
    node: usize,
    /// It is being asked already, further up.
    again: bool,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.graph.borrow_mut().leave();
    }
}

impl<'g> Probe<'g> {
    pub(super) fn root(graph: &'g RefCell<Graph>) -> Self {
        Self { graph, from: None }
    }

    fn enter<V>(self, kind: String, labels: &[&'static str]) -> Result<Visit<'g>, Stop> {
        let visitor: TypeId = typeid::of::<V>();
        let (node, again) = self.graph.borrow_mut().enter(visitor, kind, labels, self.from)?;
        Ok(Visit { graph: self.graph, node, again })
    }
}

impl<'g> Visit<'g> {
    fn slot(&self, slot: usize) -> From {
        From { node: self.node, slot, name: "" }
    }

    fn is_broken(&self, slot: usize) -> bool {
        self.graph.borrow().state(self.slot(slot)) == State::Broken
    }

    fn ask<T>(
        &self,
        slot: usize,
        ask: impl FnOnce(Probe<'g>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.ask_at(self.slot(slot), ask)
    }

    /// Asks a part. A panic in it is as good as an error.
    fn ask_at<T>(
        &self,
        at: From,
        ask: impl FnOnce(Probe<'g>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let changes = self.graph.borrow_mut().trying(at);
        let probe = Probe { graph: self.graph, from: Some(at) };
        let answer = catch_unwind(AssertUnwindSafe(|| ask(probe))).unwrap_or(Err(Stop));
        self.graph.borrow_mut().tried(at, changes, answer.is_ok());
        answer
    }

    /// Asks for the elements of a list, unless it is a list of lists of itself.
    fn elements<'de, V: Visitor<'de>>(&self, count: usize, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_seq(Parts { visit: self, next: 0, end: count })
    }

    fn fields<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Stop> {
        let count = self.graph.borrow().slots(self.node);
        if self.graph.borrow().by_position(self.node) {
            return self.elements(count, visitor);
        }
        let value = visitor.visit_map(Fields { visit: self, next: 0, end: count });
        if value.is_err() {
            self.graph.borrow_mut().unnamed(self.node);
        }
        value
    }
}

macro_rules! plain {
    ($($ask:ident $kind:literal $visit:ident $value:expr;)*) => {$(
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
            let _visit = self.enter::<V>($kind.to_owned(), &[])?;
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Stop;

    // One, not zero: there are numbers that cannot be zero.
    plain! {
        deserialize_bool "bool" visit_bool true;
        deserialize_u8 "u8" visit_u8 1;
        deserialize_u16 "u16" visit_u16 1;
        deserialize_u32 "u32" visit_u32 1;
        deserialize_u64 "u64" visit_u64 1;
        deserialize_u128 "u128" visit_u128 1;
        deserialize_i8 "i8" visit_i8 1;
        deserialize_i16 "i16" visit_i16 1;
        deserialize_i32 "i32" visit_i32 1;
        deserialize_i64 "i64" visit_i64 1;
        deserialize_i128 "i128" visit_i128 1;
        deserialize_f32 "f32" visit_f32 1.0;
        deserialize_f64 "f64" visit_f64 1.0;
        deserialize_char "char" visit_char '1';
        deserialize_str "string" visit_str "1";
        deserialize_string "string" visit_str "1";
        deserialize_bytes "bytes" visit_bytes &[1; 16];
        deserialize_byte_buf "bytes" visit_bytes &[1; 16];
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let _visit = self.enter::<V>("unit".to_owned(), &[])?;
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let _visit = self.enter::<V>("ignored".to_owned(), &[])?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let _visit = self.enter::<V>(format!("unit struct {name:?}"), &[])?;
        visitor.visit_unit()
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let visit = self.enter::<V>("any".to_owned(), &["a map"])?;
        let (guess, word) = {
            let mut graph = visit.graph.borrow_mut();
            (graph.guess(10), graph.word())
        };
        // Below itself, and for a field that somebody has missed, it gets something small.
        let small = visit.again || self.from.is_some_and(|from| !from.name.is_empty());
        match guess {
            0..=2 if small => visitor.visit_u64(1),
            3..=5 if small => visitor.visit_str(word),
            6 if small => visitor.visit_bool(true),
            7 if small => visitor.visit_f64(1.5),
            8 if small => visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<()>())),
            _ => {
                let learned = if visit.again { Vec::new() } else { visit.graph.borrow().missed() };
                visitor.visit_map(Entries {
                    visit: &visit,
                    value: 0,
                    first: false,
                    learned,
                    name: "",
                })
            }
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let visit = self.enter::<V>("identifier".to_owned(), &[])?;
        let word = visit.graph.borrow_mut().word();
        visitor.visit_str(word)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let visit = self.enter::<V>("option".to_owned(), &["some"])?;
        if visit.again || visit.is_broken(0) {
            return visitor.visit_none();
        }
        visit.ask(0, |probe| visitor.visit_some(probe))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let visit = self.enter::<V>(format!("newtype {name:?}"), &["0"])?;
        visit.ask(0, |probe| visitor.visit_newtype_struct(probe))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let visit = self.enter::<V>("seq".to_owned(), &["each"])?;
        visit.elements(usize::from(!visit.again && !visit.is_broken(0)), visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        let parts = &ELEMENTS[..len.min(MAX_PARTS)];
        self.enter::<V>(format!("tuple {len}"), parts)?.elements(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let parts = &ELEMENTS[..len.min(MAX_PARTS)];
        self.enter::<V>(format!("tuple struct {name:?} {len}"), parts)?.elements(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let visit = self.enter::<V>("map".to_owned(), &["key", "value"])?;
        let empty = visit.again || visit.is_broken(0) || visit.is_broken(1);
        let flat = visit.graph.borrow().is_identifier(visit.slot(0));
        let learned = if flat { visit.graph.borrow().missed() } else { Vec::new() };
        visitor.visit_map(Entries { visit: &visit, value: 1, first: !empty, learned, name: "" })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.enter::<V>(format!("struct {name:?} {fields:?}"), fields)?.fields(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let visit = self.enter::<V>(format!("enum {name:?} {variants:?}"), variants)?;
        let choice = visit.graph.borrow().choose(visit.node, visit.again).ok_or(Stop)?;
        visit.ask(choice.slot, |probe| visitor.visit_enum(Chosen { probe, choice }))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The elements of a list.
struct Parts<'v, 'g> {
    visit: &'v Visit<'g>,
    next: usize,
    end: usize,
}

impl<'de> de::SeqAccess<'de> for Parts<'_, '_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Stop> {
        if self.next == self.end {
            return Ok(None);
        }
        let slot = self.next.min(MAX_PARTS - 1);
        self.next += 1;
        self.visit.ask(slot, |probe| seed.deserialize(probe)).map(Some)
    }
}

/// The fields of a struct, but for those that like nothing: so the others are seen too.
struct Fields<'v, 'g> {
    visit: &'v Visit<'g>,
    next: usize,
    end: usize,
}

impl<'de> de::MapAccess<'de> for Fields<'_, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        while self.next < self.end && self.visit.is_broken(self.next) {
            self.next += 1;
        }
        if self.next == self.end {
            return Ok(None);
        }
        let field = self.visit.graph.borrow().label(self.visit.slot(self.next));
        seed.deserialize(StrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        self.next += 1;
        self.visit.ask(self.next - 1, |probe| seed.deserialize(probe))
    }
}

/// One entry of a map, and those that somebody has missed.
struct Entries<'v, 'g> {
    visit: &'v Visit<'g>,
    /// The slot of values. That of keys is the first.
    value: usize,
    first: bool,
    learned: Vec<&'static str>,
    /// The last key, if it was one of those.
    name: &'static str,
}

impl<'de> de::MapAccess<'de> for Entries<'_, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        if std::mem::take(&mut self.first) {
            return self.visit.ask(0, |probe| seed.deserialize(probe)).map(Some);
        }
        let Some(name) = self.learned.pop() else { return Ok(None) };
        self.name = name;
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        let at = From { name: self.name, ..self.visit.slot(self.value) };
        self.visit.ask_at(at, |probe| seed.deserialize(probe))
    }
}

/// A variant.
struct Chosen<'g> {
    probe: Probe<'g>,
    choice: From,
}

impl<'g> Chosen<'g> {
    fn form(self, form: &'static str) -> Probe<'g> {
        self.probe.graph.borrow_mut().form(self.choice, form);
        self.probe
    }
}

impl<'de> de::EnumAccess<'de> for Chosen<'_> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Stop> {
        let variant = self.probe.graph.borrow().label(self.choice);
        Ok((seed.deserialize(StrDeserializer::<Stop>::new(variant))?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Chosen<'_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        self.form("unit");
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.form("newtype"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.form("tuple").deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.form("struct").deserialize_struct("", fields, visitor)
    }
}
