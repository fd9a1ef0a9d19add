use larder::async_lru;

fn weight_of(_: &u32, _: &u32) -> u64 {
    1
}

#[async_lru(weigher = weight_of)]
async fn without_bound(x: u32) -> u32 {
    x
}

#[async_lru(weigher = weight_of, max_bytes = "64M")]
async fn bound_is_the_mistake(x: u32) -> u32 {
    x
}

#[async_lru(weigher = "weight_of", max_bytes = "64MB")]
async fn text(x: u32) -> u32 {
    x
}

#[async_lru(weigher = |_, _| 1, max_bytes = "64MB")]
async fn closure(x: u32) -> u32 {
    x
}

#[async_lru(weigher, max_bytes = "64MB")]
async fn no_value(x: u32) -> u32 {
    x
}

#[async_lru(wiegher = weight_of, max_bytes = "64MB")]
async fn typo(x: u32) -> u32 {
    x
}

struct Pages;

impl Pages {
    #[async_lru(weigher = Self::weight_of, max_bytes = "64MB", skip(self))]
    async fn own_weigher(&self, x: u32) -> u32 {
        x
    }
}

fn of_anything<T>(_: &u64, _: &T) -> u64 {
    size_of::<T>() as u64
}

#[async_lru(weigher = of_anything::<T>, max_bytes = "64MB", skip(y))]
async fn type_parameter<T: Clone + Send + Sync + 'static>(x: u64, y: &T) -> T {
    let _ = x;
    y.clone()
}

fn main() {}
