use larder::async_ttl;

#[async_ttl(
    size = 10,
    time = 5,
    result = true,
    sync_writes = "by_key",
    refresh = true,
    in_impl = true,
    ty = "Store<u32, u32>",
    redis = true,
    force_refresh = { x > 1 },
    result_fallback = true
)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
