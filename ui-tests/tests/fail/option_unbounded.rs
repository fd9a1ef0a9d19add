use larder::async_ttl;

#[async_ttl(unbounded = true)]
async fn value(x: u32) -> u32 {
    x
}

#[async_ttl(unbounded, unbounded)]
async fn twice(x: u32) -> u32 {
    x
}

#[async_ttl(unbound)]
async fn typo(x: u32) -> u32 {
    x
}

fn main() {}
