use larder::async_lru;

struct Db;

#[async_lru]
async fn find(db: &Db, id: u64) -> u64 {
    let Db = db;
    id
}

#[async_lru]
async fn optional(db: Option<&Db>, id: u64) -> u64 {
    db.map_or(0, |_| id)
}

#[async_lru]
async fn several(dbs: &[Db], id: u64) -> u64 {
    dbs.len() as u64 + id
}

struct Service;

impl Service {
    #[async_lru(skip(self))]
    async fn method(&self, db: &Db) -> u64 {
        let Db = db;
        1
    }
}

fn main() {}
