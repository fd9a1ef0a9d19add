use larder::{async_lru, async_ttl};

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

// As the crate `cached` has it: the type of the key.
#[async_lru(key = "u64")]
async fn a_type(id: u64) -> u64 {
    id
}

#[async_ttl(key = "{tenant}/{name}")]
async fn a_text(tenant: u32, name: &str) -> String {
    format!("{tenant}/{name}")
}

#[async_lru(key = (7))]
async fn a_number(id: u32) -> u32 {
    id
}

#[async_lru(key = -7)]
async fn a_negative_number(id: u32) -> u32 {
    id
}

#[async_lru(key = 'a')]
async fn a_char(id: u32) -> u32 {
    id
}

#[async_lru(key = true)]
async fn a_bool(id: u32) -> u32 {
    id
}

#[async_lru(key = b"id")]
async fn bytes(id: u32) -> u32 {
    id
}

#[async_lru(key = "all")]
async fn no_arguments() -> u32 {
    7
}

struct Session(u32);

impl Session {
    #[async_lru(key = (self.0, id))]
    async fn by_value(self, id: u32) -> u32 {
        self.0 + id
    }
}

fn main() {}
