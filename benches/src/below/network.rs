//! Values in Redis: a hit of larder beside a bare `GET` of the same client.

use super::{Record, Row};
use crate::clock::Stopwatch;
use larder::Cache;
use larder::tier::{Layer, Redis};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const CALLS: usize = 20_000;

/// A server of its own, killed at the end.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let port = port.to_string();
        let process = Command::new("redis-server")
            .args(["--port", &port, "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let url = format!("redis://127.0.0.1:{port}");
        Some(Self { process, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Rows of a hit in Redis, taken in turns with bare commands on the same connection; `None` without a server to be started.
///
/// # Panics
/// When the server does not answer.
pub async fn rows() -> Option<Vec<Row>> {
    let server = Server::start()?;
    let tier = Redis::connect(&server.url).expect("an address");
    let mut bare = connection(&tier).await;
    let cache: Cache<u64, Record> =
        Cache::builder().name("records").maxsize(0).tier(Layer::from(tier)).build();
    cache.through().set(1, Record::of(1)).await;
    let bytes = vec![7_u8; 160];
    let set: Result<(), _> = redis::cmd("SET").arg("bare").arg(&bytes).query_async(&mut bare).await;
    set.expect("stored");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let begun = Stopwatch::start();
        let found = cache.get_with(1, async { panic!("it is in Redis") }).await;
        ours.push(begun.elapsed());
        assert_eq!(found.id, 1);

        let begun = Stopwatch::start();
        let found: Vec<u8> =
            redis::cmd("GET").arg("bare").query_async(&mut bare).await.expect("an answer");
        theirs.push(begun.elapsed());
        assert_eq!(found.len(), bytes.len());
    }
    Some(vec![Row::new("larder, hit in Redis", ours), Row::new("redis, bare GET", theirs)])
}

/// The connection of the tier, once the server is there.
async fn connection(tier: &Redis) -> redis::aio::MultiplexedConnection {
    let waited = Stopwatch::start();
    loop {
        match tier.connection().await {
            Ok(connection) => return connection,
            Err(error) => {
                let patient = waited.elapsed() < Duration::from_secs(10);
                assert!(patient, "the server does not answer: {error}");
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
