use larder::async_lru;

#[async_lru(cache_err = true)]
async fn boolean(x: u32) -> Result<u32, String> {
    Ok(x)
}

#[async_lru(cache_err = "0ms")]
async fn zero(x: u32) -> Result<u32, String> {
    Ok(x)
}

#[async_lru(cache_err)]
async fn no_value(x: u32) -> Result<u32, String> {
    Ok(x)
}

fn main() {}
