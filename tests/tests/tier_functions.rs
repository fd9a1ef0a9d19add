//! Tiers below annotated functions: named by the attribute, or by the process.

use larder::Cache;
use larder::prelude::*;
use larder::tier::{self, Layer, Tier, TierError};
use larder_tests::{Counter, MapTier};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// The defaults belong to the whole process: one test at a time.
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    let guard = ALONE.lock().await;
    larder::defaults().no_disk().no_remote();
    guard
}

static BELOW: LazyLock<MapTier> = LazyLock::new(MapTier::default);
static LOADS: Counter = Counter::new();

fn below() -> MapTier {
    BELOW.clone()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[async_ttl(disk = below(), version = 3)]
async fn user(id: u64) -> Result<User, &'static str> {
    LOADS.count();
    if id == 0 { Err("nobody") } else { Ok(User { id, name: format!("user {id}") }) }
}

#[tokio::test]
async fn an_attribute_names_a_tier() {
    let _alone = alone().await;
    assert_eq!(user(7).await.expect("a user").name, "user 7");
    assert_eq!(LOADS.get(), 1);
    assert_eq!(BELOW.len(), 1);
    let namespace = &BELOW.namespaces()[0];
    assert!(namespace.starts_with("tier_functions::user@3#"), "{namespace}");

    // What another process has.
    user.cache().set_maxsize(0);
    user.cache().set_maxsize(100);
    let (found, served) = user(7).traced().await;
    assert_eq!(found.expect("a user").id, 7);
    assert!(matches!(served, Served::Hit { tier: "map", .. }), "{served:?}");

    assert!(user(0).await.is_err());
    assert_eq!(BELOW.len(), 1, "errors are not kept");
    user(7).invalidate().await;
    assert!(BELOW.is_empty());
    user(8).await.expect("a user");
    user.clear().await;
    assert!(BELOW.is_empty());
    assert_eq!(user.get_metrics().tiers[0].tier, "map");
}

struct Users;

impl Users {
    #[async_lru(skip(self), remote = Layer::from(below()))]
    async fn count(&self, tenant: &str) -> usize {
        tenant.len()
    }

    #[invalidates(self.count(tenant))]
    async fn add(&self, tenant: &str) -> Result<usize, String> {
        if tenant.is_empty() {
            return Err("nobody".to_owned());
        }
        tenant.parse::<usize>().map_err(|error| error.to_string())
    }
}

#[tokio::test]
async fn methods_and_what_invalidates_them() {
    let _alone = alone().await;
    assert_eq!(Users.count("ada").await, 3);
    assert_eq!(Users.count("ada").traced().await.0, 3);
    let counts = || BELOW.namespaces().iter().any(|namespace| namespace.contains("count"));
    assert!(counts());
    assert!(Users.add("ada").await.is_err());
    assert!(!counts(), "the tier has been told when the call returns");
}

#[async_lru]
async fn plain(n: u64) -> u64 {
    n * 2
}

#[async_lru]
async fn with_names(n: u64) -> &'static str {
    if n == 0 { "none" } else { "some" }
}

#[async_lru(memory_only)]
async fn secret(n: u64) -> u64 {
    n
}

#[derive(Clone)]
struct Opaque;

#[async_lru]
async fn opaque(n: u64) -> Opaque {
    let _ = n;
    Opaque
}

#[async_lru]
async fn generic<T: Clone + Send + Sync + std::hash::Hash + Eq + 'static>(value: T) -> T {
    value
}

#[async_lru]
async fn generic_with_bytes<T>(value: T) -> T
where
    T: Clone
        + Send
        + Sync
        + std::hash::Hash
        + Eq
        + Serialize
        + serde::de::DeserializeOwned
        + 'static,
{
    value
}

