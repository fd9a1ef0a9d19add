use larder::async_lru;

trait Store: Sync {}

#[async_lru]
async fn f(store: &dyn Store, id: u32) -> u32 {
    let _ = store;
    id
}

fn main() {}
