use larder::{Cache, async_ttl};

struct Users {
    users: Cache<u32, String>,
}

impl Users {
    #[async_ttl(cache = self.users, skip(self))]
    async fn find(&self, id: u32) -> u32 {
        id
    }
}

fn main() {}
