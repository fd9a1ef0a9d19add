//! Types that have to differ, and types that must not.

use super::Shape;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

fn print<V: DeserializeOwned>() -> u64 {
    Shape::of::<V>().fingerprint
}

/// Modules with a type `T` each, as the versions of one type are.
macro_rules! versions {
    ($($name:ident { $($body:tt)* })*) => {$(
        #[allow(dead_code, reason = "nobody makes such values")]
        mod $name {
            use super::*;
            $($body)*
        }
    )*};
}

fn differ(prints: &[(&str, u64)]) {
    for (n, (one, print)) in prints.iter().enumerate() {
        for (other, same) in &prints[n + 1..] {
            assert_ne!(print, same, "{one} and {other}");
        }
    }
}

macro_rules! differ {
    ($($type:ty),* $(,)?) => { differ(&[$((stringify!($type), print::<$type>())),*]) };
}

versions! {
    first { #[derive(Deserialize)] pub(super) struct T { a: u32, b: String } }
    renamed { #[derive(Deserialize)] pub(super) struct T { a: u32, c: String } }
    added { #[derive(Deserialize)] pub(super) struct T { a: u32, b: String, c: Option<u8> } }
    defaulted { #[derive(Deserialize)] pub(super) struct T { a: u32, b: String, #[serde(default)] d: u8 } }
    removed { #[derive(Deserialize)] pub(super) struct T { a: u32 } }
    reordered { #[derive(Deserialize)] pub(super) struct T { b: String, a: u32 } }
    wider { #[derive(Deserialize)] pub(super) struct T { a: u64, b: String } }
    signed { #[derive(Deserialize)] pub(super) struct T { a: i32, b: String } }
    optional { #[derive(Deserialize)] pub(super) struct T { a: Option<u32>, b: String } }
    other_name { #[derive(Deserialize)] pub(super) struct U { a: u32, b: String } }
}

#[test]
fn a_struct_that_changed() {
    assert_eq!(print::<first::T>(), print::<first::T>());
    assert_eq!(print::<Arc<first::T>>(), print::<Box<first::T>>());
    assert_eq!(print::<Arc<first::T>>(), print::<first::T>());
    differ!(
        first::T,
        renamed::T,
        added::T,
        defaulted::T,
        removed::T,
        reordered::T,
        wider::T,
        signed::T,
        optional::T,
        other_name::U,
    );
}

#[test]
fn where_a_value_lies_is_no_part_of_its_shape() {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "nobody makes such values")]
    struct Plain {
        a: u32,
        b: Vec<u8>,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "nobody makes such values")]
    #[serde(rename = "Plain")]
    struct Held {
        a: Arc<u32>,
        b: Arc<Vec<u8>>,
    }
    assert_eq!(print::<Plain>(), print::<Held>());
    assert_eq!(print::<HashMap<u8, u16>>(), print::<BTreeMap<u8, u16>>());
    assert_eq!(print::<Vec<u8>>(), print::<VecDeque<u8>>());
}

/// They are those of every process and build: stored values go by them.
#[test]
fn they_stay_the_same() {
    let prints = [
        print::<u64>(),
        print::<first::T>(),
        print::<Vec<Option<(String, f64)>>>(),
        print::<enums::T>(),
        print::<tree::T>(),
    ];
    let known = [
        0xdd4c_5b82_9064_2931,
        0xcdf5_ef2a_892a_bf6f,
        0xbc4c_226e_9f13_8b80,
        0xd6c2_5978_7f62_5d66,
        0xf805_0a50_45ee_48d8,
    ];
    assert_eq!(prints, known);
}

versions! {
    enums { #[derive(Deserialize)] pub(super) enum T { A, B(u32), C { x: u8 }, D(u8, u8) } }
    variant_renamed { #[derive(Deserialize)] pub(super) enum T { A, B(u32), C { x: u8 }, E(u8, u8) } }
    variant_added { #[derive(Deserialize)] pub(super) enum T { A, B(u32), C { x: u8 }, D(u8, u8), E } }
    variant_of_other_type { #[derive(Deserialize)] pub(super) enum T { A, B(u64), C { x: u8 }, D(u8, u8) } }
    variant_of_other_fields { #[derive(Deserialize)] pub(super) enum T { A, B(u32), C { y: u8 }, D(u8, u8) } }
    variant_of_more { #[derive(Deserialize)] pub(super) enum T { A, B(u32), C { x: u8 }, D(u8, u8, u8) } }
    variant_of_nothing { #[derive(Deserialize)] pub(super) enum T { A, B, C { x: u8 }, D(u8, u8) } }
    variant_with_a_unit { #[derive(Deserialize)] pub(super) enum T { A(()), B(u32), C { x: u8 }, D(u8, u8) } }
}

#[test]
fn an_enum_that_changed() {
    differ!(
        enums::T,
        variant_renamed::T,
        variant_added::T,
        variant_of_other_type::T,
        variant_of_other_fields::T,
        variant_of_more::T,
        variant_of_nothing::T,
        variant_with_a_unit::T,
    );
}

versions! {
    deep { #[derive(Deserialize)] pub(super) enum In { P, Q(u8) }
        #[derive(Deserialize)] pub(super) enum Mid { I, J { last: Vec<Option<In>> }, K }
        #[derive(Deserialize)] pub(super) struct T { m: Mid, n: (Mid, [Mid; 2]) } }
    deep_changed { #[derive(Deserialize)] pub(super) enum In { P, Q(u16) }
        #[derive(Deserialize)] pub(super) enum Mid { I, J { last: Vec<Option<In>> }, K }
        #[derive(Deserialize)] pub(super) struct T { m: Mid, n: (Mid, [Mid; 2]) } }
}

#[test]
fn deep_in_enums() {
    differ!(deep::T, deep_changed::T);
    let shape = Shape::of::<deep::T>();
    assert!(!shape.unbounded && !shape.asks && !shape.floats && !shape.options_of_nothing);
}

versions! {
    far { #[derive(Deserialize)] pub(super) enum Last { A, B, C, D, E, F, G, H, Z(u8) }
        #[derive(Deserialize)] pub(super) enum Mid { A, B, C, D, E, F, G, H, Z(Last) }
        #[derive(Deserialize)] pub(super) enum T { A, B, C, D, E, F, G, H, Z(Mid) } }
    far_changed { #[derive(Deserialize)] pub(super) enum Last { A, B, C, D, E, F, G, H, Z(u16) }
        #[derive(Deserialize)] pub(super) enum Mid { A, B, C, D, E, F, G, H, Z(Last) }
        #[derive(Deserialize)] pub(super) enum T { A, B, C, D, E, F, G, H, Z(Mid) } }
}

/// One variant of many leads on, three times.
#[test]
fn the_way_to_what_was_not_seen_is_found() {
    differ!(far::T, far_changed::T);
}

versions! {
    list { #[derive(Deserialize)] pub(super) struct T { next: Option<Box<T>>, v: u32 } }
    list_changed { #[derive(Deserialize)] pub(super) struct T { next: Option<Box<T>>, v: u64 } }
    tree { #[derive(Deserialize)] pub(super) enum T { Both(Box<T>, Box<T>, u32), Many(Vec<T>), Leaf(i64) } }
    tree_changed { #[derive(Deserialize)] pub(super) enum T { Both(Box<T>, Box<T>, u64), Many(Vec<T>), Leaf(i64) } }
    tree_leaf { #[derive(Deserialize)] pub(super) enum T { Both(Box<T>, Box<T>, u32), Many(Vec<T>), Leaf(i32) } }
    mutual { #[derive(Deserialize)] pub(super) struct A { b: Option<Box<T>>, x: u8 }
        #[derive(Deserialize)] pub(super) struct T { a: Vec<A>, y: (u8, u16) } }
    mutual_changed { #[derive(Deserialize)] pub(super) struct A { b: Option<Box<T>>, x: u8 }
        #[derive(Deserialize)] pub(super) struct T { a: Vec<A>, y: (u8, u32) } }
}

#[test]
fn types_that_hold_themselves() {
    differ!(
        list::T,
        list_changed::T,
        tree::T,
        tree_changed::T,
        tree_leaf::T,
        mutual::T,
        mutual_changed::T,
    );
    assert!(Shape::of::<list::T>().unbounded && Shape::of::<tree::T>().unbounded);
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "nobody makes such values")]
struct Generic<X> {
    x: X,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "nobody makes such values")]
struct Newtype(u32);

#[derive(Deserialize)]
struct Unit;

#[test]
fn what_there_is_in_the_standard_library() {
    differ!(
        (), bool, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, f32, f64, char, String, Duration,
        SystemTime, IpAddr, std::net::SocketAddr, Vec<u8>, Vec<u16>, Vec<Vec<u8>>, Option<u8>,
        Option<Option<u8>>, Option<()>, HashMap<String, u8>, HashMap<String, u16>,
        HashMap<u8, String>, (u8,), (u8, u8), (u8, u16), (u16, u8), [u8; 3], [u8; 4],
        Result<u8, String>, Result<String, u8>, Generic<u8>, Generic<u16>, Generic<Generic<u8>>,
        Generic<Generic<Generic<u8>>>, Generic<Generic<Generic<u16>>>, Newtype, Unit,
        std::ops::Range<u8>,
    );
    // As bytes they are the same, and those that are not such a value are found out when they are read.
    assert_eq!(print::<std::num::NonZeroU8>(), print::<u8>());
    assert_eq!(print::<std::collections::HashSet<u8>>(), print::<Vec<u8>>());
}

versions! {
    flat { #[derive(Deserialize)] pub(super) struct In { p: u8, q: String }
        #[derive(Deserialize)] pub(super) struct T { a: u32, #[serde(flatten)] i: In } }
    flat_own { #[derive(Deserialize)] pub(super) struct In { p: u8, q: String }
        #[derive(Deserialize)] pub(super) struct T { a: u64, #[serde(flatten)] i: In } }
    flat_name { #[derive(Deserialize)] pub(super) struct In { p: u8, r: String }
        #[derive(Deserialize)] pub(super) struct T { a: u32, #[serde(flatten)] i: In } }
    flat_type { #[derive(Deserialize)] pub(super) struct In { p: u8, q: u32 }
        #[derive(Deserialize)] pub(super) struct T { a: u32, #[serde(flatten)] i: In } }
    tagged { #[derive(Deserialize)] #[serde(tag = "t")] pub(super) enum T { A { x: u8 }, B { y: String } } }
    tagged_variant { #[derive(Deserialize)] #[serde(tag = "t")] pub(super) enum T { A { x: u8 }, C { y: String } } }
    tagged_field { #[derive(Deserialize)] #[serde(tag = "t")] pub(super) enum T { A { x: u8 }, B { z: String } } }
    tagged_type { #[derive(Deserialize)] #[serde(tag = "t")] pub(super) enum T { A { x: u8 }, B { y: Vec<u8> } } }
    tagged_tag { #[derive(Deserialize)] #[serde(tag = "u")] pub(super) enum T { A { x: u8 }, B { y: String } } }
    untagged { #[derive(Deserialize)] #[serde(untagged)] pub(super) enum T { A { x: u8 }, B { y: String } } }
    untagged_field { #[derive(Deserialize)] #[serde(untagged)] pub(super) enum T { A { x: u8 }, B { z: String } } }
    adjacent { #[derive(Deserialize)] #[serde(tag = "t", content = "c")] pub(super) enum T { A(u8), B { y: String } } }
    adjacent_type { #[derive(Deserialize)] #[serde(tag = "t", content = "c")] pub(super) enum T { A(u16), B { y: String } } }
}

#[test]
fn what_asks_for_anything() {
    differ!(
        flat::T,
        flat_own::T,
        flat_name::T,
        flat_type::T,
        tagged::T,
        tagged_variant::T,
        tagged_field::T,
        tagged_type::T,
        tagged_tag::T,
        untagged::T,
        untagged_field::T,
        adjacent::T,
        adjacent_type::T,
        serde_json::Value,
        Vec<serde_json::Value>,
    );
    for shape in [Shape::of::<flat::T>(), Shape::of::<tagged::T>(), Shape::of::<untagged::T>()] {
        assert!(shape.asks);
    }
    assert!(Shape::of::<Option<serde_json::Value>>().options_of_nothing);
}

/// Wants a text that nobody would make up, and panics about it or not.
struct Picky<const PANICS: bool>;

impl<'de, const PANICS: bool> Deserialize<'de> for Picky<PANICS> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text == "a very special text" {
            return Ok(Self);
        }
        assert!(!PANICS, "it is not special");
        Err(D::Error::custom("it is not special"))
    }
}

versions! {
    behind { #[derive(Deserialize)] pub(super) struct T { a: Picky<false>, b: Picky<true>, c: Vec<Picky<true>>, d: u32 } }
    behind_changed { #[derive(Deserialize)] pub(super) struct T { a: Picky<false>, b: Picky<true>, c: Vec<Picky<true>>, d: u64 } }
    inside { #[derive(Deserialize)] pub(super) enum T { A(behind::T), B, C((behind::T,)) } }
    inside_changed { #[derive(Deserialize)] pub(super) enum T { A(behind::T), B, C((behind_changed::T,)) } }
}

#[test]
fn what_likes_nothing_does_not_hide_the_rest() {
    differ!(behind::T, behind_changed::T, inside::T, inside_changed::T);
}

/// Takes its fields by position only.
struct Positional;

impl<'de> Deserialize<'de> for Positional {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Positional;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("two numbers")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut all: A,
            ) -> Result<Positional, A::Error> {
                let _: Option<u8> = all.next_element()?;
                let _: Option<f32> = all.next_element()?;
                Ok(Positional)
            }
        }
        from.deserialize_struct("Positional", &["a", "b"], Pair)
    }
}

#[test]
fn fields_by_position_are_seen() {
    let shape = Shape::of::<Positional>();
    assert!(shape.floats && !shape.unbounded);
}
