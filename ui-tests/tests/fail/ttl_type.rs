use larder::async_ttl;

const LIFETIME: u64 = 60;

#[async_ttl(ttl = LIFETIME)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
