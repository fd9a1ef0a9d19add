use larder::async_lru;

#[async_lru(disk = "memory:values")]
async fn name(id: u64) -> &'static str {
    let _ = id;
    "name"
}

#[async_lru(remote = "memory:values")]
async fn names(id: u64) -> Result<Vec<&'static str>, String> {
    let _ = id;
    Ok(Vec::new())
}

#[async_lru(remote = "memory:values", cache_err = "5s")]
async fn errors(id: u64) -> Result<String, &'static str> {
    let _ = id;
    Err("none")
}

fn main() {}
