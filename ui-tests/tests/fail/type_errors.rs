//! Mistakes in a body are reported as in any function.
use larder::prelude::*;

#[async_lru]
async fn mismatch(x: u32) -> u32 {
    "text"
}

#[async_ttl(skip(db))]
async fn question_mark(db: &str, x: u32) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = db.parse::<u32>()?;
    let f: f64 = db.parse::<f64>()?;
    Ok(n + x)
}

#[async_lru]
async fn unknown_type(x: Missing, y: &Missing) -> Absent {
    x
}

#[async_lru]
async fn forgotten_await(x: u32) -> u32 {
    forgotten_await(x - 1)
}

struct Shelf;

impl Shelf {
    #[async_lru(skip(self))]
    async fn private_field(&self, x: u32) -> u32 {
        self.field + x
    }
}

async fn calls() {
    mismatch("x").await;
    mismatch(1, 2).await;
}

fn main() {}
