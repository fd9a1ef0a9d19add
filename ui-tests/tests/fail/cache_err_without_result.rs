use larder::async_lru;

#[async_lru(cache_err = "5s")]
async fn f(x: u32) -> Option<u32> {
    Some(x)
}

fn main() {}
