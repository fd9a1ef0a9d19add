//! Everything at once, in random order: whatever is aborted, refreshed, invalidated or panics, everybody else gets an answer.

use larder::prelude::*;
use larder_tests::{Random, watchdog};

async fn load(key: usize, luck: usize) -> Result<usize, String> {
    for _ in 0..luck % 4 {
        tokio::task::yield_now().await;
    }
    if luck.is_multiple_of(7) {
        // As a panic, without the message.
        std::panic::resume_unwind(Box::new("bad luck"));
    }
    if luck.is_multiple_of(5) { Err("bad luck".to_owned()) } else { Ok(key) }
}

/// The body belongs to its flight.
#[async_lru(maxsize = 2, skip(luck))]
async fn owned(key: usize, luck: usize) -> Result<usize, String> {
    load(key, luck).await
}

/// The body belongs to who leads.
#[async_lru(maxsize = 2, skip(luck))]
async fn borrowed(key: usize, luck: &usize) -> Result<usize, String> {
    load(key, *luck).await
}

/// One caller, who does one thing.
async fn act(cache: Cache<usize, usize>, what: usize, key: usize, luck: usize) {
    let expected = |answer: Result<usize, String>| assert!(answer.is_err() || answer == Ok(key));
    match what {
        0 => expected(owned(key, luck).use_cache(false).await),
        1 => _ = owned(key, luck).invalidate().await,
        2 => owned.clear().await,
        3 => _ = cache.remove(&key),
        4 => _ = borrowed(key, &luck).invalidate().await,
        5 => expected(borrowed(key, &luck).use_cache(false).await),
        6..=8 => expected(borrowed(key, &luck).await),
        9..=11 => {
            let value = cache.get_with(key, async move {
                for _ in 0..luck % 4 {
                    tokio::task::yield_now().await;
                }
                key
            });
            assert_eq!(value.await, key);
        }
        _ => expected(owned(key, luck).await),
    }
}

#[test]
fn everybody_gets_an_answer() {
    watchdog(async {
        let mut random = Random::from_env();
        let cache: Cache<usize, usize> = Cache::new(2);
        for _ in 0..1500 {
            let tasks: Vec<_> = (0..14)
                .map(|_| {
                    let (what, key, luck) = (random.below(20), random.below(3), random.below(1000));
                    tokio::spawn(act(cache.clone(), what, key, luck))
                })
                .collect();
            for task in tasks.iter().step_by(3) {
                if random.below(2) == 0 {
                    tokio::task::yield_now().await;
                }
                task.abort();
            }
            for task in tasks {
                // It is cancelled, or panics with its own body; an answer that is wrong is another panic.
                if let Err(ended) = task.await
                    && let Ok(panic) = ended.try_into_panic()
                {
                    assert_eq!(panic.downcast_ref::<&str>(), Some(&"bad luck"));
                }
            }
            assert!(cache.len() <= 2 && owned.cache().len() <= 2 && borrowed.cache().len() <= 2);
        }
        // Nothing is left behind that a call would wait for.
        for key in 0..3 {
            assert_eq!(owned(key, 1).use_cache(false).await, Ok(key));
            assert_eq!(borrowed(key, &1).use_cache(false).await, Ok(key));
            assert_eq!(cache.get_with(key, async move { key }).use_cache(false).await, key);
        }
    });
}
