use larder::async_lru;

#[async_lru(disk = "sqlite:cache.db")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {
    let _ = user(1);
}
