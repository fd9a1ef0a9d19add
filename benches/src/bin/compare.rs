//! Prints what a call costs, one table for each scenario and number of threads.
//!
//! `compare [--quick] [--scenario NAME]... [--threads N]... [--rounds N] [--json FILE]`
//!
//! Without options it takes some minutes: 101 rounds of every scenario, at 1 and at 2 threads.

use std::process::ExitCode;
use std::{env, fs};

use larder_benches::race::{self, Standing};
use larder_benches::{json, scenarios, table, targets};

const USAGE: &str =
    "compare [--quick] [--scenario NAME]... [--threads N]... [--rounds N] [--json FILE]";

const LAPS: u32 = 50;
const ROUNDS: u32 = 101;

/// What was asked for.
#[derive(Debug, Default)]
struct Options {
    scenarios: Vec<String>,
    threads: Vec<u32>,
    rounds: Option<u32>,
    json: Option<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{flag} needs a value"));
            match flag.as_str() {
                "--quick" => options.rounds = Some(15),
                "--scenario" => options.scenarios.push(known(value()?)?),
                "--threads" => options.threads.push(number(&value()?)?),
                "--rounds" => options.rounds = Some(number(&value()?)?),
                "--json" => options.json = Some(value()?),
                _ => return Err(format!("unknown argument {flag}\nusage: {USAGE}")),
            }
        }
        Ok(options)
    }

    fn wants(&self, scenario: &str) -> bool {
        self.scenarios.is_empty() || self.scenarios.iter().any(|name| name == scenario)
    }

    fn threads(&self) -> &[u32] {
        if self.threads.is_empty() { &[1, 2] } else { &self.threads }
    }
}

fn known(name: String) -> Result<String, String> {
    let names: Vec<_> = scenarios::all(LAPS).iter().map(|scenario| scenario.name).collect();
    if names.contains(&&*name) { Ok(name) } else { Err(format!("scenarios: {}", names.join(", "))) }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or(format!("{text} is not a count"))
}

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)).and_then(|options| compare(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options) -> Result<(), String> {
    let mut standings: Vec<Standing> = Vec::new();
    for scenario in scenarios::all(LAPS).iter().filter(|scenario| options.wants(scenario.name)) {
        for &threads in options.threads() {
            let standing = race::run(scenario, threads, options.rounds.unwrap_or(ROUNDS));
            let alone = standings.iter().find(|other| {
                threads > 1 && other.scenario == standing.scenario && other.threads == 1
            });
            println!("{}", table::render(&standing, alone));
            standings.push(standing);
        }
    }
    if let Some(verdicts) = targets::render(&standings) {
        println!("{verdicts}");
    }
    options.json.as_ref().map_or(Ok(()), |file| {
        fs::write(file, json::render(&standings)).map_err(|error| format!("{file}: {error}"))
    })
}
