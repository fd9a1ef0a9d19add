//! What makes two calls the same call, and what keeps them apart.

use larder::prelude::*;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

/// Two functions of one name, in two modules.
mod twins {
    pub(crate) mod left {
        use larder::prelude::*;
        #[async_lru]
        pub(crate) async fn name(_: u64) -> &'static str {
            "left"
        }
    }
    pub(crate) mod right {
        use larder::prelude::*;
        #[async_lru]
        pub(crate) async fn name(_: u64) -> &'static str {
            "right"
        }
    }
}

#[tokio::test]
async fn functions_of_one_name_in_two_modules_are_apart() {
    assert_eq!(twins::left::name(1).await, "left");
    assert_eq!(twins::right::name(1).await, "right");
    assert_eq!(twins::left::name(1).await, "left");
    assert_eq!(twins::right::name.get_metrics().misses, 1);
    twins::left::name.clear().await;
    assert_eq!(twins::right::name(1).peek(), Some("right"));
}

#[tokio::test]
async fn monomorphizations_are_apart() {
    #[async_lru]
    async fn width<T>(_: u8) -> usize {
        size_of::<T>()
    }

    assert_eq!((width::<u8>(1).await, width::<u64>(1).await), (1, 8));
    assert_eq!((width::<u8>(1).await, width::<u64>(1).await), (1, 8));
    assert_eq!(width::<u8>.get_metrics().hits, 1);
    assert_eq!(width::<u64>.get_metrics().hits, 1);
    assert_eq!(width::<u32>(1).peek(), None);
}

#[tokio::test]
async fn equal_looking_arguments_of_different_types_are_apart() {
    #[async_lru]
    async fn show<T>(value: T) -> String
    where
        T: std::fmt::Debug + std::hash::Hash + Eq + Clone + Send + Sync + 'static,
    {
        format!("{value:?}")
    }

    assert_eq!(show(1_u8).await, "1");
    assert_eq!(show(true).await, "true");
    assert_eq!(show("1".to_owned()).await, "\"1\"");
    assert_eq!(show(1_u64).await, "1");
    assert_eq!(show(larder::Bits::from(1.0)).await, "Bits(1.0)");
    assert_eq!(show(1_u8).traced().await.0, "1");
    let entries = [show::<u8>.cache().len(), show::<bool>.cache().len(), show::<u64>.cache().len()];
    assert_eq!(entries, [1, 1, 1]);
}

#[tokio::test]
async fn where_one_argument_ends_matters() {
    #[async_lru]
    async fn joined(parts: &[&str]) -> String {
        parts.join("|")
    }
    #[async_lru]
    async fn pair(first: &str, second: &str) -> String {
        format!("{first}|{second}")
    }

    assert_eq!(joined(&["a:b", "c"]).await, "a:b|c");
    assert_eq!(joined(&["a", "b:c"]).await, "a|b:c");
    assert_eq!(joined(&["a", "b", "c"]).await, "a|b|c");
    assert_eq!(joined(&[]).await, "");
    assert_eq!(joined(&[""]).await, "");
    assert_eq!(joined.get_metrics().misses, 5);
    assert_eq!(pair("ab", "c").await, "ab|c");
    assert_eq!(pair("a", "bc").await, "a|bc");
    assert_eq!(pair("", "abc").await, "|abc");
    assert_eq!(pair.get_metrics().misses, 3);
}

#[tokio::test]
async fn equal_calls_share_one_key_however_they_are_written() {
    #[async_lru]
    async fn length(text: &str) -> usize {
        text.len()
    }

    let string = String::from("word");
    let boxed: Box<str> = "word".into();
    let shared: Arc<str> = "word".into();
    length("word").await;
    length(&string).await;
    length(&boxed).await;
    length(&shared).await;
    length(&"a word"[2..]).await;
    length(Cow::from("word").as_ref()).await;
    let metrics = length.get_metrics();
    assert_eq!((metrics.misses, metrics.hits, metrics.entries), (1, 5, 1));
    assert_eq!(length.cache().keys(), ["word".to_owned()]);
}

#[tokio::test]
async fn floats_are_keyed_by_bits_with_one_zero_and_one_nan() {
    #[async_lru]
    async fn half(x: f64) -> f64 {
        x / 2.0
    }
    #[async_lru]
    async fn sum(xs: &[f32], more: Option<f32>, (a, b): (f64, u8)) -> f64 {
        f64::from(xs.iter().sum::<f32>() + more.unwrap_or(0.0)) + a + f64::from(b)
    }

    half(0.0).await;
    half(-0.0).await;
    half(f64::NAN).await;
    half(-f64::NAN).await;
    half(0.1 + 0.2).await;
    half(0.3).await;
    half(f64::INFINITY).await;
    half(f64::NEG_INFINITY).await;
    let metrics = half.get_metrics();
    assert_eq!((metrics.misses, metrics.hits), (6, 2));

    sum(&[0.0, f32::NAN], Some(-0.0), (-0.0, 1)).await;
    sum(&[-0.0, -f32::NAN], Some(0.0), (0.0, 1)).await;
    sum(&[0.0, f32::NAN], None, (0.0, 1)).await;
    let metrics = sum.get_metrics();
    assert_eq!((metrics.misses, metrics.hits), (2, 1));
}

