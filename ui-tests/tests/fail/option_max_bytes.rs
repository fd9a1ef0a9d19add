use larder::async_lru;

#[async_lru(max_bytes = "64M")]
async fn unknown_unit(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = "64")]
async fn no_unit(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = "much")]
async fn no_number(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = "0MiB")]
async fn zero_text(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = 0)]
async fn zero(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = -1)]
async fn negative(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = 1.5)]
async fn float(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = 64usize)]
async fn suffix(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes)]
async fn no_value(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = "1MB", max_bytes = "2MB")]
async fn twice(x: u32) -> u32 {
    x
}

#[async_lru(max_bytes = "1MB", unbounded)]
async fn conflict(x: u32) -> u32 {
    x
}

#[async_lru(maxbytes = "1MB")]
async fn typo(x: u32) -> u32 {
    x
}

#[async_lru(max_memory = "100MB")]
async fn former_name(x: u32) -> u32 {
    x
}

#[async_lru(maxsize = "64MiB")]
async fn the_other_bound(x: u32) -> u32 {
    x
}

struct Limits(u64);

impl Limits {
    #[async_lru(max_bytes = self.0, skip(self))]
    async fn own_bound(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}
