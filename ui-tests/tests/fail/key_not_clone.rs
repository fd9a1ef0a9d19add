use larder::async_lru;

#[derive(PartialEq, Eq, Hash)]
struct Filter {
    limit: u32,
}

#[async_lru]
async fn search(filter: Filter) -> u32 {
    filter.limit
}

fn main() {}
