use larder::async_lru;

#[async_lru(key = (id, f64::from(*ratio)))]
async fn f(id: u32, ratio: f32) -> u32 {
    id
}

fn main() {}
