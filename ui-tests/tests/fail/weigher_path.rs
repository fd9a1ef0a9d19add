use larder::async_lru;

#[async_lru(max_bytes = "1MB", weigher = missing)]
async fn unknown(x: u64) -> u64 {
    x
}

fn of_anything<T>(_: &u64, _: &T) -> u64 {
    size_of::<T>() as u64
}

#[async_lru(max_bytes = "1MB", weigher = of_anything::<T>, skip(y))]
async fn generic_function<T: Clone + Send + Sync + 'static>(x: u64, y: &T) -> T {
    let _ = x;
    y.clone()
}

fn main() {}
