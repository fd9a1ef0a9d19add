use larder::{async_lru, invalidates};

async fn plain(id: u32) -> u32 {
    id
}

fn sync(id: u32) -> u32 {
    id
}

#[async_lru]
async fn memoized(id: u32) -> u32 {
    id
}

#[invalidates(memoized(id), plain(id), sync(id))]
async fn entries(id: u32) {
    let _ = id;
}

#[invalidates(memoized(..), plain(..))]
async fn all(id: u32) {
    let _ = id;
}

fn main() {}
