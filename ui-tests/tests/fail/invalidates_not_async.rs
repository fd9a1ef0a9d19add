use larder::{async_lru, invalidates};

#[async_lru]
async fn get(id: u32) -> u32 {
    id
}

#[invalidates(get(id))]
fn update(id: u32) -> u32 {
    id
}

trait Users {
    #[invalidates(get(id))]
    async fn declared(&self, id: u32);
}

fn main() {
    let _ = update(1) + 1;
}
