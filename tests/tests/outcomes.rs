//! What of an output is stored. The concurrent part is in `stampede.rs` and `flight.rs`.

use larder::Served;
use larder::prelude::*;
use larder_tests::Counter;

/// An error that cannot be cloned.
#[derive(Debug, PartialEq, Eq)]
struct Broken(u64);

type Answer<T> = Result<T, Broken>;

#[tokio::test]
async fn an_ok_is_stored_and_an_err_is_not() {
    #[async_lru(skip(calls))]
    async fn even(calls: &Counter, n: u64) -> Result<u64, String> {
        calls.count();
        if n.is_multiple_of(2) { Ok(n) } else { Err(format!("{n} is odd")) }
    }

    let calls = Counter::default();
    for _ in 0..2 {
        assert_eq!(even(&calls, 2).await, Ok(2));
    }
    assert_eq!(calls.get(), 1);
    for _ in 0..2 {
        assert_eq!(even(&calls, 3).await, Err("3 is odd".to_owned()));
    }
    assert_eq!(calls.get(), 3);
    assert_eq!((even(&calls, 3).peek(), even.cache().len()), (None, 1));
    let metrics = even.get_metrics();
    assert_eq!((metrics.loads, metrics.load_errors), (3, 2));
}

#[tokio::test]
async fn an_alias_of_a_result_is_a_result_and_its_error_needs_no_clone() {
    #[async_lru(skip(calls))]
    async fn aliased(calls: &Counter, n: u64) -> Answer<u64> {
        if calls.count() == 1 { Err(Broken(n)) } else { Ok(n) }
    }

    let calls = Counter::default();
    assert_eq!(aliased(&calls, 7).await, Err(Broken(7)));
    assert_eq!(aliased(&calls, 7).await, Ok(7));
    assert_eq!(aliased(&calls, 7).await, Ok(7));
    assert_eq!((calls.get(), aliased(&calls, 7).peek()), (2, Some(7)));
    assert_eq!(aliased.cache().entries(), [(7, 7)]);
}

#[tokio::test]
async fn an_error_need_not_be_send() {
    use std::rc::Rc;

    #[async_lru(local, skip(calls))]
    async fn local(calls: &Counter) -> Result<u64, Rc<str>> {
        if calls.count() == 1 { Err("first".into()) } else { Ok(7) }
    }

    let calls = Counter::default();
    assert_eq!(local(&calls).await, Err("first".into()));
    assert_eq!((local(&calls).await, local(&calls).await), (Ok(7), Ok(7)));
    assert_eq!(calls.get(), 2);
}

#[tokio::test]
async fn a_none_is_a_value() {
    #[async_lru(skip(calls))]
    async fn find(calls: &Counter, n: u64) -> Option<u64> {
        calls.count();
        n.checked_sub(10)
    }
    #[async_lru(skip(calls))]
    async fn try_find(calls: &Counter, n: u64) -> Answer<Option<u64>> {
        calls.count();
        Ok(n.checked_sub(10))
    }

    let calls = Counter::default();
    assert_eq!((find(&calls, 1).await, find(&calls, 1).await), (None, None));
    assert_eq!((calls.get(), find(&calls, 1).peek()), (1, Some(None)));
    assert_eq!((try_find(&calls, 1).await, try_find(&calls, 1).await), (Ok(None), Ok(None)));
    assert_eq!((calls.get(), try_find(&calls, 1).peek()), (2, Some(None)));
}

#[tokio::test]
async fn skip_none_looks_through_a_result() {
    #[async_lru(skip_none, skip(calls))]
    async fn try_find(calls: &Counter, n: u64) -> Answer<Option<u64>> {
        calls.count();
        if n == 99 { Err(Broken(n)) } else { Ok(n.checked_sub(10)) }
    }

    let calls = Counter::default();
    for _ in 0..2 {
        assert_eq!(try_find(&calls, 1).await, Ok(None));
        assert_eq!(try_find(&calls, 11).await, Ok(Some(1)));
        assert_eq!(try_find(&calls, 99).await, Err(Broken(99)));
    }
    assert_eq!(calls.get(), 5, "only the `Some` was stored");
}

