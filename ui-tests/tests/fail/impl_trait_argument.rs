use larder::async_lru;

#[async_lru]
async fn f(name: impl Into<String> + Send, id: u32) -> String {
    format!("{}{id}", name.into())
}

#[async_lru]
async fn reference(name: &(impl ToString + Sync), id: u32) -> String {
    format!("{}{id}", name.to_string())
}

fn main() {}
