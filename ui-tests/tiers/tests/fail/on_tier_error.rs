use larder::tier::TierError;
use larder::{Cache, async_lru};

#[derive(Clone)]
struct Other;

#[derive(Clone)]
struct Error;

impl From<TierError> for Error {
    fn from(_: TierError) -> Self {
        Error
    }
}

#[async_lru(on_tier_error)]
async fn no_value(id: u64) -> Result<u64, Error> {
    Ok(id)
}

#[async_lru(on_tier_error = "fail")]
async fn a_text(id: u64) -> Result<u64, Error> {
    Ok(id)
}

#[async_lru(on_tier_error = fails)]
async fn another_word(id: u64) -> Result<u64, Error> {
    Ok(id)
}

#[async_lru(on_tier_err = fail)]
async fn typo(id: u64) -> Result<u64, Error> {
    Ok(id)
}

#[async_lru(on_tier_error = fail, memory_only)]
async fn without_tiers(id: u64) -> Result<u64, Error> {
    Ok(id)
}

#[async_lru(on_tier_error = fail)]
async fn borrows(id: u64) -> Result<&'static str, Error> {
    Ok(if id == 0 { "none" } else { "some" })
}

struct Users(Cache<u64, u64>);

impl Users {
    #[async_lru(cache = self.0, on_tier_error = fail, skip(self))]
    async fn given(&self, id: u64) -> Result<u64, Error> {
        Ok(id)
    }
}

fn main() {}
