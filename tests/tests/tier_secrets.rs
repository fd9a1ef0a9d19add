//! With encryption no key and no value can be read where it lies, or on its way there.

use larder::tier::{KeyRing, Layer, Packing, Redis, Sqlite};
use larder::{Cache, Rejections};
use larder_tests::{MapTier, Proxy, Server};
use std::time::Duration;

const KEY: &str = "patient number 4711";
const VALUE: &str = "has the measles, and nobody is to know";

fn ring() -> KeyRing {
    KeyRing::new(1, std::array::from_fn(|place| u8::try_from(place * 7 + 1).expect("a byte")))
        .expect("a key")
}

fn secret() -> Packing {
    Packing::default().encrypt(ring())
}

fn signed() -> Packing {
    Packing::default().sign(ring())
}

fn cache(layer: Layer) -> Cache<String, String> {
    Cache::builder().name("patients").maxsize(10).tier(layer).build()
}

/// Stores the secret, and reads it back from below.
async fn use_tier(layer: impl Fn() -> Layer) {
    cache(layer()).get_with(KEY.to_owned(), async { VALUE.to_owned() }).await;
    let other = cache(layer());
    assert_eq!(other.through().get(&KEY.to_owned()).await.as_deref(), Some(VALUE));
    cache(layer()).through().remove(&KEY.to_owned()).await;
    cache(layer()).through().set(KEY.to_owned(), VALUE.to_owned()).await;
}

/// Whether any eight bytes of the key or of the value can be read.
fn betrays(bytes: &[u8]) -> bool {
    let readable = |text: &str| text.as_bytes().windows(8).any(|part| contains(bytes, part));
    readable(KEY) || readable(VALUE)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn files(folder: &std::path::Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("a folder");
    files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("its bytes")).collect()
}

#[tokio::test]
async fn not_on_disk() {
    for (packing, readable) in [(Packing::default(), true), (secret(), false)] {
        let folder = tempfile::tempdir().expect("a folder");
        let tier = std::sync::Arc::new(Sqlite::open(folder.path().join("c.db")).expect("a file"));
        use_tier(|| Layer::shared(tier.clone()).packing(packing.clone())).await;
        assert_eq!(betrays(&files(folder.path())), readable, "while it is used");
        larder::tier::Tier::close(&*tier).await.expect("closed");
        assert_eq!(betrays(&files(folder.path())), readable, "and afterwards");
    }
}

#[tokio::test]
async fn not_on_the_wire() {
    let server = Server::redis(&[]);
    for (packing, readable) in [(Packing::default(), true), (secret(), false)] {
        let proxy = Proxy::before(server.port());
        let tier = Redis::connect(&server.url_at(proxy.port())).expect("an address");
        let tier = std::sync::Arc::new(tier);
        use_tier(|| Layer::shared(tier.clone()).packing(packing.clone())).await;
        let sent = proxy.captured();
        assert!(!sent.is_empty());
        assert_eq!(betrays(&sent), readable);
    }
}

