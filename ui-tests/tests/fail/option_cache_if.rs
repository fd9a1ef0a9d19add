use larder::async_lru;

#[async_lru(cache_if = "is_good")]
async fn text(x: u32) -> u32 {
    x
}

#[async_lru(cache_if)]
async fn no_value(x: u32) -> u32 {
    x
}

#[async_lru(cachif = is_good)]
async fn typo(x: u32) -> u32 {
    x
}

fn main() {}
