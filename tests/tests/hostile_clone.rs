//! A `Clone` that panics when it is to tell a hook what left. Its caller hears of it when the change is made, and whole.

use larder::prelude::*;
use larder::{Policy, Reason};
use larder_tests::{Bomb, Fuse, Log, panics, watchdog};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

const POLICIES: [Policy; 6] =
    [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];

/// A full cache of bombs whose departures are heard of.
struct Scene {
    cache: Cache<u64, Bomb>,
    fuse: Arc<Fuse>,
    gone: Log<Reason>,
}

impl Scene {
    fn new(policy: Policy, maxsize: u64) -> Self {
        let bound = usize::try_from(maxsize).unwrap();
        let scene = Self {
            cache: Cache::builder().maxsize(bound).policy(policy).build(),
            fuse: Arc::default(),
            gone: Log::new(),
        };
        let gone = scene.gone.clone();
        scene.cache.on_evict(move |_, _, reason| gone.push(reason));
        (0..maxsize).for_each(|n| scene.set(n));
        scene.gone.take();
        scene
    }

    fn set(&self, key: u64) {
        self.cache.set(key, Bomb(key, self.fuse.clone()));
    }

    /// Has the first `Clone` during `change` panic, which comes out here.
    fn blow_during(&self, change: impl FnOnce(&Self)) {
        self.fuse.clone.store(true, SeqCst);
        assert!(panics(|| change(self)), "nobody has heard of the panic");
        assert!(!self.fuse.clone.load(SeqCst), "it was another one");
    }

    /// That there are so many entries, and the bound is `maxsize` and holds; that misses end, and everything can go.
    async fn holds(&self, entries: usize, maxsize: usize, what: &str) {
        let Self { cache, gone, .. } = self;
        assert_eq!((cache.len(), cache.entries().len()), (entries, entries), "{what}");
        assert_eq!(cache.maxsize(), Some(maxsize), "{what}");
        assert!(cache.get(&u64::MAX).is_none());
        assert_eq!(cache.get_with(u64::MAX, async { self.bomb() }).await.0, 7, "{what}");
        (10_000..20_000).for_each(|n| self.set(n));
        assert!(cache.len() <= maxsize && cache.len() + 50 > maxsize, "{what}: {}", cache.len());
        gone.take();
        let left = cache.len();
        assert_eq!(cache.remove_if(|_, _| true), left, "{what}");
        assert_eq!(gone.take(), vec![Reason::Removed; left], "{what}");
        assert!(cache.is_empty(), "{what}");
        self.set(1);
        assert_eq!(cache.get(&1).map(|bomb| bomb.0), Some(1), "{what}");
    }

    fn bomb(&self) -> Bomb {
        Bomb(7, self.fuse.clone())
    }
}

#[test]
fn when_a_write_pushes_another_entry_out() {
    watchdog(async {
        for policy in POLICIES {
            let scene = Scene::new(policy, 10);
            scene.blow_during(|scene| scene.set(10));
            scene.holds(10, 10, &format!("{policy:?}")).await;
        }
    });
}

#[test]
fn when_a_value_is_overwritten() {
    watchdog(async {
        for policy in POLICIES {
            let scene = Scene::new(policy, 10);
            scene.blow_during(|scene| scene.cache.set(3, scene.bomb()));
            assert_eq!(scene.cache.get(&3).map(|bomb| bomb.0), Some(7), "the new one is there");
            scene.holds(10, 10, &format!("{policy:?}")).await;
        }
    });
}

/// To one region from several, and within one. Of those who leave, one is not heard of.
#[test]
fn when_the_bound_is_lowered() {
    watchdog(async {
        for policy in POLICIES {
            for (before, after) in [(2000, 10), (100, 10)] {
                let scene = Scene::new(policy, before);
                let entries = scene.cache.len();
                scene.blow_during(|scene| scene.cache.set_maxsize(after));
                assert_eq!(scene.gone.take(), vec![Reason::Size; entries - after - 1]);
                scene.holds(after, after, &format!("{policy:?} from {before}")).await;
            }
        }
    });
}

#[test]
fn when_everything_is_cleared() {
    watchdog(async {
        for maxsize in [10, 2000] {
            let scene = Scene::new(Policy::Lru, maxsize);
            let entries = scene.cache.len();
            scene.blow_during(|scene| scene.cache.clear());
            assert_eq!(scene.gone.take(), vec![Reason::Cleared; entries - 1]);
            scene.holds(0, scene.cache.maxsize().unwrap(), "clear").await;
        }
    });
}
