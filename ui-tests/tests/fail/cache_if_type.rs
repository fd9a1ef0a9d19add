use larder::async_lru;

fn is_short(text: &str) -> bool {
    text.len() < 10
}

#[async_lru(cache_if = is_short)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
