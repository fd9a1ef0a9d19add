use larder::async_lru;

#[async_lru]
async fn load(conn: &mut Vec<u8>, id: u32) -> u32 {
    conn.push(1);
    id
}

#[async_lru]
async fn inside(pair: (&mut Vec<u8>, u32)) -> u32 {
    pair.0.push(1);
    pair.1
}

struct Repo(u32);

impl Repo {
    #[async_lru]
    async fn next(&mut self, id: u32) -> u32 {
        self.0 += id;
        self.0
    }

    #[async_lru]
    async fn typed(self: &mut Self, id: u32) -> u32 {
        self.0 += id;
        self.0
    }
}

async fn callers_are_fine() -> u32 {
    load(&mut Vec::new(), 1).await + Repo(1).next(1).await
}

fn main() {
    let _ = callers_are_fine();
}
