//! Types that do what they should not. Their own keys may suffer; the others never do.

use futures_util::poll;
use larder::Policy;
use larder::prelude::*;
use larder_tests::{Bomb, Counter, Fuse, panics, watchdog};
use std::hash::{Hash, Hasher};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::Semaphore;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Colliding(u64);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

const POLICIES: [Policy; 6] =
    [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];

#[test]
fn one_hash_for_all_under_every_policy() {
    for policy in POLICIES {
        let cache: Cache<Colliding, u64> = Cache::builder().maxsize(40).policy(policy).build();
        for n in 0..2000 {
            cache.set(Colliding(n % 97), n);
            let found = cache.get(&Colliding(n % 53));
            assert!(found.is_none_or(|found| found % 97 == n % 53), "{policy:?}");
        }
        assert_eq!(cache.len(), 40, "{policy:?}");
        let entries = cache.entries();
        assert!(entries.iter().all(|(key, value)| value % 97 == key.0), "{policy:?}");
        assert_eq!(cache.remove_if(|_, _| true), 40, "{policy:?}");
    }
}

#[tokio::test]
async fn keys_that_all_have_one_hash() {
    #[async_lru(maxsize = 50)]
    async fn double(key: Colliding) -> u64 {
        2 * key.0
    }

    for n in 0..100 {
        assert_eq!(double(Colliding(n)).await, 2 * n);
    }
    assert_eq!(double.cache().len(), 50);
    assert_eq!(double(Colliding(49)).peek(), None);
    assert_eq!(double(Colliding(50)).peek(), Some(100));
    assert!(double(Colliding(50)).invalidate().await);

    let cache: Cache<Colliding, u64> = Cache::new(5000);
    (0..1000).for_each(|n| cache.set(Colliding(n), n));
    assert!((0..1000).all(|n| cache.get(&Colliding(n)) == Some(n)));
    assert_eq!(cache.remove_if(|key, _| key.0 % 2 == 0), 500);
    assert_eq!(cache.len(), 500);
}

/// Not equal to itself, when it is odd.
#[derive(Debug, Clone)]
struct Stranger(u64);

impl Hash for Stranger {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for Stranger {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && self.0.is_multiple_of(2)
    }
}
impl Eq for Stranger {}

#[tokio::test]
async fn keys_that_do_not_equal_themselves() {
    for policy in POLICIES {
        let cache: Cache<Stranger, u64> = Cache::builder().maxsize(4).policy(policy).build();
        for round in 0..20 {
            cache.set(Stranger(1), round);
            cache.set(Stranger(2), round);
            assert_eq!(cache.get(&Stranger(1)), None);
            // A policy may have turned it away.
            assert!(cache.get(&Stranger(2)).is_none_or(|found| found == round), "{policy:?}");
            assert!(cache.len() <= 4);
            assert_eq!(cache.get_with(Stranger(3), async { round }).await, round);
            assert_eq!(cache.update(Stranger(5), |_| Some(round)), Some(round));
            assert!(!cache.remove(&Stranger(1)));
        }
        cache.clear();
        assert!(cache.is_empty());
        cache.set(Stranger(2), 7);
        assert_eq!((cache.entries().len(), cache.get(&Stranger(2))), (1, Some(7)));
    }
}

/// Sets the fuse off at every kind of access; after each the cache works, for this key and for the others.
#[test]
fn panics_of_keys_and_values_do_not_break_the_cache() {
    POLICIES.into_iter().for_each(panics_do_not_break_a_cache);
}

