use larder::async_lru;

#[derive(Clone)]
struct Filter {
    limit: u32,
}

#[async_lru]
async fn search(filter: Filter, id: u32) -> u32 {
    filter.limit + id
}

#[async_lru]
async fn by_reference(filter: &Filter, id: u32) -> u32 {
    filter.limit + id
}

fn main() {}
