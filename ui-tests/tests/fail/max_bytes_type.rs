use larder::async_lru;

const MUCH: usize = 1 << 20;

#[async_lru(max_bytes = MUCH)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