fn panics_do_not_break_a_cache(policy: Policy) {
    let fuse = Arc::new(Fuse::default());
    let bomb = |n| Bomb(n, fuse.clone());
    let cache: Cache<Bomb, Bomb> = Cache::builder().maxsize(3).policy(policy).build();
    let accesses: [&dyn Fn(); 12] = [
        &|| drop(cache.get(&bomb(1))),
        &|| cache.set(bomb(1), bomb(10)),
        &|| cache.set(bomb(9), bomb(90)),
        &|| _ = cache.remove(&bomb(1)),
        &|| drop(cache.update(bomb(1), |old| old)),
        &|| drop(cache.get_or_insert(bomb(1), bomb(10))),
        &|| _ = cache.touch(&bomb(1), Ttl::Never),
        &|| drop(cache.entries()),
        &|| _ = cache.remove_if(|key, _| key.0 == 1),
        &|| drop(cache.get_with(bomb(1), async { bomb(10) }).blocking()),
        &|| drop(cache.get_with(bomb(1), async { bomb(10) }).use_cache(false).blocking()),
        &|| cache.clear(),
    ];
    let fuses = [&fuse.clone, &fuse.drop, &fuse.hash, &fuse.eq];
    let mut blown = 0;
    for access in accesses {
        for lit in fuses {
            (1..=2).for_each(|n| cache.set(bomb(n), bomb(10 * n)));
            lit.store(true, SeqCst);
            blown += usize::from(panics(access));
            lit.store(false, SeqCst);
            // A policy that looks back may turn a newcomer away: then there is room for it after this.
            cache.remove(&bomb(3));
            cache.remove(&bomb(9));
            cache.set(bomb(2), bomb(21));
            assert_eq!(cache.get(&bomb(2)).map(|bomb| bomb.0), Some(21), "{policy:?}");
            cache.set(bomb(1), bomb(11));
            assert_eq!(cache.get(&bomb(1)).map(|bomb| bomb.0), Some(11), "{policy:?}");
            assert_eq!(cache.get_with(bomb(3), async { bomb(30) }).blocking().0, 30);
            assert!(cache.len() <= 3 && cache.entries().len() == cache.len());
        }
    }
    assert!(blown > 20, "only {blown} accesses panicked");
    assert!(format!("{cache:?}").contains("maxsize"), "the cache shows no keys and no values");
}

/// The value panics when it is cloned for the others, or the hook that hears of it.
#[test]
fn a_panic_at_the_end_of_a_load_leaves_nobody_waiting() {
    #[async_lru(maxsize = 1, skip(bodies, gate, fuse))]
    async fn owned(n: u64, bodies: Arc<Counter>, gate: Arc<Semaphore>, fuse: Arc<Fuse>) -> Bomb {
        bodies.count();
        gate.acquire().await.expect("open").forget();
        Bomb(n, fuse)
    }
    #[async_lru(maxsize = 1, skip(bodies, gate, fuse))]
    async fn borrowed(n: u64, bodies: &Counter, gate: &Semaphore, fuse: &Arc<Fuse>) -> Bomb {
        bodies.count();
        gate.acquire().await.expect("open").forget();
        Bomb(n, fuse.clone())
    }

    watchdog(async {
        for borrow in [false, true] {
            let (bodies, gate) = (Arc::new(Counter::default()), Arc::new(Semaphore::new(0)));
            let fuse = Arc::new(Fuse::default());
            let call = || {
                let (bodies, gate, fuse) = (bodies.clone(), gate.clone(), fuse.clone());
                tokio::spawn(async move {
                    if borrow {
                        borrowed(1, &bodies, &gate, &fuse).await.0
                    } else {
                        owned(1, bodies, gate, fuse).await.0
                    }
                })
            };
            let metrics = || if borrow { borrowed.get_metrics() } else { owned.get_metrics() };
            let calls = [call(), call(), call()];
            while metrics().coalesced < 2 {
                tokio::task::yield_now().await;
            }
            fuse.clone.store(true, SeqCst);
            gate.add_permits(3);
            let mut panicked = 0;
            for call in calls {
                panicked += usize::from(call.await.is_err());
            }
            assert_eq!(panicked, 1, "the panic is one caller's");
            assert_eq!(call().await.unwrap(), 1, "and the key is usable");
        }
    });
}

