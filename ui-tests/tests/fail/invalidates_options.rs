use larder::{async_lru, invalidates};

#[async_lru]
async fn get(id: u32) -> u32 {
    id
}

#[invalidates(get(id), when = "later")]
async fn wrong_text(id: u32) -> u32 {
    id
}

#[invalidates(get(id), when = after)]
async fn path(id: u32) -> u32 {
    id
}

#[invalidates(get(id), when = "after", when = "before")]
async fn twice(id: u32) -> u32 {
    id
}

#[invalidates(get(id), wen = "after")]
async fn typo(id: u32) -> u32 {
    id
}

#[invalidates(get(id), tag = "users")]
async fn not_in_this_version(id: u32) -> u32 {
    id
}

#[invalidates(when = "after")]
async fn nothing(id: u32) -> u32 {
    id
}

fn main() {}
