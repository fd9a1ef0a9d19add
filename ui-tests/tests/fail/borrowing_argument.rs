use std::collections::BTreeMap;

use larder::async_lru;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Context<'a>(&'a str);

#[async_lru]
async fn context(context: Context<'_>) -> usize {
    context.0.len()
}

#[async_lru]
async fn map(map: &BTreeMap<&str, u32>) -> usize {
    map.len()
}

fn main() {}
