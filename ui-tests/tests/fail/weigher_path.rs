use larder::async_lru;

#[async_lru(max_bytes = "1MB", weigher = missing)]
async fn unknown(x: u64) -> u64 {
    x
}

fn main() {}
