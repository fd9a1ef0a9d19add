use std::sync::Arc;

use larder::async_lru;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Repo(u32);

impl Repo {
    #[async_lru]
    async fn value(self, id: u32) -> u32 {
        self.0 + id
    }

    #[async_lru]
    async fn shared(self: Arc<Self>, id: u32) -> u32 {
        self.0 + id
    }
}

fn main() {}
