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

// As the crate `cached` has it.
#[async_lru(disk = true)]
async fn a_switch(id: u64) -> u64 {
    id
}

#[async_lru(remote = true)]
async fn another_switch(id: u64) -> u64 {
    id
}

#[async_lru(disk = false)]
async fn switched_off(id: u64) -> u64 {
    id
}

#[async_lru(disk = "cache.db")]
async fn no_scheme(id: u64) -> u64 {
    id
}

#[async_lru(remote = "")]
async fn nowhere(id: u64) -> u64 {
    id
}

#[async_lru(disk = 5)]
async fn a_literal(id: u64) -> u64 {
    id
}

const FIVE: u64 = 5;

#[async_lru(disk = FIVE)]
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
