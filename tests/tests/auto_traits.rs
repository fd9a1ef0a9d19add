//! What can be sent, shared, moved; and how large things are. Most of it is checked by the compiler.

use larder::prelude::*;
use larder::{Error, Evictions, FunctionInfo, Metrics, Reason, Served};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

const fn shared<T: Send + Sync + Unpin + 'static>() {}
const fn plain<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Copy + 'static>() {}

const _: () = {
    shared::<Cache<String, Vec<u8>>>();
    shared::<Metrics>();
    shared::<Error>();
    plain::<Ttl>();
    plain::<Reason>();
    plain::<Served>();
    plain::<Evictions>();
    shared::<FunctionInfo>();
    assert!(size_of::<Cache<String, [u64; 100]>>() == size_of::<usize>());
    assert!(size_of::<Option<Cache<String, u64>>>() == size_of::<usize>());
    assert!(size_of::<Reason>() == 1);
    assert!(size_of::<Error>() <= 16);
};

/// Has one implementation for what is not `Send`, and two for what is: then the compiler cannot say what `How` is.
trait NotSend<How> {}
impl<T: ?Sized> NotSend<()> for T {}
impl<T: ?Sized + Send> NotSend<u8> for T {}

fn not_send<How, T: NotSend<How>>(value: T) -> T {
    value
}

fn send<T: Send>(value: T) -> T {
    value
}

fn movable<T: Unpin>(value: T) -> T {
    value
}

#[async_lru]
async fn owned(n: u64) -> u64 {
    n
}

#[async_lru]
async fn borrowed(text: &str) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}

#[async_lru(local)]
async fn local(n: u64) -> u64 {
    let here = Rc::new(n);
    tokio::task::yield_now().await;
    *here
}

#[async_lru(local, skip(text))]
async fn local_argument(text: Rc<str>) -> usize {
    text.len()
}

async fn on_this_thread() -> u64 {
    let here = Rc::new(2);
    tokio::task::yield_now().await;
    *here
}

#[tokio::test]
async fn calls_are_send_and_movable() {
    assert_eq!(send(movable(owned(1))).await, 1);
    assert_eq!(send(movable(borrowed("7"))).await, Ok(7));
    assert!(send(owned(1).invalidate()).await);
    send(owned(1).prime(2)).await;
    assert!(send(owned(1).touch(Ttl::Never)).await);
    assert_eq!(send(movable(owned(1).traced())).await.0, 2);
    assert_eq!(send(larder::without_cache(owned(1))).await, 1);
    send(owned.clear()).await;

    let cache: Cache<u64, u64> = Cache::new(1);
    assert_eq!(send(movable(cache.get_with(1, async { 1 }))).await, 1);
}

#[tokio::test]
async fn local_calls_are_not_send() {
    assert_eq!(not_send(local_argument("four".into())).await, 4);
    assert_eq!(not_send(local(1)).await, 1);
    let cache: Cache<u64, u64> = Cache::new(1);
    assert_eq!(not_send(cache.get_with(1, on_this_thread())).await, 2);
}

#[test]
fn nothing_of_it_gets_in_the_way_of_catching_a_panic() {
    fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    unwind_safe::<Ttl>();
    unwind_safe::<Metrics>();
    unwind_safe::<Error>();
    unwind_safe::<Reason>();
}

/// A call is its arguments and a little more: it is made for every hit.
#[test]
fn a_call_is_small() {
    let words = |bytes: usize| bytes.div_ceil(size_of::<usize>());
    let call = owned(1);
    assert!(words(size_of_val(&call)) <= 20, "{} words", words(size_of_val(&call)));
    let traced = owned(1).traced();
    assert_eq!(size_of_val(&traced), size_of_val(&call));
    let text = borrowed("7");
    assert!(size_of_val(&text) <= size_of_val(&call) + 8);
    let bypass = larder::without_cache(owned(1));
    assert_eq!(size_of_val(&bypass), size_of_val(&call));
}
