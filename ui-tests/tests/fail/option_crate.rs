use larder::async_lru;

#[async_lru(crate = "larder")]
async fn text(x: u32) -> u32 {
    x
}

fn main() {}
