use larder::{async_lru, invalidates};

#[async_lru]
async fn memoized(id: u32, name: &str) -> usize {
    name.len() + id as usize
}

#[invalidates(memoized(name, id))]
async fn swapped(id: u32, name: &str) {
    let _ = (id, name);
}

#[invalidates(memoized(id))]
async fn missing(id: u32) {
    let _ = id;
}

#[invalidates(memoised(..))]
async fn misspelled(id: u32) {
    let _ = id;
}

fn main() {}
