//! Every option of the attributes changes what a function does.

use larder::Policy;
use larder::prelude::*;
use larder_tests::Counter;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{advance, pause};

/// Another name for larder, as it has where it is re-exported.
mod reexport {
    pub(crate) use larder as renamed;
}

#[tokio::test]
async fn the_defaults_are_those_of_the_documentation() {
    #[async_lru]
    async fn lru(n: u64) -> u64 {
        n
    }
    #[async_ttl]
    async fn ttl(n: u64) -> u64 {
        n
    }

    assert_eq!((lru.cache().maxsize(), lru.cache().ttl()), (Some(128), None));
    assert_eq!(ttl.cache().maxsize(), Some(1024));
    assert_eq!(ttl.cache().ttl(), Some(Duration::from_mins(1)));
    for n in 0..200 {
        lru(n).await;
    }
    assert_eq!(lru.cache().len(), 128);
    assert_eq!((lru(71).peek(), lru(72).peek()), (None, Some(72)));
}

#[tokio::test(start_paused = true)]
async fn the_default_lifetime_holds_to_the_second() {
    #[async_lru]
    async fn lru(n: u64) -> u64 {
        n
    }
    #[async_ttl]
    async fn ttl(n: u64) -> u64 {
        n
    }

    lru(1).await;
    ttl(1).await;
    advance(Duration::from_secs(59)).await;
    assert_eq!((lru(1).peek(), ttl(1).peek()), (Some(1), Some(1)));
    advance(Duration::from_secs(1)).await;
    assert_eq!((lru(1).peek(), ttl(1).peek()), (Some(1), None));
}

#[tokio::test]
async fn maxsize() {
    const THREE: usize = 3;

    #[async_lru(maxsize = 2)]
    async fn two(n: u64) -> u64 {
        n
    }
    #[async_ttl(maxsize = THREE)]
    async fn three(n: u64) -> u64 {
        n
    }

    for n in 0..10 {
        two(n).await;
        three(n).await;
        assert!(two.cache().len() <= 2 && three.cache().len() <= 3);
    }
    assert_eq!((two.cache().len(), three.cache().len()), (2, 3));
    assert_eq!((two(7).peek(), two(8).peek(), two(9).peek()), (None, Some(8), Some(9)));
}

#[tokio::test]
async fn unbounded() {
    #[async_lru(unbounded)]
    async fn all(n: u64) -> u64 {
        n
    }

    for n in 0..5000 {
        all(n).await;
    }
    assert_eq!((all.cache().len(), all.cache().maxsize()), (5000, None));
    assert_eq!(all.get_metrics().evictions.size, 0);
}

#[tokio::test]
async fn max_bytes_alone_is_the_only_bound() {
    const HALF: u64 = 1 << 9;

    #[async_lru(max_bytes = "1.5KiB")]
    async fn lru(n: u64) -> u64 {
        n
    }
    #[async_ttl(max_bytes = HALF)]
    async fn ttl(n: u64) -> u64 {
        n
    }
    #[async_ttl(max_bytes = 1000, maxsize = 7)]
    async fn both(n: u64) -> u64 {
        n
    }

    let bounds = |name: &str| {
        let known = larder::functions();
        let function = known.iter().find(|function| function.name().ends_with(name));
        let function = function.expect("it is listed");
        (function.maxsize(), function.max_bytes())
    };
    assert_eq!(bounds("max_bytes_alone_is_the_only_bound::lru"), (None, Some(1536)));
    assert_eq!(bounds("max_bytes_alone_is_the_only_bound::ttl"), (None, Some(512)));
    assert_eq!(bounds("max_bytes_alone_is_the_only_bound::both"), (Some(7), Some(1000)));
    assert_eq!(lru(1).await + ttl(2).await + both(3).await, 6);
    assert_eq!((lru.cache().maxsize(), both.cache().maxsize()), (None, Some(7)));
    assert_eq!(ttl.cache().ttl(), Some(Duration::from_mins(1)));
}

#[test]
fn policies_have_names() {
    #[async_lru(policy = s3fifo)]
    async fn by_queues(n: u64) -> u64 {
        n
    }
    #[async_lru]
    async fn by_default(n: u64) -> u64 {
        n
    }

    let policy = |name: &str| {
        let known = larder::functions();
        let function = known.iter().find(|function| function.name().ends_with(name));
        function.expect("it is listed").policy()
    };
    assert_eq!(policy("policies_have_names::by_queues"), Policy::S3Fifo);
    assert_eq!(policy("policies_have_names::by_default"), Policy::Lru);
    for name in ["lru", "fifo", "lfu", "sieve", "s3fifo", "tinylfu"] {
        let policy: Policy = name.parse().expect(name);
        assert_eq!(policy.to_string(), name);
    }
    assert_eq!(format!("[{:>8}]", Policy::Sieve), "[   sieve]");
    assert_eq!("S3-FIFO".parse(), Ok(Policy::S3Fifo), "as it is written elsewhere");
    assert!("random".parse::<Policy>().is_err());
    // They are called only where something is kept.
    drop((by_queues(1), by_default(1)));
}

