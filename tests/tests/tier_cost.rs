//! What a tier adds to the bare command of its client. Measurements: run them in a release build, with `--ignored`.

#[path = "tiers/promises.rs"]
#[expect(dead_code, reason = "the promises themselves are tested elsewhere")]
mod promises;

use larder::tier::{Redis, Tier};
use larder_tests::Server;
use promises::{entry, key, put};
use std::time::Duration;
use tokio::time::Instant;

const ROUNDS: usize = 20_000;

#[tokio::test(flavor = "current_thread")]
#[ignore = "a measurement"]
async fn a_get_beside_a_bare_get() {
    let server = Server::redis(&[]);
    let tier = Redis::connect(&server.url()).unwrap();
    put(&tier, "users", entry("k", vec![7; 100])).await;
    let info: redis::ConnectionInfo = server.url().parse().unwrap();
    let nodelay = redis::io::tcp::TcpSettings::default().set_nodelay(true);
    let client = redis::Client::open(info.set_tcp_settings(nodelay)).unwrap();
    let mut bare = client.get_multiplexed_async_connection().await.unwrap();
    let keys = [key("k")];
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let fetched = tier.get("users", &keys).await.unwrap();
        with.push(begun.elapsed());
        assert!(fetched.values[0].is_some());

        let begun = Instant::now();
        let mut command = redis::cmd("GET");
        let got: Vec<u8> = command.arg(b"larder:users:v:k").query_async(&mut bare).await.unwrap();
        without.push(begun.elapsed());
        assert!(!got.is_empty());
    }
    let (with, without) = (median(with), median(without));
    println!("with {with:?}, bare {without:?}: {:.3}", with.as_secs_f64() / without.as_secs_f64());
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
