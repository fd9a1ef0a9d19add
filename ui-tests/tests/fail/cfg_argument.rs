use larder::async_lru;

#[async_lru]
async fn f(id: u32, #[cfg(unix)] flag: bool) -> u32 {
    id + u32::from(flag)
}

fn main() {}
