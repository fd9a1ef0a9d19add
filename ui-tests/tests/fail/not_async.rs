use std::future::Future;
use std::pin::Pin;

use larder::async_lru;

#[async_lru]
fn plain(x: u32) -> u32 {
    x
}

#[async_lru]
fn boxed(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { x })
}

async fn other(x: u32) -> u32 {
    x
}

#[async_lru]
fn forgotten(x: u32) -> u32 {
    other(x).await
}

fn main() {
    let _ = plain(1) + 1;
    let _ = async { forgotten(1).await + 1 };
}