/// The compiler decides what a `T` is where the function stands, and there it is only a `T`.
#[tokio::test]
async fn a_type_parameter_is_kept_whole_whatever_it_turns_out_to_be() {
    #[async_lru(skip(make))]
    async fn made<T: Clone + Send + Sync + 'static>(make: fn() -> T) -> T {
        make()
    }
    #[async_lru(skip(make))]
    async fn tried<T: Clone + Send + Sync + 'static>(make: fn() -> Answer<T>) -> Answer<T> {
        make()
    }

    let failed = made::<Result<u64, String>>(|| Err("first".to_owned())).await;
    assert_eq!(failed, Err("first".to_owned()));
    assert_eq!(made::<Result<u64, String>>(|| Ok(7)).await, Err("first".to_owned()));

    // A `Result` in the signature is one for every `T`.
    assert_eq!(tried::<u64>(|| Err(Broken(1))).await, Err(Broken(1)));
    assert_eq!(tried::<u64>(|| Ok(7)).await, Ok(7));
    assert_eq!(tried::<u64>(|| Ok(8)).await, Ok(7));
    assert_eq!(tried::<Option<u64>>(|| Ok(None)).await, Ok(None));
    assert_eq!(tried::<Option<u64>>(|| Ok(Some(1))).await, Ok(None));
}

#[tokio::test]
async fn a_function_may_return_nothing() {
    #[async_lru(skip(calls))]
    async fn effect(calls: &Counter, _n: u64) {
        calls.count();
    }
    #[async_lru(skip(calls))]
    async fn checked(calls: &Counter, _n: u64) -> Answer<()> {
        calls.count();
        Ok(())
    }

    let calls = Counter::default();
    effect(&calls, 1).await;
    effect(&calls, 1).await;
    checked(&calls, 1).await.unwrap();
    checked(&calls, 1).await.unwrap();
    assert_eq!(calls.get(), 2);
}

#[tokio::test]
async fn question_marks_and_returns_leave_the_body_as_ever() {
    #[async_lru]
    async fn parsed(text: &str) -> Result<u64, std::num::ParseIntError> {
        if text.is_empty() {
            return Ok(0);
        }
        let number: u64 = text.parse()?;
        Ok(number)
    }

    assert_eq!(parsed("").await, Ok(0));
    assert_eq!(parsed("7").await, Ok(7));
    assert!(parsed("x").await.is_err());
    assert_eq!(parsed.cache().len(), 2);
}

#[tokio::test]
async fn a_refused_value_does_not_replace_the_good_one() {
    #[async_lru(skip_none, skip(found))]
    async fn find(found: Option<u64>) -> Option<u64> {
        found
    }

    assert_eq!(find(Some(7)).await, Some(7));
    assert_eq!(find(None).use_cache(false).await, None);
    let (value, how) = find(None).traced().await;
    assert_eq!(value, Some(7));
    assert!(matches!(how, Served::Hit { .. }));
}

#[tokio::test]
async fn a_panicking_body_stores_nothing_and_breaks_nothing() {
    #[async_lru(skip(calls))]
    async fn first_panics(calls: &'static Counter) -> u64 {
        assert!(calls.count() > 1, "the first call panics");
        7
    }

    let calls: &'static Counter = Box::leak(Box::default());
    let panicked = tokio::spawn(first_panics(calls)).await;
    assert!(panicked.unwrap_err().is_panic());
    assert_eq!((first_panics(calls).await, first_panics(calls).await), (7, 7));
    assert_eq!((calls.get(), first_panics.get_metrics().load_errors), (2, 1));
}

/// An error may borrow from the arguments: it is never kept.
#[tokio::test]
async fn an_error_may_borrow() {
    #[async_lru]
    async fn number(text: &str) -> Result<u64, &str> {
        text.parse().map_err(|_| text)
    }

    let text = String::from("seven");
    assert_eq!(number(&text).await, Err("seven"));
    assert_eq!(number("7").await, Ok(7));
    assert_eq!((number.cache().len(), number("7").peek()), (1, Some(7)));
}
