use std::rc::Rc;

use larder::async_lru;

async fn pause() {}

#[async_lru]
async fn owned(x: u32) -> u32 {
    let shared = Rc::new(x);
    pause().await;
    *shared
}

#[async_lru]
async fn borrowed(x: &u32) -> u32 {
    let shared = Rc::new(*x);
    pause().await;
    *shared
}

fn main() {}
