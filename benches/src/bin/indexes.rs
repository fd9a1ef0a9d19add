//! Prints what the structures cost that could find a store's entries, beside larder's own.
//!
//! `indexes [--quick] [--rounds N]`

use std::env;
use std::process::ExitCode;

use larder_benches::{footprint, indexes, race, table};

const USAGE: &str = "indexes [--quick] [--rounds N]";

const LAPS: u32 = 50;

/// How many rounds, and how many entries to weigh.
fn parse(arguments: &[&str]) -> Result<(u32, u32), String> {
    match arguments {
        [] => Ok((101, 1_000_000)),
        ["--quick"] => Ok((15, 100_000)),
        ["--rounds", rounds] => {
            let rounds = rounds.parse().ok().filter(|rounds| *rounds > 0);
            Ok((rounds.ok_or("rounds are counted from 1")?, 1_000_000))
        }
        _ => Err(format!("usage: {USAGE}")),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match parse(&arguments) {
        Ok((rounds, entries)) => {
            compare(rounds);
            println!("{}", footprint::table(&indexes::weighed(), entries));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn compare(rounds: u32) {
    for (one, two) in indexes::scenarios(LAPS).iter().zip(&indexes::scenarios(LAPS)) {
        let alone = race::run(one, 1, rounds);
        println!("{}", table::render(&alone, None));
        println!("{}", table::render(&race::run(two, 2, rounds), Some(&alone)));
    }
}
