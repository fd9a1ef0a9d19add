use larder::{Cache, async_lru};

#[async_lru(disk)]
async fn no_value(id: u64) -> u64 {
    id
}

#[async_lru(disk = "memory:a", memory_only)]
async fn both(id: u64) -> u64 {
    id
}

#[async_lru(disk = "memory:a", disk = "memory:b")]
async fn twice(id: u64) -> u64 {
    id
}

#[async_lru(disc = "memory:a")]
async fn typo(id: u64) -> u64 {
    id
}

#[async_lru(disk = 5)]
async fn a_number(id: u64) -> u64 {
    id
}

struct Users {
    users: Cache<u64, u64>,
    address: String,
}

impl Users {
    #[async_lru(remote = &self.address, skip(self))]
    async fn of_one_value(&self, id: u64) -> u64 {
        id
    }

    #[async_lru(cache = self.users, disk = "memory:a", memory_only, skip(self))]
    async fn given(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    let _ = a_number(1);
}