#[tokio::test]
async fn defaults_are_for_those_who_have_none_and_can() -> Result<(), TierError> {
    let _alone = alone().await;
    let (disk, remote) = (MapTier::default(), MapTier::default());
    larder::defaults().disk(disk.clone())?.remote(remote.clone())?;
    plain(1).await;
    assert_eq!((disk.len(), remote.len()), (1, 1));

    with_names(1).await;
    secret(1).await;
    opaque(1).await;
    generic(1_u64).await;
    assert_eq!(disk.len(), 1, "they stay in memory");
    generic_with_bytes(1_u64).await;
    generic_with_bytes("one".to_owned()).await;
    assert_eq!(disk.len(), 3);
    assert_eq!(disk.namespaces().len(), 3, "each instance has its own: {:?}", disk.namespaces());

    // Swapped while the program runs.
    let other = MapTier::default();
    larder::defaults().disk(other.clone())?.no_remote();
    plain(2).await;
    assert_eq!((disk.len(), other.len(), remote.len()), (3, 1, 3));
    larder::defaults().no_disk();
    plain(3).await;
    assert_eq!(other.len(), 1);
    assert!(plain.get_metrics().tiers.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_address_is_the_same_tier_everywhere() -> Result<(), TierError> {
    let _alone = alone().await;
    let (one, two) = (tier::open("memory:same")?, tier::open("memory:same?ttl=1h&write=behind")?);
    assert!(std::sync::Arc::ptr_eq(one.tier(), two.tier()));
    let other = tier::open("memory:other")?;
    assert!(!std::sync::Arc::ptr_eq(one.tier(), other.tier()));
    Ok(())
}

#[test]
fn what_an_address_may_not_be() {
    let wrong = |address| tier::open(address).expect_err("it is wrong").to_string();
    assert!(wrong("nonsense").contains("`memory:`"), "{}", wrong("nonsense"));
    assert!(wrong("rabbit://hole").contains("`sqlite:`"), "{}", wrong("rabbit://hole"));
    let colour = wrong("memory:x?color=red");
    let known = "it has `enabled`, `max_bytes`, `max_value`, `name`, `queue`, `read`, `time_out`, `ttl`, `write`";
    assert_eq!(colour, format!("`memory:` has no setting `color`; {known}"));
    let near = "`redis:` has no setting `timeout`; the nearest is `time_out`";
    assert_eq!(wrong("redis://h?timeout=1s"), near);
    assert!(wrong("localhost:6379").contains("; did you mean `redis://localhost:6379`? known are"));
    assert!(wrong("cache:11211").contains("did you mean `memcached://cache:11211`?"));
    assert!(!wrong("ada:hunter2@localhost:6379").contains("hunter2"));
    assert!(wrong("memory:x?ttl=soon").contains("`ttl`"));
    assert!(wrong("memory:x?write=perhaps").contains("`write`"));
    assert!(wrong("memory:x?ttl=1s&ttl=2s").contains("twice"));
    assert!(wrong("sqlite:").contains("path"));
    let path = "`sqlite:` is followed by a path, without `//`: `sqlite:/var/cache.db`";
    assert_eq!(wrong("sqlite:///var/cache.db"), path);
}

#[test]
#[should_panic(expected = "there is no scheme `rabbit:`")]
fn a_wrong_address_in_an_attribute_is_found_at_the_first_call() {
    #[async_lru(disk = "rabbit://hole")]
    async fn wrong(n: u64) -> u64 {
        n
    }
    wrong(1).blocking();
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_fails_no_call() {
    #[async_lru(disk = "sqlite:/proc/no/such/place.db")]
    async fn unlucky(n: u64) -> u64 {
        n
    }
    let _alone = alone().await;
    assert_eq!(unlucky(1).await, 1);
    let tier = &unlucky.get_metrics().tiers[0];
    assert_eq!(tier.errors, 1);
    let why = tier.last_error.clone().unwrap_or_default();
    assert!(why.starts_with("cannot create the folder (/proc/no/such/place.db): "), "{why}");
}

#[tokio::test]
async fn a_file_answers_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("sqlite:{}/deep/cache.db", folder.path().display());
    let build = || -> larder::Cache<String, User> {
        let layer = tier::open(&address).expect("an address");
        larder::Cache::builder().name("users").maxsize(10).tier(layer).build()
    };
    let cache = build();
    cache.get_with("ada".to_owned(), async { User { id: 1, name: "Ada".to_owned() } }).await;
    cache.close().await.expect("told");
    let (found, served) =
        build().get_with("ada".to_owned(), async { panic!("it is in the file") }).traced().await;
    assert_eq!(found.name, "Ada");
    assert!(matches!(served, Served::Hit { tier: "sqlite", .. }), "{served:?}");
}

mod same {
    use larder::prelude::*;

    #[async_lru(name = "same")]
    pub(super) async fn one(n: u64) -> u64 {
        n + 1
    }

    #[async_lru(name = "same")]
    pub(super) async fn two(n: u64) -> u64 {
        n + 2
    }
}

/// Two functions of one path.
fn nested_twice() -> (impl Future<Output = u64>, impl Future<Output = u64>) {
    let first = {
        #[async_lru]
        async fn nested(n: u64) -> u64 {
            n * 10
        }
        nested(1)
    };
    let second = {
        #[async_lru]
        async fn nested(n: u64) -> u64 {
            n * 20
        }
        nested(1)
    };
    (first, second)
}

#[tokio::test]
async fn functions_of_one_name_do_not_meet_in_a_tier() -> Result<(), TierError> {
    let _alone = alone().await;
    let tier = MapTier::default();
    larder::defaults().disk(tier.clone())?;
    assert_eq!((same::one(1).await, same::two(1).await), (2, 3));
    assert!(tier.is_empty(), "they stay in memory");

    let (first, second) = nested_twice();
    assert_eq!((first.await, second.await), (10, 20));
    Ok(())
}

#[test]
#[should_panic(expected = "two functions are called")]
fn a_tier_is_not_named_for_two_functions_of_one_name() {
    mod named {
        use larder::prelude::*;

        #[async_lru(name = "twice", disk = "memory:twice")]
        pub(super) async fn one(n: u64) -> u64 {
            n
        }

        #[async_lru(name = "twice", disk = "memory:twice")]
        pub(super) async fn two(n: u64) -> u64 {
            n
        }
    }
    named::one(1).blocking();
}

#[tokio::test]
async fn who_names_a_tier_has_no_default_beside_it() -> Result<(), TierError> {
    #[async_lru(remote = Layer::from(below()))]
    async fn named(n: u64) -> u64 {
        n
    }
    let _alone = alone().await;
    let disk = MapTier::default();
    larder::defaults().disk(disk.clone())?;
    named(1).await;
    assert!(disk.is_empty(), "what is encrypted in one place is not in another");
    Ok(())
}

#[test]
fn who_opens_a_function_late_is_no_other_function() {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    static BOTH: Barrier = Barrier::new(2);
    static OPENED: Barrier = Barrier::new(2);
    static COMING: AtomicUsize = AtomicUsize::new(0);

    /// Part of opening: both are at it, and the second goes on when the first has ended.
    fn size() -> usize {
        let late = COMING.fetch_add(1, SeqCst) == 1;
        BOTH.wait();
        if late {
            OPENED.wait();
        }
        100
    }

    #[async_lru(maxsize = size(), disk = below())]
    async fn opened(n: u64) -> u64 {
        n
    }
    let call = || opened(1).blocking();
    let callers = [std::thread::spawn(call), std::thread::spawn(call)];
    while !callers.iter().any(std::thread::JoinHandle::is_finished) {
        std::thread::yield_now();
    }
    OPENED.wait();
    for caller in callers {
        assert_eq!(caller.join().expect("no panic"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_age_of_a_value_from_below_counts_from_its_load() {
    #[async_lru(disk = MapTier::default())]
    async fn aged(n: u64) -> u64 {
        n
    }
    let age = || async {
        match aged(1).traced().await {
            (1, Served::Hit { age, .. }) => age.as_secs(),
            (_, served) => panic!("{served:?}"),
        }
    };
    aged(1).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    aged.cache().set_maxsize(0);
    aged.cache().set_maxsize(100);
    assert_eq!(age().await, 5, "from below");
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(age().await, 10, "from memory, where it came from below");
}

#[tokio::test]
async fn what_was_closed_is_owed_nothing() {
    let tier: Arc<dyn Tier> = Arc::new(tier::Memory::new(1 << 20));
    let below = Layer::shared(tier.clone());
    let cache: Cache<u64, u64> = Cache::builder().name("closed").maxsize(10).tier(below).build();
    cache.get_with(1, async { 1 }).await;
    cache.flush().await.expect("told");
    tier.close().await.expect("closed");
    cache.flush().await.expect("nothing is owed");
}

#[async_lru(disk = larder::tier::Memory::new(1 << 20))]
async fn closed(n: u64) -> u64 {
    n
}

#[tokio::test]
async fn a_function_that_was_closed_has_no_tiers() {
    let _alone = alone().await;
    closed(1).await;
    assert_eq!(closed.get_metrics().tiers.len(), 1);
    closed.cache().close().await.expect("told");
    assert!(closed.get_metrics().tiers.is_empty());
    assert_eq!(closed(1).await, 1);
}
