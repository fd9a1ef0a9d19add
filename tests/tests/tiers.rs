//! Tiers below memory: what is asked, kept and removed there.

use larder::tier::Layer;
use larder::{Cache, Served, Ttl, WholeCall};
use larder_tests::{Counter, MapTier};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

fn cache(tier: &MapTier) -> Cache<u64, String> {
    Cache::builder().name("names").maxsize(100).tier(tier.clone()).build()
}

/// What a call loads that must not load.
async fn nothing() -> String {
    let asked: String = std::future::ready("it should have been found".to_owned()).await;
    panic!("{asked}")
}

#[tokio::test]
async fn what_one_cache_loads_another_finds() {
    let tier = MapTier::default();
    assert_eq!(cache(&tier).get_with(1, async { "one".to_owned() }).await, "one");
    assert_eq!(tier.len(), 1);

    let other = cache(&tier);
    let (one, served) = other.get_with(1, nothing()).traced().await;
    assert_eq!(one, "one");
    assert!(matches!(served, Served::Hit { tier: "map", .. }), "{served:?}");
    let (_, served) = other.get_with(1, nothing()).traced().await;
    assert!(matches!(served, Served::Hit { tier: "memory", .. }), "{served:?}");

    let metrics = other.get_metrics();
    assert_eq!((metrics.hits, metrics.misses, metrics.loads), (2, 0, 0));
    assert_eq!((metrics.tiers[0].tier, metrics.tiers[0].hits), ("map", 1));
}

