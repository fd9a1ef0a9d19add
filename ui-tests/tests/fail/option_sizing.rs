use larder::async_lru;

#[async_lru(sizing = true)]
async fn value(x: u32) -> u32 {
    x
}

#[async_lru(sizing, sizing)]
async fn twice(x: u32) -> u32 {
    x
}

#[async_lru(sizing, unbounded)]
async fn nothing_to_compare(x: u32) -> u32 {
    x
}

#[async_lru(sizng)]
async fn typo(x: u32) -> u32 {
    x
}

fn main() {}