#[tokio::test]
async fn maxsize_zero_stores_nothing_and_still_loads_once_at_a_time() {
    static BODIES: std::sync::LazyLock<Counter> = std::sync::LazyLock::new(Counter::default);

    #[async_lru(maxsize = 0)]
    async fn none(n: u64) -> u64 {
        BODIES.count();
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        n
    }

    none(1).await;
    none(1).await;
    assert_eq!((BODIES.get(), none.cache().len()), (2, 0));
    none(1).prime(5).await;
    assert_eq!(none(1).peek(), None);

    let same = tokio::join!(none(2), none(2), none(2));
    assert_eq!((same, BODIES.get()), ((2, 2, 2), 3));
    let metrics = none.get_metrics();
    assert_eq!((metrics.misses, metrics.coalesced, metrics.hits), (3, 2, 0));
}

#[tokio::test]
async fn ttl_in_all_its_forms() {
    const HALF_A_SECOND: Duration = Duration::from_millis(500);

    fn configured() -> Duration {
        Duration::from_secs(7)
    }

    #[async_ttl(ttl = 5)]
    async fn seconds(n: u64) -> u64 {
        n
    }
    #[async_ttl(ttl = "1h30m")]
    async fn text(n: u64) -> u64 {
        n
    }
    #[async_ttl(time_to_live = "250ms")]
    async fn long_name(n: u64) -> u64 {
        n
    }
    #[async_lru(ttl = HALF_A_SECOND)]
    async fn constant(n: u64) -> u64 {
        n
    }
    #[async_ttl(ttl = configured())]
    async fn expression(n: u64) -> u64 {
        n
    }

    /// Whether the value is there until its very deadline.
    macro_rules! lives {
        ($function:ident, $expected:expr) => {{
            let expected: Duration = $expected;
            assert_eq!($function.cache().ttl(), Some(expected));
            $function(1).await;
            advance(expected.saturating_sub(Duration::from_millis(1))).await;
            assert_eq!($function(1).peek(), Some(1));
            advance(Duration::from_millis(1)).await;
            assert_eq!($function(1).peek(), None);
        }};
    }
    pause();
    lives!(seconds, Duration::from_secs(5));
    lives!(text, Duration::from_mins(90));
    lives!(long_name, Duration::from_millis(250));
    lives!(constant, HALF_A_SECOND);
    lives!(expression, Duration::from_secs(7));
}

#[tokio::test]
async fn cache_if() {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a condition gets a reference")]
    fn is_even(n: &u64) -> bool {
        n.is_multiple_of(2)
    }

    #[async_lru(cache_if = is_even)]
    async fn by_path(n: u64) -> u64 {
        n
    }
    #[async_lru(cache_if = |found: &Result<u64, String>| found.is_ok_and_even())]
    async fn by_closure(n: u64) -> Result<u64, String> {
        Ok(n)
    }

    trait OkAndEven {
        fn is_ok_and_even(&self) -> bool;
    }
    impl OkAndEven for Result<u64, String> {
        fn is_ok_and_even(&self) -> bool {
            self.as_ref().is_ok_and(is_even)
        }
    }

    assert_eq!((by_path(1).await, by_path(2).await), (1, 2));
    assert_eq!((by_path(1).peek(), by_path(2).peek()), (None, Some(2)));
    assert_eq!((by_closure(1).await, by_closure(2).await), (Ok(1), Ok(2)));
    assert_eq!((by_closure(1).peek(), by_closure(2).peek()), (None, Some(2)));
}

#[tokio::test(start_paused = true)]
async fn cache_err() {
    #[async_ttl(ttl = "1h", cache_err = "5s", skip(calls))]
    async fn fails(calls: &Counter, n: u64) -> Result<u64, String> {
        match calls.count() {
            1 => Err(format!("no {n}")),
            call => Ok(call as u64),
        }
    }

    let calls = Counter::default();
    assert_eq!(fails(&calls, 7).await, Err("no 7".to_owned()));
    assert_eq!(fails(&calls, 7).await, Err("no 7".to_owned()));
    assert_eq!((calls.get(), fails.get_metrics().hits), (1, 1));
    assert_eq!(fails(&calls, 7).peek(), None, "an error is not a value");
    advance(Duration::from_secs(5)).await;
    assert_eq!(fails(&calls, 7).await, Ok(2));
    advance(Duration::from_secs(3599)).await;
    assert_eq!(fails(&calls, 7).await, Ok(2), "the value lives by its own lifetime");
    assert_eq!(fails(&calls, 7).peek(), Some(2));
}

