//! A hit allocates nothing, clones no argument, and clones the value once. What has expired takes no memory.

use larder::Policy;
use larder::prelude::*;
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// Counts the allocations of each thread, and the bytes that it has allocated and not freed.
mod counting {
    #![expect(unsafe_code, reason = "an allocator cannot be written without")]

    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local!(static COUNT: Cell<usize> = const { Cell::new(0) });
    thread_local!(static BYTES: Cell<usize> = const { Cell::new(0) });

    struct Counting;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    // SAFETY: the system's allocator does the work, with the arguments as they are.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let _ = COUNT.try_with(|count| count.set(count.get() + 1));
            let _ = BYTES.try_with(|bytes| bytes.set(bytes.get().wrapping_add(layout.size())));
            // SAFETY: the caller's promises are those that `System` asks for.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            let _ = BYTES.try_with(|bytes| bytes.set(bytes.get().wrapping_sub(layout.size())));
            // SAFETY: as above.
            unsafe { System.dealloc(pointer, layout) }
        }
    }

    pub(super) fn allocations() -> usize {
        COUNT.get()
    }

    /// Those that have come since there were `before`.
    pub(super) fn bytes_since(before: usize) -> usize {
        BYTES.get().wrapping_sub(before)
    }
}

/// Awaits the call twice: how often the second time, a hit, allocated.
macro_rules! hit {
    ($call:expr) => {{
        let loaded = $call.await;
        let call = $call;
        let before = counting::allocations();
        let found = call.await;
        let allocated = counting::allocations() - before;
        assert_eq!(loaded, found);
        allocated
    }};
}

thread_local!(static CLONES: Cell<usize> = const { Cell::new(0) });

fn clones_in(run: impl FnOnce()) -> usize {
    let before = CLONES.get();
    run();
    CLONES.get() - before
}

/// Counts how often it is cloned.
#[derive(Debug, PartialEq, Eq)]
struct Costly(String);

impl Clone for Costly {
    fn clone(&self) -> Self {
        CLONES.set(CLONES.get() + 1);
        Self(self.0.clone())
    }
}

