use larder::async_lru;

#[async_lru(skip(contxt))]
async fn near(context: u32, id: u32) -> u32 {
    context + id
}

#[async_lru(skip(database))]
async fn unknown(context: u32, id: u32) -> u32 {
    context + id
}

#[async_lru(skip(self))]
async fn no_receiver(id: u32) -> u32 {
    id
}

#[async_lru(skip(db))]
async fn no_arguments() -> u32 {
    1
}

#[async_lru(skip(context, context))]
async fn named_twice(context: u32) -> u32 {
    context
}

#[async_lru(skip(a), skip(b))]
async fn given_twice(a: u32, b: u32) -> u32 {
    a + b
}

#[async_lru(skip())]
async fn nothing(context: u32) -> u32 {
    context
}

#[async_lru(skip = context)]
async fn assigned(context: u32) -> u32 {
    context
}

#[async_lru(skip(context.id, 7))]
async fn expression(context: u32) -> u32 {
    context
}

#[async_lru(skip("context"))]
async fn text(context: u32) -> u32 {
    context
}

#[async_lru(skip(7))]
async fn number(context: u32) -> u32 {
    context
}

fn main() {}
