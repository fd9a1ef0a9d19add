use larder::{async_lru, async_ttl};

#[async_lru(128)]
async fn number(x: u32) -> u32 {
    x
}

#[async_ttl("60s")]
async fn text(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = "60s" maxsize = 3)]
async fn no_comma(x: u32) -> u32 {
    x
}

#[async_ttl(, ttl = "60s")]
async fn no_option(x: u32) -> u32 {
    x
}

fn main() {}
