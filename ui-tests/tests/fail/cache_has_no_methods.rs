use larder::prelude::*;
use larder::Cache;

struct Users {
    users: Cache<u32, u32>,
}

impl Users {
    #[async_ttl(cache = self.users, skip(self))]
    async fn find(&self, id: u32) -> u32 {
        id
    }
}

fn main() {
    let _ = Users::find.get_metrics();
}
