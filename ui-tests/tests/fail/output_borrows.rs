use larder::async_lru;

struct Db(String);

impl Db {
    #[async_lru(skip(self))]
    async fn name(&self, id: u32) -> &str {
        let _ = id;
        &self.0
    }

    #[async_lru(skip(self))]
    async fn checked<'a>(&'a self, id: u32) -> Result<std::borrow::Cow<'a, str>, String> {
        let _ = id;
        Ok(self.0.as_str().into())
    }
}

fn main() {}
