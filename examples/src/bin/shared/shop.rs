//! One of the two processes: a shop with prices.

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::time::Duration;
use std::{fs, iter};

use larder::prelude::*;

/// How long a price is kept in memory. In Redis it is kept for longer: see [`work`].
pub(crate) const IN_MEMORY: Duration = Duration::from_secs(1);

/// The price of an item, in cents. The same function of the same program has the same name in
/// every process, so they find each other's entries.
#[async_ttl(ttl = IN_MEMORY, skip(prices))]
async fn price(prices: &Path, item: &str) -> Result<u32, NoPrice> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    let prices = fs::read_to_string(prices).unwrap_or_default();
    let mut lines = prices.lines().filter_map(|line| line.split_once(' '));
    let (_, price) = lines.find(|(name, _)| *name == item).ok_or(NoPrice)?;
    price.parse().map_err(|_| NoPrice)
}

/// Drops the entry from memory and from Redis, before and after it changes the price.
#[invalidates(price(prices, item))]
async fn reprice(prices: &Path, item: &str, cents: &str) -> io::Result<()> {
    let old = fs::read_to_string(prices)?;
    let others = old.lines().filter(|line| !line.starts_with(&format!("{item} ")));
    let new: Vec<_> =
        others.chain(iter::once(&*format!("{item} {cents}"))).map(str::to_owned).collect();
    fs::write(prices, new.join("\n"))
}

/// Does what the lines of the standard input say, and answers each with one line.
pub(crate) fn work(redis: &str, prices: &Path) -> Result<(), Box<dyn Error>> {
    // One line, and every function whose values can be serialized has a second home.
    larder::defaults().remote(format!("{redis}?ttl=1h"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for line in io::stdin().lock().lines() {
        let answer = runtime.block_on(answer(prices, &line?));
        println!("{answer}");
        io::stdout().flush()?;
    }
    // The pipe is closed: that is all.
    Ok(runtime.block_on(larder::close())?)
}

async fn answer(prices: &Path, question: &str) -> String {
    match question.split(' ').collect::<Vec<_>>()[..] {
        ["price", item] => match price(prices, item).traced().await {
            (Ok(price), how) => format!("price({item}) = {price}, {how:.0?}"),
            (Err(error), how) => format!("price({item}): {error}, {how:.0?}"),
        },
        ["reprice", item, cents] => match reprice(prices, item, cents).await {
            Ok(()) => format!("reprice({item}, {cents})"),
            Err(error) => format!("reprice({item}, {cents}): {error}"),
        },
        ["metrics"] => metrics(),
        _ => format!("what does `{question}` mean?"),
    }
}

fn metrics() -> String {
    let metrics = price.get_metrics();
    let Some(tier) = metrics.tiers.first() else { return "no tier".to_owned() };
    format!(
        "{} calls, {} bodies; {}: {} hits, {} misses, {} errors, {} stored, {} removed",
        metrics.calls(),
        metrics.loads,
        tier.tier,
        tier.hits,
        tier.misses,
        tier.errors + tier.time_outs + tier.skipped,
        tier.puts,
        tier.removals,
    )
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("there is no such price")]
struct NoPrice;
