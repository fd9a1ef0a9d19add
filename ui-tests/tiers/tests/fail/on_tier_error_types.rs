use larder::async_lru;
use larder::tier::TierError;

#[derive(Clone)]
struct Other;

#[derive(Clone)]
struct Error;

impl From<TierError> for Error {
    fn from(_: TierError) -> Self {
        Error
    }
}

#[async_lru(on_tier_error = fail)]
async fn no_result(id: u64) -> u64 {
    id
}

#[async_lru(on_tier_error = fail)]
async fn another_error(id: u64) -> Result<u64, Other> {
    Ok(id)
}

#[async_lru(on_tier_error = fail)]
async fn no_bytes(id: u64) -> Result<Other, Error> {
    let _ = id;
    Ok(Other)
}

fn main() {
    let _ = (no_result(1), another_error(1), no_bytes(1));
}
