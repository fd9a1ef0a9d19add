use larder::async_lru;

#[async_lru(key = id, skip(context))]
async fn with_skip(context: u32, id: u32) -> u32 {
    context + id
}

#[async_lru(key = id, skip_args = 1)]
async fn with_skip_args(context: u32, id: u32) -> u32 {
    context + id
}

#[async_lru(key(id))]
async fn call_syntax(id: u32) -> u32 {
    id
}

#[async_lru(key = (id, buffer))]
async fn exclusive(id: u32, buffer: &mut Vec<u8>) -> u32 {
    buffer.push(1);
    id
}

#[async_lru(convert = id)]
async fn former_name(id: u32) -> u32 {
    id
}

#[async_lru(ky = id)]
async fn typo(id: u32) -> u32 {
    id
}

struct Session(u32);

impl Session {
    #[async_lru(key = (self.0, id))]
    async fn by_value(self, id: u32) -> u32 {
        self.0 + id
    }
}

fn main() {}
