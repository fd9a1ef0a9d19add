use larder::{Cache, async_ttl};

struct Users {
    users: Cache<u32, u32>,
}

impl Users {
    #[async_ttl(cache = self.users, maxsize = 10, skip(self))]
    async fn bound(&self, id: u32) -> u32 {
        id
    }

    #[async_ttl(unbounded, cache = self.users, ttl = 5, skip(self))]
    async fn two_conflicts(&self, id: u32) -> u32 {
        id
    }

    #[async_ttl(cache = self.users, name = "users", skip(self))]
    async fn name(&self, id: u32) -> u32 {
        id
    }

    #[async_ttl(cache = self.users, version = 2, skip(self))]
    async fn version(&self, id: u32) -> u32 {
        id
    }

    #[async_ttl(cache = self.users, max_bytes = "1MB", weigher = weight_of, skip(self))]
    async fn weight(&self, id: u32) -> u32 {
        id
    }

    #[async_ttl(cache = self.users, policy = lfu, sizing, skip(self))]
    async fn policy(&self, id: u32) -> u32 {
        id
    }

    #[async_ttl(cache, skip(self))]
    async fn no_value(&self, id: u32) -> u32 {
        id
    }

    #[async_ttl(create = "{ Cache::new() }", skip(self))]
    async fn former_name(&self, id: u32) -> u32 {
        id
    }
}

fn main() {}