#[tokio::test]
async fn structures_of_references_are_looked_at_part_by_part() {
    type Deep<'a> = (&'a str, u8);

    #[async_lru]
    async fn nested(arg: ((&str, u8), Option<&str>), twice: &&str) -> usize {
        arg.0.0.len() + arg.1.map_or(0, str::len) + twice.len()
    }
    #[async_lru]
    async fn many(list: Vec<&str>, pair: [&str; 2], slice: &[Option<&str>]) -> usize {
        list.len() + pair.len() + slice.len()
    }

    let (one, two) = (String::from("one"), String::from("two"));
    let deep: Deep<'_> = (&one, 1);
    nested((("one", 1), Some("two")), &"x").await;
    nested((deep, Some(&two)), &"x").await;
    nested((("one", 1), None), &"x").await;
    nested((("one", 2), Some("two")), &"x").await;
    assert_eq!((nested.get_metrics().misses, nested.get_metrics().hits), (3, 1));

    many(vec!["one", "two"], ["one", "two"], &[Some("one"), None]).await;
    many(vec![&one, &two], [&one, &two], &[Some(&one), None]).await;
    many(vec!["two", "one"], ["one", "two"], &[Some("one"), None]).await;
    many(vec!["one", "two"], ["one", "two"], &[None, Some("one")]).await;
    many(vec!["one"], ["two", "one"], &[Some("two")]).await;
    assert_eq!((many.get_metrics().misses, many.get_metrics().hits), (4, 1));
}

#[tokio::test]
async fn owned_and_shared_forms_of_text_can_be_keys() {
    #[async_lru]
    async fn lengths(cow: Cow<'_, str>, bytes: Cow<'_, [u8]>, path: &Path, text: String) -> usize {
        cow.len() + bytes.len() + path.as_os_str().len() + text.len()
    }
    #[async_lru]
    async fn shared(text: Arc<str>, list: &Vec<String>, boxed: Box<[u8]>) -> usize {
        text.len() + list.len() + boxed.len()
    }

    let first = lengths("a".into(), [1, 2].as_slice().into(), Path::new("p"), "t".into());
    assert_eq!(first.await, 5);
    let (owned, path) = (Cow::<str>::Owned("a".to_owned()), Path::new("p").to_path_buf());
    let second = lengths(owned, vec![1, 2].into(), &path, String::from("t"));
    assert_eq!(second.await, 5);
    assert_eq!((lengths.get_metrics().misses, lengths.get_metrics().hits), (1, 1));

    shared("a".into(), &vec!["b".to_owned()], Box::new([1])).await;
    shared("a".to_owned().into(), &vec![String::from("b")], vec![1].into()).await;
    assert_eq!((shared.get_metrics().misses, shared.get_metrics().hits), (1, 1));
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct User {
    id: u64,
    name: String,
}

#[tokio::test]
async fn types_of_the_user_can_be_keys_behind_references_and_options() {
    #[async_lru]
    async fn greeting(user: &User, other: Option<&User>, all: &[User]) -> String {
        format!("{} {} {}", user.name, other.map_or(0, |o| o.id), all.len())
    }

    let ada = User { id: 1, name: "Ada".to_owned() };
    let copy = ada.clone();
    let bob = User { id: 2, name: "Bob".to_owned() };
    assert_eq!(greeting(&ada, None, &[]).await, "Ada 0 0");
    assert_eq!(greeting(&copy, None, &[]).await, "Ada 0 0");
    assert_eq!(greeting(&ada, Some(&bob), &[]).await, "Ada 2 0");
    assert_eq!(greeting(&bob, Some(&ada), std::slice::from_ref(&ada)).await, "Bob 1 1");
    assert_eq!(greeting(&bob, Some(&copy), std::slice::from_ref(&copy)).await, "Bob 1 1");
    assert_eq!((greeting.get_metrics().misses, greeting.get_metrics().hits), (3, 2));
}

#[tokio::test]
async fn sixteen_arguments_all_count() {
    #[async_lru]
    #[expect(clippy::too_many_arguments, reason = "as many as there may be")]
    async fn sum(
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
        m: u8,
        n: u8,
        o: u8,
        p: &str,
    ) -> usize {
        let numbers = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o];
        numbers.into_iter().map(usize::from).sum::<usize>() + p.len()
    }

    assert_eq!(sum(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "").await, 1);
    assert_eq!(sum(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, "").await, 1);
    assert_eq!(sum(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, "").await, 1);
    assert_eq!(sum(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "x").await, 1);
    assert_eq!(sum(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, "").await, 1);
    let metrics = sum.get_metrics();
    assert_eq!((metrics.misses, metrics.hits, metrics.entries), (4, 1, 4));
}

#[tokio::test]
async fn a_function_without_arguments_has_one_entry() {
    #[async_lru]
    async fn nothing() -> u8 {
        7
    }

    assert_eq!((nothing().await, nothing().await), (7, 7));
    assert_eq!((nothing.get_metrics().misses, nothing.cache().len()), (1, 1));
}

#[tokio::test]
async fn patterns_and_const_generics_are_arguments_like_others() {
    #[async_lru]
    async fn difference<const N: usize>(User { id, .. }: User, [a, b]: [u64; 2]) -> u64 {
        id + a - b + N as u64
    }

    let user = |id| User { id, name: String::new() };
    assert_eq!(difference::<0>(user(1), [3, 2]).await, 2);
    assert_eq!(difference::<5>(user(1), [3, 2]).await, 7);
    assert_eq!(difference::<0>(user(2), [3, 2]).await, 3);
    assert_eq!(difference::<0>(user(1), [3, 2]).await, 2);
    assert_eq!(difference::<0>.get_metrics().hits, 1);
}