/// What a changed value is: a miss, counted, and loaded anew.
async fn rejected(packing: &Packing, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Rejections {
    let tier = MapTier::default();
    let layer = || Layer::from(tier.clone()).packing(packing.clone());
    cache(layer()).through().set(KEY.to_owned(), "small".to_owned()).await;
    tier.tamper(change);
    let victim = cache(layer());
    let found = victim.get_with(KEY.to_owned(), async { "anew".to_owned() }).await;
    assert_eq!(found, "anew");
    let tier = &victim.get_metrics().tiers[0];
    assert_eq!((tier.hits, tier.misses), (0, 1));
    tier.rejected
}

fn all(rejections: Rejections) -> u64 {
    let Rejections {
        expired, damaged, unknown_format, other_type, unknown_key, unprotected, ..
    } = rejections;
    expired + damaged + unknown_format + other_type + unknown_key + unprotected
}

#[tokio::test]
async fn every_byte_counts() {
    for packing in [Packing::default(), signed(), secret()] {
        let tier = MapTier::default();
        let layer = Layer::from(tier.clone()).packing(packing.clone());
        cache(layer).through().set(KEY.to_owned(), "small".to_owned()).await;
        let length = tier.values()[0].len();
        for place in 0..length {
            let flipped = rejected(&packing, |mut bytes| {
                bytes[place] ^= 1 << (place % 8);
                bytes
            });
            assert_eq!(all(flipped.await), 1, "byte {place}");
            let cut = rejected(&packing, |mut bytes| {
                bytes.truncate(place);
                bytes
            });
            assert_eq!(all(cut.await), 1, "cut at {place}");
        }
    }
}

#[tokio::test]
async fn a_value_counts_under_its_own_key_only() {
    for packing in [Packing::default(), signed(), secret()] {
        let tier = MapTier::default();
        let layer = || Layer::from(tier.clone()).packing(packing.clone());
        let writer = cache(layer());
        writer.through().set("a".to_owned(), "of a".to_owned()).await;
        let of_a = tier.values()[0].clone();
        writer.through().set("b".to_owned(), "of b".to_owned()).await;
        tier.tamper(|_| of_a.clone());
        let victim = cache(layer());
        assert_eq!(victim.through().get(&"b".to_owned()).await, None);
        assert_eq!(victim.through().get(&"a".to_owned()).await.as_deref(), Some("of a"));
        assert_eq!(all(victim.get_metrics().tiers[0].rejected), 1);
    }
}

#[tokio::test]
async fn what_is_not_protected_is_not_believed() {
    for packing in [signed(), secret()] {
        let tier = MapTier::default();
        cache(Layer::from(tier.clone())).through().set(KEY.to_owned(), "open".to_owned()).await;
        let open = tier.values()[0].clone();
        let rejections = rejected(&packing, |_| open.clone()).await;
        assert_eq!(rejections.unprotected, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_value_does_not_come_back_after_its_time() {
    for packing in [Packing::default(), signed(), secret()] {
        let tier = MapTier::default();
        let build = || -> Cache<String, String> {
            let layer = Layer::from(tier.clone()).packing(packing.clone());
            let minute = Duration::from_mins(1);
            Cache::builder().name("patients").maxsize(10).ttl(minute).tier(layer).build()
        };
        build().through().set(KEY.to_owned(), "old".to_owned()).await;
        let old = tier.values()[0].clone();
        tokio::time::advance(Duration::from_secs(61)).await;
        build().through().set(KEY.to_owned(), "new".to_owned()).await;
        tier.tamper(|_| old.clone());
        let victim = build();
        assert_eq!(victim.through().get(&KEY.to_owned()).await, None);
        assert_eq!(victim.get_metrics().tiers[0].rejected.expired, 1);
    }
}

/// Somebody puts an old value back into the store.
#[tokio::test(start_paused = true)]
async fn an_old_value_that_is_put_back_is_not_believed() {
    for packing in [secret(), signed()] {
        for renewal in [Renewal::Replaced, Renewal::Removed, Renewal::Cleared, Renewal::Seen] {
            let tier = MapTier::default();
            let layer = Layer::from(tier.clone()).packing(packing.clone());
            let key = KEY.to_owned();
            cache(layer.clone()).through().set(key.clone(), "old".to_owned()).await;
            let old = tier.snapshot();
            tokio::time::advance(Duration::from_millis(5)).await;
            renewal.happens(&tier, &layer, &packing).await;

            tier.restore(&old);
            let reader = cache(layer.clone());
            let found = reader.get_with(key.clone(), async { "new".to_owned() }).await;
            assert_eq!(found, "new", "{renewal:?}");
            let metrics = &reader.get_metrics().tiers[0];
            assert_eq!((metrics.hits, metrics.misses), (0, 1));
            assert_eq!(metrics.rejected.replayed, 1, "{renewal:?}");
            // What was loaded in its place is good.
            let found = cache(layer).get_with(key, async { unreachable!() }).await;
            assert_eq!(found, "new", "{renewal:?}");
        }
    }
}

/// How a process hears that a value is not the youngest any more.
#[derive(Debug, Clone, Copy)]
enum Renewal {
    Replaced,
    Removed,
    Cleared,
    /// Another process has replaced it, and it has read that.
    Seen,
}

impl Renewal {
    async fn happens(self, tier: &MapTier, layer: &Layer, packing: &Packing) {
        let (key, new) = (KEY.to_owned(), "newer".to_owned());
        let ours = cache(layer.clone());
        match self {
            Self::Replaced => ours.through().set(key, new).await,
            Self::Removed => drop(ours.through().remove(&key).await),
            Self::Cleared => ours.through().clear().await,
            Self::Seen => {
                let theirs = Layer::from(tier.clone()).packing(packing.clone());
                cache(theirs).through().set(key.clone(), new).await;
                ours.get_with(key, async { unreachable!() }).await;
            }
        }
    }
}

/// Without a signature nobody can tell, and a clock that is behind costs nothing.
#[tokio::test(start_paused = true)]
async fn without_protection_what_is_there_counts() {
    let tier = MapTier::default();
    let layer = Layer::from(tier.clone());
    cache(layer.clone()).through().set(KEY.to_owned(), "old".to_owned()).await;
    let old = tier.snapshot();
    tokio::time::advance(Duration::from_millis(5)).await;
    cache(layer.clone()).through().set(KEY.to_owned(), "newer".to_owned()).await;
    tier.restore(&old);
    let found = cache(layer).get_with(KEY.to_owned(), async { unreachable!() }).await;
    assert_eq!(found, "old");
}

#[tokio::test]
async fn keys_can_be_changed() {
    let tier = MapTier::default();
    let old = KeyRing::new(1, [1; 32]).expect("a key");
    let both = KeyRing::new(2, [2; 32]).and_then(|ring| ring.also(1, [1; 32])).expect("keys");
    let layer = |ring: &KeyRing| {
        Layer::from(tier.clone()).packing(Packing::default().encrypt(ring.clone()))
    };
    cache(layer(&old)).through().set(KEY.to_owned(), VALUE.to_owned()).await;
    assert_eq!(cache(layer(&both)).through().get(&KEY.to_owned()).await.as_deref(), Some(VALUE));
    cache(layer(&both)).through().set(KEY.to_owned(), "sealed anew".to_owned()).await;
    let outdated = cache(layer(&old));
    assert_eq!(outdated.through().get(&KEY.to_owned()).await, None);
    assert_eq!(outdated.get_metrics().tiers[0].rejected.unknown_key, 1);
}
