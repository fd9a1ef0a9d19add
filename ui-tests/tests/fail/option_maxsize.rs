use larder::async_lru;

#[async_lru(maxsize = "many")]
async fn text(x: u32) -> u32 {
    x
}

#[async_lru(maxsize = -1)]
async fn negative(x: u32) -> u32 {
    x
}

#[async_lru(maxsize = 10, maxsize = 20)]
async fn twice(x: u32) -> u32 {
    x
}

#[async_lru(maxsize = 10, unbounded)]
async fn conflict(x: u32) -> u32 {
    x
}

#[async_lru(maxsiz = 10)]
async fn typo(x: u32) -> u32 {
    x
}

#[async_lru(max_size = 10)]
async fn former_name(x: u32) -> u32 {
    x
}

#[async_lru(maxsize)]
async fn no_value(x: u32) -> u32 {
    x
}

#[async_lru(maxsize = )]
async fn empty_value(x: u32) -> u32 {
    x
}

struct Sizes(usize);

impl Sizes {
    #[async_lru(maxsize = self.0, skip(self))]
    async fn own_size(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}
