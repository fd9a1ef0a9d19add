use larder::async_lru;

const MANY: u32 = 100;

#[async_lru(maxsize = MANY)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
