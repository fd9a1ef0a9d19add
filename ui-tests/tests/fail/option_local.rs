use larder::async_lru;

#[async_lru(local = true)]
async fn value(x: u32) -> u32 {
    x
}

#[async_lru(lokal)]
async fn typo(x: u32) -> u32 {
    x
}

fn main() {}
