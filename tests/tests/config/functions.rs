//! What concerns all functions, and each.

use super::{alone, apply, disk, text};
use larder::prelude::*;
use std::time::Duration;

#[tokio::test]
async fn prefix() {
    #[async_lru]
    async fn prefixed(n: u64) -> u64 {
        n
    }
    let _alone = alone().await;
    apply(r#"prefix = "shop/""#);
    let tier = disk("prefix", "");
    prefixed(1).await;
    let namespaces = tier.namespaces();
    assert!(namespaces[0].starts_with("shop/config::functions::prefix::"), "{namespaces:?}");
}

#[tokio::test]
async fn enabled() {
    let _alone = alone().await;
    apply("enabled = false");
    text(1).await;
    assert_eq!((text.cache().len(), text.get_metrics().bypasses), (0, 1));
    apply("enabled = true");
    text(1).await;
    assert_eq!(text.cache().len(), 1);
}

#[async_lru(maxsize = 5)]
async fn called(n: u64) -> u64 {
    n
}

#[async_ttl(maxsize = 5)]
async fn uncalled(n: u64) -> u64 {
    n
}

#[async_lru]
async fn generic<T: Clone + Send + Sync + std::hash::Hash + Eq + 'static>(value: T) -> T {
    value
}

struct Users;

impl Users {
    #[async_lru(name = "by_id")]
    async fn user(id: u64) -> u64 {
        id
    }
}

#[tokio::test]
async fn functions() {
    let _alone = alone().await;
    for n in 0..5 {
        called(n).await;
    }
    generic(1_u8).await;
    apply(
        r#"
        [functions."config::functions::called"]
        maxsize = 3
        ttl = "1m"
        [functions."config::functions::uncalled"]
        maxsize = 7
        ttl = 1.5
        [functions."config::functions::generic"]
        maxsize = 9
        enabled = false
        [functions."config::functions::Users::by_id"]
        enabled = false
        "#,
    );
    assert_eq!((called.cache().len(), called.cache().maxsize()), (3, Some(3)));
    assert_eq!(called.cache().ttl(), Some(Duration::from_mins(1)));
    let info = larder::function("config::functions::uncalled").expect("a function");
    assert_eq!((info.maxsize(), info.ttl()), (Some(7), Some(Duration::from_millis(1500))));
    uncalled(1).await;
    assert_eq!(uncalled.cache().maxsize(), Some(7));
    assert_eq!(uncalled.cache().ttl(), Some(Duration::from_millis(1500)));
    generic(1_u8).await;
    generic("text").await;
    let info = larder::function("config::functions::generic").expect("a function");
    let instances = info.instances();
    assert_eq!(instances.len(), 2);
    for (name, metrics) in instances {
        assert_eq!((metrics.capacity, metrics.bypasses), (Some(9), 1), "{name}");
    }
    Users::user(1).await;
    assert_eq!(Users::user.get_metrics().bypasses, 1);
    // One thing at a time.
    apply(r#"functions."config::functions::called".enabled = false"#);
    assert_eq!(called.cache().maxsize(), Some(3));
}

#[async_ttl(maxsize = 5, ttl = "9s")]
async fn by_hand(n: u64) -> u64 {
    n
}

#[tokio::test]
async fn the_same_from_code() {
    let _alone = alone().await;
    let info = larder::function("config::functions::by_hand").expect("a function");
    assert!(larder::function("config::functions::by_han").is_none());
    assert_eq!((info.maxsize(), info.ttl()), (Some(5), Some(Duration::from_secs(9))));
    info.set_maxsize(None);
    info.set_ttl(None);
    by_hand(1).await;
    assert_eq!((by_hand.cache().maxsize(), by_hand.cache().ttl()), (None, None));
    assert_eq!((info.maxsize(), info.ttl()), (None, None));
    info.set_maxsize(6);
    assert_eq!((by_hand.cache().maxsize(), by_hand.cache().ttl()), (Some(6), None));
}

#[async_lru(maxsize = 5)]
async fn raced<T: Clone + Send + Sync + std::hash::Hash + Eq + 'static>(value: T) -> T {
    value
}

/// Whoever opens and whoever sets at the same time: all end with what was set last.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn settings_and_first_calls_at_the_same_time() {
    let _alone = alone().await;
    let info = larder::function("config::functions::raced").expect("a function");
    let sets = |from: usize| {
        tokio::task::spawn_blocking(move || (from..from + 500).for_each(|n| info.set_maxsize(n)))
    };
    let (a, b) = (sets(10), sets(10_000));
    raced(1_u8).await;
    raced(1_u16).await;
    raced(1_u32).await;
    raced(1_u64).await;
    a.await.expect("no panic");
    b.await.expect("no panic");
    let last = info.maxsize();
    for (name, metrics) in info.instances() {
        assert_eq!(metrics.capacity, last, "{name}");
    }
}
