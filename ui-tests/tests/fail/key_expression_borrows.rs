use larder::async_lru;

#[async_lru(key = name.trim())]
async fn f(name: &str) -> usize {
    name.len()
}

fn main() {}
