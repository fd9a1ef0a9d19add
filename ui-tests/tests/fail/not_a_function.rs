use larder::{async_lru, async_ttl, invalidates};

#[async_lru]
struct User {
    id: u32,
}

#[async_ttl(ttl = 0)]
impl User {
    fn id(&self) -> u32 {
        self.id
    }
}

#[invalidates(f(..))]
mod users {}

fn main() {
    let _ = User { id: 1 }.id();
}
