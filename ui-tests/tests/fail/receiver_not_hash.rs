use larder::async_lru;

struct Service {
    limit: u32,
}

impl Service {
    #[async_lru]
    async fn find(&self, id: u32) -> u32 {
        self.limit + id
    }
}

fn main() {}
