use larder::prelude::*;

#[async_ttl(maxsiz = 100, ttl = 0, skip(conection))]
async fn find(connection: &str, id: u64) -> u64 {
    let _ = connection;
    id
}

// Whatever is wrong with the function, this is not.
async fn callers_are_fine() -> u64 {
    let _ = find.get_metrics();
    find("", 7).use_cache(false).await + find("", 8).await
}

fn main() {
    let _ = callers_are_fine();
}
