use larder::async_lru;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
struct NoBytes;

#[derive(Clone, Serialize)]
struct OneWay;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Id(u64);

#[derive(Clone, Serialize, Deserialize)]
struct Fine;

#[async_lru(disk = "memory:values")]
async fn no_bytes(id: u64) -> NoBytes {
    let _ = id;
    NoBytes
}

#[async_lru(remote = "memory:values")]
async fn one_way(id: u64) -> Result<OneWay, String> {
    let _ = id;
    Ok(OneWay)
}

#[async_lru(disk = "memory:values")]
async fn key(id: Id) -> Fine {
    let _ = id.0;
    Fine
}

fn main() {
    let _ = no_bytes(1);
    let _ = one_way(1);
    let _ = key(Id(1));
}
