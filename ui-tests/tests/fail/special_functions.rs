use larder::async_lru;

#[async_lru]
async unsafe fn dangerous(x: u32) -> u32 {
    x
}

#[async_lru]
async extern "C" fn foreign(x: u32) -> u32 {
    x
}

trait Repo {
    #[async_lru]
    async fn get(&self, id: u32) -> u32;
}

fn main() {}
