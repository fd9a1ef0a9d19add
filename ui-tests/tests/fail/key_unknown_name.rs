use larder::async_lru;

#[async_lru(key = (tenat, id))]
async fn f(tenant: u32, id: u32) -> u32 {
    tenant + id
}

fn main() {}
