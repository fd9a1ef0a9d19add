use larder::async_lru;

#[async_lru]
async fn f(id: u32) -> impl ToString {
    id
}

fn main() {}