/// The same where the body is ready at once, and somebody came while it was being polled.
#[test]
fn a_panic_at_the_end_of_a_ready_load_leaves_nobody_waiting() {
    /// Waits for company, and has the next clone panic.
    fn first(bodies: &Counter, fuse: &Fuse, coalesced: impl Fn() -> u64) {
        if bodies.count() == 1 {
            while coalesced() == 0 {
                std::thread::yield_now();
            }
            fuse.clone.store(true, SeqCst);
        }
    }
    #[async_lru(maxsize = 1, skip(bodies, fuse))]
    async fn owned(n: u64, bodies: Arc<Counter>, fuse: Arc<Fuse>) -> Bomb {
        first(&bodies, &fuse, || owned.get_metrics().coalesced);
        Bomb(n, fuse)
    }
    #[async_lru(maxsize = 1, skip(bodies, fuse))]
    async fn borrowed(n: u64, bodies: &Counter, fuse: &Arc<Fuse>) -> Bomb {
        first(bodies, fuse, || borrowed.get_metrics().coalesced);
        Bomb(n, fuse.clone())
    }

    watchdog(async {
        for borrow in [false, true] {
            let (bodies, fuse) = (Arc::new(Counter::default()), Arc::new(Fuse::default()));
            let call = || {
                let (bodies, fuse) = (bodies.clone(), fuse.clone());
                tokio::spawn(async move {
                    if borrow {
                        borrowed(1, &bodies, &fuse).await.0
                    } else {
                        owned(1, bodies, fuse).await.0
                    }
                })
            };
            let calls = [call(), call()];
            let mut panicked = 0;
            for call in calls {
                panicked += usize::from(call.await.is_err());
            }
            let metrics = if borrow { borrowed.get_metrics() } else { owned.get_metrics() };
            assert_eq!((panicked, bodies.get()), (1, 2), "who waited has loaded it himself");
            assert_eq!((metrics.loads, metrics.load_errors), (2, 1), "borrowed: {borrow}");
            assert_eq!(call().await.unwrap(), 1);
        }
    });
}

#[tokio::test]
async fn large_keys() {
    #[async_lru(maxsize = 3)]
    async fn length(text: &str) -> usize {
        text.len()
    }

    let mut text = "x".repeat(1 << 20);
    for n in 0..5 {
        text.push('y');
        assert_eq!(length(&text).await, (1 << 20) + n + 1);
        assert_eq!(length(&text).await, (1 << 20) + n + 1);
    }
    let metrics = length.get_metrics();
    assert_eq!((metrics.hits, metrics.misses, metrics.entries), (5, 5, 3));
}

#[tokio::test]
async fn values_and_keys_of_no_size() {
    #[async_lru]
    async fn done(n: u64) {
        assert!(n < 10);
    }

    done(1).await;
    assert_eq!((done(1).peek(), done(2).peek()), (Some(()), None));
    let cache: Cache<(), ()> = Cache::new(10);
    assert_eq!((cache.get(&()), cache.len()), (None, 0));
    cache.set((), ());
    cache.set((), ());
    assert_eq!((cache.get(&()), cache.len(), cache.remove(&())), (Some(()), 1, true));
    let many: Cache<u64, ()> = Cache::new(2);
    (0..5).for_each(|n| many.set(n, ()));
    assert_eq!((many.len(), many.get(&4)), (2, Some(())));
}

/// A key is hashed when the call begins, and never again: a load ends whatever its `Hash` does by then.
#[test]
fn a_hash_that_panics_when_the_load_ends() {
    #[async_lru(skip(gate))]
    async fn owned(key: Bomb, gate: Arc<Semaphore>) -> u64 {
        gate.acquire().await.expect("open").forget();
        key.0
    }
    #[async_lru(skip(gate))]
    async fn borrowed(key: &Bomb, gate: &Semaphore) -> u64 {
        gate.acquire().await.expect("open").forget();
        key.0
    }

    watchdog(async {
        let fuse = Arc::new(Fuse::default());
        let gate = Arc::new(Semaphore::new(0));
        let key = Bomb(1, fuse.clone());
        let call = || owned(key.clone(), gate.clone());
        let (mut first, mut second) = (pin!(call()), pin!(call()));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        fuse.hash.store(true, SeqCst);
        gate.add_permits(1);
        assert_eq!((first.await, second.await), (1, 1));
        assert!(fuse.hash.swap(false, SeqCst), "nobody has hashed");

        let call = || borrowed(&key, &gate);
        let (mut first, mut second) = (pin!(call()), pin!(call()));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        fuse.hash.store(true, SeqCst);
        gate.add_permits(1);
        assert_eq!((first.await, second.await), (1, 1));
        assert!(fuse.hash.swap(false, SeqCst), "nobody has hashed");
    });
}

type Secret = Arc<std::sync::Mutex<Option<Action>>>;
type Action = Box<dyn Fn() + Send>;

/// What is done to a cache of those.
type Meddling = fn(&Cache<u64, Meddler>, Meddler);

