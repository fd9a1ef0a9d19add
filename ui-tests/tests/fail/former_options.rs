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

#[async_ttl(
    max_size = CAPACITY,
    ttl_secs = 5,
    expires = true,
    shards = 16,
    unsync_reads = true,
    companions_vis = "pub",
    sync_writes_buckets = 64,
    cache_prefix_block = r#"{ "users" }"#,
    durable = true,
    time_to_idle = 30,
    max_weight = 1_000,
    eviction = "lfu",
    weight = size_of_user
)]
async fn g(x: u32) -> u32 {
    x
}

fn main() {}
