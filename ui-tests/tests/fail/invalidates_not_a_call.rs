use larder::{async_lru, invalidates};

#[async_lru]
async fn get(id: u32) -> u32 {
    id
}

#[invalidates(get)]
async fn path(id: u32) -> u32 {
    id
}

#[invalidates(id + 1)]
async fn sum(id: u32) -> u32 {
    id
}

#[invalidates("users")]
async fn text(id: u32) -> u32 {
    id
}

#[invalidates(get(id).await)]
async fn awaited(id: u32) -> u32 {
    id
}

#[invalidates(get(.., id))]
async fn mixed(id: u32) -> u32 {
    id
}

#[invalidates()]
async fn nothing(id: u32) -> u32 {
    id
}

struct Service {
    users: Vec<u32>,
}

impl Service {
    #[invalidates(self.users.list(..))]
    async fn field(&self, id: u32) -> u32 {
        id
    }
}

fn main() {}