#[tokio::test]
async fn a_hit_in_memory_asks_nobody() {
    let tier = MapTier::default();
    let cache = cache(&tier);
    cache.get_with(1, async { "one".to_owned() }).await;
    assert_eq!(tier.take_calls(), ["get 1", "put 1"]);
    cache.get_with(1, nothing()).await;
    assert_eq!(cache.get(&1).as_deref(), Some("one"));
    assert!(tier.take_calls().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_callers_ask_once() {
    let tier = MapTier::default();
    let cache = cache(&tier);
    let loads = Arc::new(Counter::default());
    let calls = (0..100).map(|_| {
        let (cache, loads) = (cache.clone(), loads.clone());
        tokio::spawn(async move {
            let load = async {
                loads.count();
                tokio::task::yield_now().await;
                "one".to_owned()
            };
            cache.get_with(1, load).await
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.expect("no panic"), "one");
    }
    assert_eq!(loads.get(), 1);
    assert_eq!(tier.take_calls(), ["get 1", "put 1"]);
    let metrics = cache.get_metrics();
    assert_eq!((metrics.calls(), metrics.misses, metrics.loads), (100, 1, 1));
}

#[tokio::test]
async fn every_way_to_change_an_entry_reaches_the_tier() {
    let tier = MapTier::default();
    let cache = cache(&tier);
    let fresh = || async { "fresh".to_owned() };

    cache.set(1, "one".to_owned());
    cache.flush().await.expect("told");
    assert_eq!(self::cache(&tier).get_with(1, nothing()).await, "one");

    cache.remove(&1);
    cache.flush().await.expect("told");
    assert_eq!(self::cache(&tier).get_with(1, fresh()).await, "fresh", "removed in the tier");

    cache.get_with(2, async { "old".to_owned() }).await;
    cache.get_with(2, async { "new".to_owned() }).use_cache(false).await;
    assert_eq!(self::cache(&tier).get_with(2, nothing()).await, "new");

    cache.get_with(2, nothing()).invalidate().await;
    assert_eq!(self::cache(&tier).get_with(2, fresh()).await, "fresh");

    cache.through().clear().await;
    assert!(tier.is_empty());
    assert_eq!(cache.get_with(2, async { "again".to_owned() }).await, "again");
}

#[tokio::test]
async fn what_was_invalidated_during_its_load_is_kept_nowhere() {
    let tier = MapTier::default();
    let cache = cache(&tier);
    let (begun, go) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
    let load = cache.get_with(1, async {
        begun.notify_one();
        go.notified().await;
        "stale".to_owned()
    });
    let change = async {
        begun.notified().await;
        cache.through().remove(&1).await;
        go.notify_one();
    };
    let (value, ()) = tokio::join!(load, change);
    assert_eq!(value, "stale");
    assert_eq!(cache.get(&1), None);
    assert!(tier.is_empty());
}

#[tokio::test]
async fn a_clear_by_another_process_fences_a_load() {
    let tier = MapTier::default();
    let (ours, theirs) = (cache(&tier), cache(&tier));
    ours.get_with(1, async {
        theirs.through().clear().await;
        "began before the clear".to_owned()
    })
    .await;
    assert_eq!(theirs.through().get(&1).await, None);
}

#[tokio::test(start_paused = true)]
async fn memory_takes_over_what_is_left_of_the_lifetime() {
    let tier = MapTier::default();
    let build = || -> Cache<u64, String> {
        let ttl = Duration::from_mins(1);
        Cache::builder().name("names").maxsize(10).ttl(ttl).tier(tier.clone()).build()
    };
    build().get_with(1, async { "one".to_owned() }).await;
    tokio::time::advance(Duration::from_secs(40)).await;

    let later = build();
    let (_, served) = later.get_with(1, nothing()).traced().await;
    let Served::Hit { age, .. } = served else { panic!("{served:?}") };
    assert!(age.abs_diff(Duration::from_secs(40)) < Duration::from_secs(2), "{age:?}");
    tokio::time::advance(Duration::from_secs(18)).await;
    assert!(later.get(&1).is_some());
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(later.get(&1), None);
    assert_eq!(later.get_with(1, async { "anew".to_owned() }).await, "anew");
    assert_eq!(later.get_metrics().tiers[0].rejected.expired, 1);
}

#[tokio::test(start_paused = true)]
async fn a_tier_can_keep_for_longer_than_memory() {
    let tier = MapTier::default();
    let below = Layer::from(tier.clone()).ttl(Duration::from_hours(1));
    let cache: Cache<u64, String> =
        Cache::builder().name("names").maxsize(10).ttl(Duration::from_mins(1)).tier(below).build();
    cache.get_with(1, async { "one".to_owned() }).await;
    tokio::time::advance(Duration::from_mins(30)).await;
    assert_eq!(cache.get(&1), None);
    assert_eq!(cache.get_with(1, nothing()).await, "one");
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(cache.get(&1).is_some(), "memory keeps it for its own lifetime again");
    tokio::time::advance(Duration::from_hours(1)).await;
    assert_eq!(cache.get_with(1, async { "anew".to_owned() }).await, "anew");
}

#[tokio::test]
async fn a_hit_in_a_lower_tier_fills_the_upper_ones() {
    let (upper, lower) = (MapTier::default(), MapTier::default());
    cache(&lower).get_with(1, async { "one".to_owned() }).await;
    let both: Cache<u64, String> =
        Cache::builder().name("names").maxsize(10).tier(upper.clone()).tier(lower.clone()).build();
    assert_eq!(both.get_with(1, nothing()).await, "one");
    both.flush().await.expect("told");
    assert_eq!(upper.len(), 1);
    assert_eq!(cache(&upper).get_with(1, nothing()).await, "one");
    let metrics = both.get_metrics();
    assert_eq!((metrics.tiers[0].misses, metrics.tiers[1].hits), (1, 1));
}

#[tokio::test]
async fn a_type_of_another_shape_is_a_miss() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Before {
        name: String,
    }
    #[derive(Clone, Serialize, Deserialize, PartialEq, Debug)]
    struct After {
        name: String,
        #[serde(default)]
        age: u32,
    }
    let tier = MapTier::default();
    let before: Cache<u64, Before> = Cache::builder().name("p").tier(tier.clone()).build();
    before.through().set(1, Before { name: "Ada".to_owned() }).await;
    let after: Cache<u64, After> = Cache::builder().name("p").tier(tier.clone()).build();
    assert_eq!(after.through().get(&1).await, None);
    assert_eq!(before.through().get(&1).await.map(|person| person.name).as_deref(), Some("Ada"));

    let next: Cache<u64, Before> = Cache::builder().name("p").version(1).tier(tier).build();
    assert!(next.through().get(&1).await.is_none(), "another version");
}

#[tokio::test]
async fn names_keep_caches_apart() {
    let tier = MapTier::default();
    let named = |name: &str| -> Cache<u64, u64> {
        Cache::builder().name(name).maxsize(10).tier(tier.clone()).build()
    };
    let (a, b) = (named("a*"), named("ab"));
    a.through().set(1, 10).await;
    b.through().set(1, 20).await;
    named("a*").through().clear().await;
    assert_eq!(named("a*").through().get(&1).await, None);
    assert_eq!(named("ab").through().get(&1).await, Some(20));
}

#[test]
#[should_panic(expected = "a cache with tiers needs a `name`")]
fn a_cache_with_tiers_has_a_name() {
    let _: Cache<u64, u64> = Cache::builder().tier(MapTier::default()).build();
}

#[tokio::test]
async fn bulk_calls_are_one_round_trip() {
    let tier = MapTier::default();
    let cache = cache(&tier);
    cache.through().set_many((0..50).map(|n| (n, n.to_string()))).await;
    assert_eq!(tier.take_calls(), ["put 50"]);

    let other = self::cache(&tier);
    other.set(7, "mine".to_owned());
    other.flush().await.expect("told");
    tier.take_calls();
    let found = other.through().get_many_ordered(&[1, 7, 99, 2, 1]).await;
    assert_eq!(
        found.iter().map(Option::as_deref).collect::<Vec<_>>(),
        [Some("1"), Some("mine"), None, Some("2"), Some("1")]
    );
    assert_eq!(tier.take_calls(), ["get 3"]);
    let metrics = other.get_metrics();
    assert_eq!((metrics.hits, metrics.misses, metrics.loads), (4, 1, 0));
    assert_eq!(other.through().get_many([1, 99]).await, [(1, "1".to_owned())]);

    tier.take_calls();
    assert_eq!(other.through().remove_many(&[1, 2, 3]).await, 2);
    assert_eq!(tier.take_calls(), ["remove 3"]);
    assert_eq!(cache.through().get(&3).await.as_deref(), Some("3"), "memory of the other");
    assert_eq!(self::cache(&tier).through().get(&3).await, None);
}

#[tokio::test]
async fn what_is_not_there_is_a_miss_and_no_load() {
    let cache = cache(&MapTier::default());
    assert_eq!(cache.through().get(&1).await, None);
    let metrics = cache.get_metrics();
    assert_eq!((metrics.misses, metrics.loads, metrics.load_errors), (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_may_say_how_long() {
    let tier = MapTier::default();
    let cache = cache(&tier);
    let minute = Ttl::After(Duration::from_mins(1));
    cache.get_with(1, async { "one".to_owned() }).ttl(minute).await;
    cache.get_with(2, nothing()).ttl(minute).prime("two".to_owned()).await;
    cache.get_with(3, async { "three".to_owned() }).await;
    assert!(cache.get_with(3, nothing()).touch(minute).await);
    tokio::time::advance(Duration::from_secs(62)).await;
    let later = self::cache(&tier);
    assert_eq!(later.through().get_many([1, 2, 3]).await, []);
    assert_eq!(later.get_metrics().tiers[0].rejected.expired, 3);
}

#[tokio::test]
async fn damaged_values_are_misses() {
    let tier = MapTier::default();
    cache(&tier).get_with(1, async { "one".to_owned() }).await;
    tier.tamper(|mut bytes| {
        *bytes.last_mut().expect("not empty") ^= 1;
        bytes
    });
    let other = cache(&tier);
    assert_eq!(other.get_with(1, async { "anew".to_owned() }).await, "anew");
    assert_eq!(other.get_metrics().tiers[0].rejected.damaged, 1);
    assert_eq!(cache(&tier).get_with(1, nothing()).await, "anew", "and are written over");
}

#[tokio::test]
async fn a_closed_cache_goes_on_in_memory() {
    let tier = MapTier::default();
    let cache = cache(&tier);
    cache.set(1, "one".to_owned());
    cache.close().await.expect("told");
    assert_eq!(tier.len(), 1);
    tier.take_calls();
    assert_eq!(cache.get_with(2, async { "two".to_owned() }).await, "two");
    assert_eq!(cache.get(&1).as_deref(), Some("one"));
    assert!(tier.take_calls().is_empty());
}

#[tokio::test]
async fn tiers_of_one_kind_are_told_apart() {
    let tiers = [(); 4].map(|()| MapTier::default());
    let [one, two, three, four] = tiers.each_ref().map(|tier| Layer::from(tier.clone()));
    let build = || {
        let below =
            [one.clone(), two.clone(), three.clone().named("far"), four.clone().named("far")];
        let builder = Cache::<u64, String>::builder().name("names").maxsize(100);
        below.into_iter().fold(builder, larder::CacheBuilder::tier).build()
    };
    let called = |cache: &Cache<u64, String>| {
        cache.get_metrics().tiers.iter().map(|tier| tier.tier).collect::<Vec<_>>()
    };
    assert_eq!(called(&build()), ["map", "map 2", "far", "far 2"]);
    cache(&tiers[1]).get_with(1, async { "one".to_owned() }).await;
    let (_, served) = build().get_with(1, nothing()).traced().await;
    assert!(matches!(served, Served::Hit { tier: "map 2", .. }), "{served:?}");

    let address = larder::tier::open("memory:told-apart?name=near").unwrap();
    let same = larder::tier::open("memory:told-apart").unwrap();
    let both = Cache::builder().name("both").maxsize(1).tier(address).tier(same).build();
    assert_eq!(called(&both), ["near", "memory 2"], "memory is above them");
}

#[test]
fn a_time_out_of_zero_is_none() {
    let error = larder::tier::open("memory:hasty?time_out=0ms").unwrap_err();
    let what = "the setting `time_out` is zero, so nothing is ever in time: leave it out for 500 ms, \
                or switch the tier off by `enabled`";
    assert_eq!(error.to_string(), what);
}

#[test]
#[should_panic(expected = "a time-out of zero")]
fn a_time_out_of_zero_in_code_is_a_mistake() {
    let _ = Layer::from(MapTier::default()).time_out(Duration::ZERO);
}

#[test]
fn a_lifetime_of_zero_is_none() {
    let error = larder::tier::open("memory:brief?ttl=0s").unwrap_err().to_string();
    assert!(
        error.starts_with("the setting `ttl` is zero, so nothing is stored there: "),
        "{error}"
    );
}