#[tokio::test]
async fn skip_none() {
    #[async_lru(skip_none)]
    async fn find(n: u64) -> Option<u64> {
        n.checked_sub(10)
    }
    #[async_lru(skip_none)]
    async fn try_find(n: u64) -> Result<Option<u64>, String> {
        Ok(n.checked_sub(10))
    }

    assert_eq!((find(1).await, find(11).await), (None, Some(1)));
    assert_eq!((find(1).peek(), find(11).peek()), (None, Some(Some(1))));
    assert_eq!(find.cache().len(), 1);
    assert_eq!((try_find(1).await, try_find(11).await), (Ok(None), Ok(Some(1))));
    assert_eq!((try_find(1).peek(), try_find(11).peek()), (None, Some(Some(1))));
}

#[tokio::test]
async fn name_and_version() {
    #[async_lru(name = "people", version = 3)]
    async fn named(n: u64) -> u64 {
        n
    }

    named(1).await;
    let all = larder::functions();
    let people: Vec<_> = all.iter().filter(|f| f.name().ends_with("::people")).collect();
    assert_eq!((people.len(), people[0].version()), (1, 3));
    assert_eq!(people[0].get_metrics().misses, 1);
    assert!(all.iter().all(|f| !f.name().ends_with("::named")));
}

struct Service {
    rows: Cache<u64, Arc<str>>,
}

impl Service {
    #[async_lru(cache = self.rows, skip(self))]
    async fn row(&self, id: u64) -> Result<Arc<str>, String> {
        if id == 0 { Err("no row".to_owned()) } else { Ok(format!("row {id}").into()) }
    }
}

#[tokio::test]
async fn a_cache_of_the_users_own() {
    static SHARED: std::sync::LazyLock<Cache<u64, u64>> =
        std::sync::LazyLock::new(|| Cache::new(1));

    #[async_lru(cache = SHARED)]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    let (one, two) = (Service { rows: Cache::new(10) }, Service { rows: Cache::new(10) });
    assert_eq!(one.row(1).await.as_deref(), Ok("row 1"));
    assert_eq!(one.row(0).await, Err("no row".to_owned()));
    assert_eq!((one.rows.len(), two.rows.len()), (1, 0));
    assert_eq!(one.rows.peek(&1).as_deref(), Some("row 1"));
    one.rows.set(2, "by hand".into());
    assert_eq!(one.row(2).await.as_deref(), Ok("by hand"));
    assert_eq!(one.rows.get_metrics().hits, 1);
    assert!(two.row(1).peek().is_none());

    double(1).await;
    double(2).await;
    assert_eq!(SHARED.entries(), [(2, 4)]);
}

#[tokio::test]
async fn local_bodies_need_not_be_send() {
    #[async_lru(local)]
    async fn on_this_thread(n: u64) -> u64 {
        let here = Rc::new(n);
        tokio::task::yield_now().await;
        *here
    }

    let (a, b) = tokio::join!(on_this_thread(7), on_this_thread(7));
    assert_eq!((a, b, on_this_thread(7).peek()), (7, 7, Some(7)));
    let metrics = on_this_thread.get_metrics();
    assert_eq!((metrics.misses, metrics.coalesced), (1, 1));
}

#[tokio::test]
async fn crate_says_where_larder_is() {
    #[async_lru(crate = crate::reexport::renamed, maxsize = 3)]
    async fn elsewhere(n: u64) -> u64 {
        n
    }

    assert_eq!(elsewhere(1).await, 1);
    assert_eq!(elsewhere.cache().maxsize(), Some(3));
}

/// What skips and keys do is in `keys.rs`.
#[tokio::test]
async fn skip_and_key_change_the_key() {
    #[async_lru(skip(b))]
    async fn skipped(a: u64, b: u64) -> u64 {
        a + b
    }
    #[async_lru(key = a / 10)]
    async fn tens(a: u64) -> u64 {
        a
    }

    assert_eq!((skipped(1, 1).await, skipped(1, 2).await), (2, 2));
    assert_eq!((tens(11).await, tens(12).await, tens(21).await), (11, 11, 21));
}
