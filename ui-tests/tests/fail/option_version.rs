use larder::async_lru;

#[async_lru(version = "2")]
async fn text(x: u32) -> u32 {
    x
}

#[async_lru(version = -2)]
async fn negative(x: u32) -> u32 {
    x
}

#[async_lru(version = 5_000_000_000)]
async fn large(x: u32) -> u32 {
    x
}

#[async_lru(version = 1, version = 2)]
async fn twice(x: u32) -> u32 {
    x
}

#[async_lru(verison = 1)]
async fn typo(x: u32) -> u32 {
    x
}

fn main() {}
