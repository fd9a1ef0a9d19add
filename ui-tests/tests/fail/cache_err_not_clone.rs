use larder::async_lru;

struct NoClone;

#[async_lru(cache_err = "5s")]
async fn f(x: u32) -> Result<u32, NoClone> {
    if x > 0 { Ok(x) } else { Err(NoClone) }
}

fn main() {}
