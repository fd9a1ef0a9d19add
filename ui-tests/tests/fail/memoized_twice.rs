use larder::{async_lru, async_ttl, invalidates};

#[async_lru]
#[async_ttl]
async fn twice(x: u32) -> u32 {
    x
}

#[async_lru]
#[invalidates(twice(x))]
async fn inner(x: u32) -> u32 {
    x
}

#[invalidates(twice(x))]
#[async_lru]
async fn outer(x: u32) -> u32 {
    x
}

fn main() {}
