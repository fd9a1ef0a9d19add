use std::rc::Rc;

use larder::async_lru;

async fn pause() {}

#[async_lru]
async fn f(x: u32) -> u32 {
    let shared = Rc::new(x);
    pause().await;
    *shared
}

fn main() {}
