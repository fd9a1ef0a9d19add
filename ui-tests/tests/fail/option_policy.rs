use larder::{async_lru, async_ttl};

#[async_lru(policy = lruu)]
async fn typo(x: u32) -> u32 {
    x
}

#[async_lru(policy = arc)]
async fn unknown(x: u32) -> u32 {
    x
}

#[async_lru(policy = LRU)]
async fn case(x: u32) -> u32 {
    x
}

#[async_lru(policy = "lru")]
async fn text(x: u32) -> u32 {
    x
}

#[async_lru(policy = "random")]
async fn unknown_text(x: u32) -> u32 {
    x
}

#[async_lru(policy = larder::Policy::TinyLfu)]
async fn path(x: u32) -> u32 {
    x
}

#[async_lru(policy = choose())]
async fn call(x: u32) -> u32 {
    x
}

#[async_lru(policy)]
async fn no_value(x: u32) -> u32 {
    x
}

#[async_ttl(policy = lru, policy = lfu)]
async fn twice(x: u32) -> u32 {
    x
}

#[async_ttl(policy = sieve, unbounded)]
async fn nothing_leaves(x: u32) -> u32 {
    x
}

#[async_ttl(polcy = sieve)]
async fn option_typo(x: u32) -> u32 {
    x
}

#[async_ttl(eviction_policy = "lfu")]
async fn former_name(x: u32) -> u32 {
    x
}

fn main() {}
