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

fn main() {}
