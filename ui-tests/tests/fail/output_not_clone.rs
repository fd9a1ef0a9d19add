use std::rc::Rc;

use larder::async_lru;

struct Row(u32);

#[async_lru]
async fn whole(id: u32) -> Row {
    Row(id)
}

#[async_lru]
async fn in_result(id: u32) -> Result<Row, String> {
    Ok(Row(id))
}

// It can be cloned, and stays on one thread.
#[async_lru(local)]
async fn counted(id: u32) -> Rc<u32> {
    Rc::new(id)
}

fn main() {}