/// Does something with the very cache it sits in, when it is cloned or dropped.
struct Meddler {
    number: u64,
    clone: Secret,
    drop: Secret,
}

/// Once only, and not while it is locked: what it does may lead here again.
fn act(secret: &Secret) {
    let action = secret.lock().expect("nobody panics here").take();
    if let Some(action) = action {
        action();
    }
}

impl Clone for Meddler {
    fn clone(&self) -> Self {
        act(&self.clone);
        Self { number: self.number, clone: self.clone.clone(), drop: self.drop.clone() }
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        act(&self.drop);
    }
}

/// A value's `Clone` and `Drop` may do with their cache what anybody may, as long as nobody sets its bound meanwhile.
#[test]
fn values_that_call_their_own_cache() {
    watchdog(async {
        for policy in POLICIES {
            let (clone, drop_) = (Secret::default(), Secret::default());
            let meddler = |number| Meddler { number, clone: clone.clone(), drop: drop_.clone() };
            let cache: Cache<u64, Meddler> = Cache::builder().maxsize(8).policy(policy).build();
            let plain = || Meddler { number: 7, clone: Secret::default(), drop: Secret::default() };
            let calls: [Meddling; 7] = [
                |cache, _| drop(cache.get(&1)),
                |cache, new| cache.set(1, new),
                |cache, new| cache.set(2, new),
                |cache, _| _ = cache.remove(&1),
                |cache, _| drop(cache.entries()),
                |cache, _| _ = cache.len(),
                |cache, _| cache.clear(),
            ];
            for call in calls {
                let action = || -> Option<Action> {
                    let (cache, new) = (cache.clone(), plain());
                    Some(Box::new(move || call(&cache, new.clone())))
                };
                cache.clear();
                cache.set(1, meddler(1));
                *clone.lock().unwrap() = action();
                assert_eq!(cache.get(&1).map(|value| value.number), Some(1), "{policy:?}");
                assert!(clone.lock().unwrap().is_none(), "it was cloned");

                cache.set(1, meddler(1));
                *drop_.lock().unwrap() = action();
                cache.set(1, plain());
                cache.remove(&1);
                cache.set(3, plain());
                assert!(drop_.lock().unwrap().is_none(), "it was dropped");
                cache.set(1, meddler(1));
                *drop_.lock().unwrap() = action();
                cache.clear();
                cache.set(3, plain());
                assert!(drop_.lock().unwrap().is_none(), "it was dropped");
                assert_eq!(cache.get(&3).map(|value| value.number), Some(7), "{policy:?}");
            }
        }
    });
}

/// Below the lock, in the middle of a chain of keys with one hash.
#[test]
fn an_eq_that_panics_below_the_lock() {
    #[derive(Clone)]
    struct Touchy(u64, Arc<AtomicBool>);
    impl Hash for Touchy {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }
    impl PartialEq for Touchy {
        fn eq(&self, other: &Self) -> bool {
            let touched = self.0 == 2 || other.0 == 2;
            assert!(!touched || !other.1.load(SeqCst), "panics in its Eq");
            self.0 == other.0
        }
    }
    impl Eq for Touchy {}

    for policy in POLICIES {
        let lit = Arc::new(AtomicBool::new(false));
        let key = |n| Touchy(n, lit.clone());
        let cache: Cache<Touchy, u64> = Cache::builder().maxsize(5).policy(policy).build();
        (0..5).for_each(|n| cache.set(key(n), n));
        let accesses: [&dyn Fn(); 5] = [
            &|| cache.set(key(9), 9),
            &|| _ = cache.remove(&key(9)),
            &|| _ = cache.update(key(9), |_| Some(9)),
            &|| _ = cache.touch(&key(9), Ttl::Never),
            &|| _ = cache.get_with(key(9), async { 9 }).blocking(),
        ];
        for access in accesses {
            lit.store(true, SeqCst);
            assert!(panics(access), "{policy:?}");
            lit.store(false, SeqCst);
            assert!((0..5).all(|n| cache.get(&key(n)) == Some(n)), "{policy:?}");
            assert_eq!((cache.len(), cache.get(&key(9))), (5, None), "{policy:?}");
        }
        assert_eq!(cache.get_with(key(9), async { 9 }).blocking(), 9);
    }
}
