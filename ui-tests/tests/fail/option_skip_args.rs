use larder::async_lru;

#[async_lru(skip_args = 3)]
async fn too_many(x: u32, y: u32) -> u32 {
    x + y
}

#[async_lru(skip_args = "x")]
async fn text(x: u32) -> u32 {
    x
}

#[async_lru(skip_args = 1, skip_args = 1)]
async fn twice(x: u32) -> u32 {
    x
}

#[async_lru(skip_arg = 1)]
async fn typo(x: u32) -> u32 {
    x
}

#[async_lru(skip_args = 2)]
async fn one(x: u32) -> u32 {
    x
}

#[async_lru(skip_args = 1)]
async fn none() -> u32 {
    1
}

fn main() {}
