//! Callers who miss at the same time travel to Redis together.

use larder::Cache;
use larder::tier::Redis;
use larder_tests::{Proxy, Server, watchdog};
use std::sync::Arc;
use tokio::sync::Barrier;

const CALLERS: u64 = 64;

#[test]
fn many_misses_are_few_round_trips() {
    watchdog(async {
        let server = Server::redis(&[]);
        let proxy = Proxy::before(server.port());
        let tier = Redis::connect(&server.url_at(proxy.port())).expect("an address");
        let cache: Cache<u64, u64> =
            Cache::builder().name("together").maxsize(2_000).tier(tier).build();
        // The connection, and what is learned with the first use of it.
        cache.get_with(0, async { 0 }).await;
        proxy.reset();

        // Who is asked when is the scheduler's matter: on a busy machine they may come one by one.
        let mut least = usize::MAX;
        for round in 0..20 {
            let start = Arc::new(Barrier::new(usize::try_from(CALLERS).expect("a few")));
            let calls = (1..=CALLERS).map(|key| {
                let (cache, start) = (cache.clone(), start.clone());
                let key = round * CALLERS + key;
                tokio::spawn(async move {
                    start.wait().await;
                    cache.get_with(key, async move { key }).await
                })
            });
            for call in calls.collect::<Vec<_>>() {
                call.await.expect("no panic");
            }
            least = least.min(proxy.writes());
            assert_eq!(cache.get_metrics().tiers[0].puts, (round + 1) * CALLERS + 1);
            // Questions and values: twice 64, were each on its own.
            if least <= 32 {
                return;
            }
            proxy.reset();
        }
        panic!("{least} pieces at best");
    });
}
