//! A body that visibly borrows nothing may outlive its caller. A lifetime has to be written for it
//! to be seen: `Connection<'_>`.
use larder::async_lru;

struct Connection<'a>(&'a str);

#[async_lru(skip(connection))]
async fn find(connection: Connection, id: usize) -> usize {
    connection.0.len() + id
}

fn main() {}
