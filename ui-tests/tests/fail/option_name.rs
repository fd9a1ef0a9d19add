use larder::async_lru;

#[async_lru(name = users)]
async fn path(x: u32) -> u32 {
    x
}

#[async_lru(name = "")]
async fn empty(x: u32) -> u32 {
    x
}

#[async_lru(name = "a", name = "b")]
async fn twice(x: u32) -> u32 {
    x
}

#[async_lru(nam = "a")]
async fn typo(x: u32) -> u32 {
    x
}

fn main() {}
