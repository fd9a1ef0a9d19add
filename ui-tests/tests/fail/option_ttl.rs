use larder::async_ttl;

#[async_ttl(ttl = "60")]
async fn no_unit(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = "5 parsecs")]
async fn unknown_unit(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = "30m1h")]
async fn wrong_order(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = "")]
async fn empty(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = 0)]
async fn zero_number(x: u32) -> u32 {
    x
}

#[async_ttl(time_to_live = "0s")]
async fn zero_text(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = 1.5)]
async fn float(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = -5)]
async fn negative(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = true)]
async fn boolean(x: u32) -> u32 {
    x
}

#[async_ttl(ttl = 5, time_to_live = "1m")]
async fn both_names(x: u32) -> u32 {
    x
}

#[async_ttl(ttl_millis = 50)]
async fn former_name(x: u32) -> u32 {
    x
}

#[async_ttl(tll = 50)]
async fn typo(x: u32) -> u32 {
    x
}

fn main() {}
