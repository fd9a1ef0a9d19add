use larder::async_lru;

fn of_value(_: &u64, _: &u64) -> u64 {
    1
}

#[async_lru(max_bytes = "1MB", weigher = of_value)]
async fn wrong_value(x: u64) -> String {
    x.to_string()
}

#[async_lru(max_bytes = "1MB", weigher = of_value)]
async fn wrong_key(x: u64, y: u64) -> u64 {
    x + y
}

#[async_lru(max_bytes = "1MB", weigher = of_value)]
async fn not_the_ok(x: u64) -> Result<String, u64> {
    Err(x)
}

fn as_usize(_: &u64, _: &u64) -> usize {
    1
}

#[async_lru(max_bytes = "1MB", weigher = as_usize)]
async fn wrong_answer(x: u64) -> u64 {
    x
}

fn by_value(_: u64, _: u64) -> u64 {
    1
}

#[async_lru(max_bytes = "1MB", weigher = by_value)]
async fn no_references(x: u64) -> u64 {
    x
}

fn of_value_alone(_: &u64) -> u64 {
    1
}

#[async_lru(max_bytes = "1MB", weigher = of_value_alone)]
async fn one_argument(x: u64) -> u64 {
    x
}

const NUMBER: u64 = 7;

#[async_lru(max_bytes = "1MB", weigher = NUMBER)]
async fn no_function(x: u64) -> u64 {
    x
}

fn of_anything<T>(_: &u64, _: &T) -> u64 {
    size_of::<T>() as u64
}

#[async_lru(max_bytes = "1MB", weigher = of_anything)]
async fn generic_weigher(x: u64) -> u64 {
    x
}

struct NoKey;

#[async_lru(max_bytes = "1MB", weigher = of_value)]
async fn another_mistake(x: NoKey) -> u64 {
    let NoKey = x;
    1
}

#[async_lru(max_bytes = "1MB")]
async fn another_mistake_without(x: NoKey) -> u64 {
    let NoKey = x;
    1
}

fn main() {}
