//! Every memoized function of the program is known from the start.

use larder::prelude::*;
use larder::{FunctionInfo, functions};
use std::time::Duration;

fn all_named(name: &str) -> Vec<FunctionInfo> {
    let wanted = format!("registry::{name}");
    functions().into_iter().filter(|function| function.name() == wanted).collect()
}

fn named(name: &str) -> FunctionInfo {
    let [function] = all_named(name)[..] else { panic!("not exactly one `{name}`") };
    function
}

#[async_lru]
async fn never_called(n: u64) -> u64 {
    n
}

#[async_ttl(ttl = "5s", maxsize = 7, version = 2)]
async fn with_options(n: u64) -> u64 {
    n
}

#[async_ttl(ttl = Duration::from_secs(2) * 3, unbounded)]
async fn without_a_bound(n: u64) -> u64 {
    n
}

#[async_lru(cache = CACHE)]
async fn in_a_given_cache(n: u64) -> u64 {
    n
}

static CACHE: std::sync::LazyLock<Cache<u64, u64>> = std::sync::LazyLock::new(|| Cache::new(1));

#[derive(Clone, PartialEq, Eq, Hash)]
struct Service;

impl Service {
    #[async_lru]
    async fn method(&self) -> u64 {
        1
    }
}

#[test]
fn functions_that_nobody_has_called_are_known_with_their_options() {
    let plain = named("never_called");
    assert_eq!((plain.maxsize(), plain.ttl(), plain.version()), (Some(128), None, 0));
    let with = named("with_options");
    assert_eq!((with.maxsize(), with.ttl()), (Some(7), Some(Duration::from_secs(5))));
    assert_eq!(with.version(), 2);
    let without = named("without_a_bound");
    assert_eq!((without.maxsize(), without.ttl()), (None, Some(Duration::from_secs(6))));
    assert_eq!((plain.get_metrics().misses, plain.instances().len()), (0, 0));
    drop(in_a_given_cache(1));
    assert!(all_named("in_a_given_cache").is_empty());
    let shown = format!("{with:?}");
    assert!(shown.contains("with_options") && shown.contains("Some(7)"), "{shown}");
}

#[test]
fn they_are_in_the_order_of_their_names() {
    let names: Vec<_> = functions().iter().map(FunctionInfo::name).collect();
    assert!(names.is_sorted() && names.len() >= 5, "{names:?}");
}

#[tokio::test]
async fn methods_and_functions_in_functions_are_known_by_their_path() {
    #[async_lru]
    async fn inner(n: u64) -> u64 {
        n
    }

    let method = named("Service::method");
    let inner_info = named("methods_and_functions_in_functions_are_known_by_their_path::inner");
    assert_eq!(method.get_metrics().misses, 0);
    Service.method().await;
    inner(1).await;
    assert_eq!((method.get_metrics().misses, inner_info.get_metrics().misses), (1, 1));
}

#[tokio::test]
async fn a_generic_function_is_one_with_an_instance_per_type() {
    #[async_lru(maxsize = 10)]
    async fn generic<T>(n: u64) -> usize {
        usize::try_from(n).unwrap() + size_of::<T>()
    }

    let function = named("a_generic_function_is_one_with_an_instance_per_type::generic");
    assert!(function.instances().is_empty());
    generic::<u8>(1).await;
    generic::<u64>(1).await;
    generic::<u64>(1).await;
    generic::<u64>(2).await;
    let metrics = function.get_metrics();
    assert_eq!((metrics.misses, metrics.hits, metrics.entries), (3, 1, 3));
    let instances = function.instances();
    let misses =
        |of: &str| instances.iter().find(|(name, _)| name.contains(of)).map(|(_, m)| m.misses);
    assert_eq!((instances.len(), misses("u8"), misses("u64")), (2, Some(1), Some(2)));

    function.reset_metrics();
    assert_eq!(function.get_metrics().misses, 0);
    function.clear();
    assert!(generic::<u8>.cache().is_empty() && generic::<u64>.cache().is_empty());
    function.set_enabled(false);
    generic::<u8>(1).await;
    generic::<u16>(1).await;
    assert_eq!((function.get_metrics().bypasses, function.get_metrics().entries), (2, 0));
    function.set_enabled(true);
}
