use larder::{async_lru, async_ttl};

#[async_lru(banana = 7)]
async fn nothing_near(x: u32) -> u32 {
    x
}

#[async_ttl(stale = "30s")]
async fn not_in_this_version(x: u32) -> u32 {
    x
}

#[async_lru(skipnone)]
async fn flag(x: u32) -> u32 {
    x
}

#[async_lru(skp(x))]
async fn list(x: u32) -> u32 {
    x
}

fn main() {}
