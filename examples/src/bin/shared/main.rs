//! Two processes, one Redis: what one of them has loaded the other finds.
//!
//! Starts a `redis-server` of its own and itself twice, as two shops that know the same prices, and
//! has them say by turns what they see. Start reading at [`shop`].

mod processes;
mod shop;

use std::env;
use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use crate::processes::{RedisServer, Worker};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let end = match arguments[..] {
        [] => tour(),
        ["worker", redis, prices] => shop::work(redis, prices.as_ref()),
        _ => Err("run it without arguments".into()),
    };
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that is started here ends here, also when something goes wrong: dropping it ends it.
fn tour() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let redis = RedisServer::start(folder.path())?;
    // The prices themselves, in a file: it stands for a database that is slow.
    let prices = folder.path().join("prices");
    fs::write(&prices, "apple 30\npear 40\n")?;
    let start = |name| Worker::start(name, redis.port(), &prices);
    let (mut ada, mut bob) = (start("Ada")?, start("Bob")?);

    println!("Nobody knows the price of an apple. Ada asks the database, Bob finds it in Redis:");
    ada.say("price apple")?;
    bob.say("price apple")?;
    bob.say("price apple")?;

    println!("Bob changes it. `reprice` is marked with `#[invalidates(price(prices, item))]`:");
    bob.say("reprice apple 35")?;
    bob.say("price apple")?;

    println!("Nobody tells Ada. What she has in memory holds until its lifetime there is over:");
    ada.say("price apple")?;
    std::thread::park_timeout(shop::IN_MEMORY + Duration::from_millis(100));
    println!("A second later she asks Redis, which has what Bob has loaded since:");
    ada.say("price apple")?;

    println!("Redis goes away. Calls do without it:");
    drop(redis);
    ada.say("price pear")?;
    ada.say("price pear")?;

    println!("What the tier below memory did, for each of them:");
    ada.say("metrics")?;
    bob.say("metrics")?;
    Ok(())
}