impl Hash for Costly {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn allocations_are_counted() {
    let before = counting::allocations();
    drop(std::hint::black_box(Box::new(1_u64)));
    assert_eq!(counting::allocations() - before, 1);
}

#[tokio::test]
async fn numbers() {
    #[async_lru]
    async fn integer(n: u64) -> u64 {
        n
    }
    #[async_ttl]
    async fn with_a_deadline(n: u64) -> u64 {
        n
    }
    #[async_lru]
    async fn float(x: f64, y: f32) -> u64 {
        u64::from(x > f64::from(y))
    }
    #[async_lru]
    async fn none() -> u64 {
        0
    }

    let allocated =
        [hit!(integer(7)), hit!(with_a_deadline(7)), hit!(float(0.5, -0.0)), hit!(none())];
    assert_eq!(allocated, [0; 4]);
}

#[tokio::test]
async fn text_and_slices() {
    #[async_lru]
    async fn text(text: &str, n: u64) -> u64 {
        n + text.len() as u64
    }
    #[async_lru]
    async fn string(text: String) -> usize {
        text.len()
    }
    #[async_lru]
    async fn bytes(bytes: &[u8]) -> usize {
        bytes.len()
    }
    #[async_lru]
    async fn maybe(text: Option<&str>) -> usize {
        text.map_or(0, str::len)
    }
    #[async_lru]
    async fn list(list: Vec<String>) -> usize {
        list.len()
    }
    #[async_lru]
    async fn texts(texts: &[&str]) -> usize {
        texts.len()
    }

    let long = "longer than any small string ".repeat(10);
    assert_eq!(hit!(text(&long, 7)), 0);
    // The `String` is made before the count begins: it is the caller's.
    assert_eq!(hit!(string(long.clone())), 0);
    assert_eq!(hit!(bytes(long.as_bytes())), 0);
    assert_eq!([hit!(maybe(Some(&long))), hit!(maybe(None))], [0; 2]);
    assert_eq!(hit!(list(vec![long.clone(), String::new()])), 0);
    let list = [long.as_str(), ""];
    assert_eq!(hit!(texts(&list)), 0);
}

#[tokio::test]
async fn nested_structures() {
    #[async_lru]
    async fn nested(arg: ((&str, u8), Option<(u64, &str)>), flag: bool) -> usize {
        arg.0.0.len() + usize::from(flag)
    }
    #[async_lru]
    async fn fallible(id: &str) -> Result<Arc<str>, String> {
        Ok(id.into())
    }

    let text = String::from("text");
    assert_eq!(hit!(nested(((&text, 1), Some((2, &text))), true)), 0);
    assert_eq!(hit!(fallible(&text)), 0);
}

struct Shelf;

impl Shelf {
    #[async_lru(skip(self))]
    async fn skipped(&self, id: u64) -> u64 {
        id
    }
}

impl Costly {
    #[async_lru]
    async fn length(&self, factor: usize) -> usize {
        self.0.len() * factor
    }
}

#[tokio::test]
async fn methods() {
    let receiver = Costly("receiver".to_owned());
    assert_eq!([hit!(receiver.length(2)), hit!(Shelf.skipped(2))], [0; 2]);
    let before = CLONES.get();
    receiver.length(2).await;
    assert_eq!(CLONES.get() - before, 0);
}

#[tokio::test]
async fn arguments_are_not_cloned_and_the_value_is_cloned_once() {
    #[async_lru]
    async fn copied(by_value: Costly, by_reference: &Costly, maybe: Option<&Costly>) -> Costly {
        assert!(maybe.is_none_or(|maybe| maybe == by_reference));
        by_value
    }

    let costly = Costly("costly".to_owned());
    let call = || copied(Costly("costly".to_owned()), &costly, Some(&costly));
    call().await;
    let made = call();
    let before = CLONES.get();
    made.await;
    assert_eq!(CLONES.get() - before, 1, "the value, once");
    let made = call();
    let before = CLONES.get();
    let _ = made.peek();
    assert_eq!(CLONES.get() - before, 1, "the value, once");
}

#[tokio::test]
async fn a_traced_hit() {
    #[async_lru]
    async fn text(text: &str) -> usize {
        text.len()
    }

    text("text").await;
    let before = counting::allocations();
    let (_, how) = text("text").traced().await;
    assert_eq!(counting::allocations() - before, 0);
    assert!(matches!(how, larder::Served::Hit { .. }));
}

#[test]
fn a_cache_by_hand() {
    let cache: Cache<String, u64> = Cache::builder().maxsize(10).build();
    cache.set("a key that is not short at all".to_owned(), 7);
    let before = counting::allocations();
    assert_eq!(cache.get("a key that is not short at all"), Some(7));
    assert_eq!(cache.get("another one"), None);
    assert_eq!(cache.peek("a key that is not short at all"), Some(7));
    assert!(cache.contains_key("a key that is not short at all"));
    assert_eq!(counting::allocations() - before, 0);

    let costly: Cache<Costly, Costly> = Cache::new(10);
    costly.set(Costly("key".to_owned()), Costly("value".to_owned()));
    let key = Costly("key".to_owned());
    assert_eq!(clones_in(|| drop(costly.get(&key))), 1, "the value, once");
    assert_eq!(clones_in(|| assert!(costly.contains_key(&key))), 0);
}

#[test]
fn a_blocking_hit_needs_no_runtime_and_no_memory() {
    #[async_lru]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    double(3).blocking();
    let before = counting::allocations();
    assert_eq!(double(3).blocking(), 6);
    assert_eq!(counting::allocations() - before, 0);
}

/// A seat that was given back is taken again: callers who come and go leave nothing behind in a load that goes on.
#[test]
fn callers_who_come_and_go() {
    #[async_lru]
    async fn endless(_n: u64) -> u64 {
        std::future::pending().await
    }

    let poll = |call: &mut larder::Call<_>| {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::pin::Pin::new(call).poll(&mut cx).is_pending());
    };
    let come_and_go = |times: usize| {
        let before = counting::allocations();
        (0..times).for_each(|_| poll(&mut endless(1)));
        counting::allocations() - before
    };
    let mut leader = endless(1);
    poll(&mut leader);
    come_and_go(10);
    let few = come_and_go(100);
    assert_eq!(come_and_go(100_000), 1000 * few);
}

#[test]
fn a_length_is_counted_without_the_bytes() {
    let value = (7_u64, "flour".repeat(1000), vec![Some(1.5_f64), None], Arc::new(["salt"; 20]));
    let before = counting::allocations();
    let length = larder::encoded_len(&value);
    assert_eq!(counting::allocations() - before, 0);
    assert!(length > 5000);
}

/// Neither the entries themselves nor what the policy and the deadlines had for each of their places.
#[tokio::test(start_paused = true)]
async fn memory_comes_back_when_everything_has_expired() {
    const POLICIES: [Policy; 6] =
        [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];
    const SECOND: Duration = Duration::from_secs(1);

    for policy in POLICIES {
        let plain = || Cache::builder().policy(policy).ttl(SECOND);
        let bounds = [
            plain().maxsize(100_000).build(),
            plain().max_bytes(100_000).weigher(|_, _| 1).build(),
            plain().unbounded().build(),
        ];
        for (number, cache) in bounds.into_iter().enumerate() {
            let empty = counting::bytes_since(0);
            (0..20_000_u64).for_each(|n| cache.set(n, n));
            let full = counting::bytes_since(empty);
            tokio::time::advance(SECOND).await;
            assert_eq!(cache.len(), 0);
            let kept = counting::bytes_since(empty);
            assert!(kept < full / 20, "{policy}, bound {number}: {kept} bytes of {full}");
        }
    }
}
