use larder::async_lru;

#[async_lru(skip_none = true)]
async fn value(x: u32) -> Option<u32> {
    Some(x)
}

#[async_lru(option = true)]
async fn former_name(x: u32) -> Option<u32> {
    Some(x)
}

fn main() {}
