use larder::async_lru;

#[async_lru(skip_none)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
