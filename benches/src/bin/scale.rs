//! Prints what a hit costs with more threads and more entries, and what an entry takes in memory.
//!
//! `scale [--quick] [--entries N]... [--contestant NAME]...`
//! `scale --one NAME ENTRIES ROUNDS` measures one contestant, and prints nothing but numbers.
//!
//! Without options it takes some minutes and up to some gigabytes.

use std::process::{Command, ExitCode};
use std::{env, thread};

use larder_benches::footprint;
use larder_benches::scale::{self, Cost};

const USAGE: &str = "scale [--quick] [--entries N]... [--contestant NAME]...";

/// What was asked for.
#[derive(Debug, Default)]
struct Options {
    quick: bool,
    entries: Vec<u32>,
    contestants: Vec<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{flag} needs a value"));
            match flag.as_str() {
                "--quick" => options.quick = true,
                "--entries" => options.entries.push(number(&value()?)?),
                "--contestant" => options.contestants.push(value()?),
                _ => return Err(format!("unknown argument {flag}\nusage: {USAGE}")),
            }
        }
        Ok(options)
    }

    fn sizes(&self) -> &[u32] {
        match (&*self.entries, self.quick) {
            ([], true) => &scale::SIZES[..2],
            ([], false) => &scale::SIZES,
            (sizes, _) => sizes,
        }
    }

    fn wants(&self, contestant: &str) -> bool {
        self.contestants.is_empty() || self.contestants.iter().any(|name| name == contestant)
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or(format!("{text} is not a count"))
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let result = match &*arguments {
        [flag, name, entries, rounds] if flag == "--one" => one(name, entries, rounds),
        _ => Options::parse(arguments.into_iter()).and_then(|options| all(&options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn all(options: &Options) -> Result<(), String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let rounds = if options.quick { 5 } else { 15 };
    for &entries in options.sizes() {
        let mut lines = Vec::new();
        for name in scale::names().filter(|name| options.wants(name)) {
            eprintln!("{entries} entries: {name}");
            lines.push((name, apart(name, entries, rounds)?));
        }
        println!("{}", scale::table(entries, cores, &lines));
    }
    if options.contestants.is_empty() {
        let entries = if options.quick { 100_000 } else { 1_000_000 };
        println!("{}", footprint::table(&scale::weighed(), entries));
    }
    Ok(())
}

/// What this process is when it measures one contestant: a line for each number of threads.
fn one(name: &str, entries: &str, rounds: &str) -> Result<(), String> {
    for Cost { nanos, loads } in scale::measure(name, number(entries)?, number(rounds)?)? {
        println!("{nanos} {loads}");
    }
    Ok(())
}

/// Measures a contestant in a process of its own.
fn apart(name: &str, entries: u32, rounds: u32) -> Result<Vec<Cost>, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let arguments = ["--one", name, &entries.to_string(), &rounds.to_string()];
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    let costs: Option<Vec<_>> = String::from_utf8_lossy(&output.stdout).lines().map(cost).collect();
    costs.filter(|costs| output.status.success() && costs.len() == scale::THREADS.len()).ok_or_else(
        || format!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)),
    )
}

fn cost(line: &str) -> Option<Cost> {
    let (nanos, loads) = line.split_once(' ')?;
    Some(Cost { nanos: nanos.parse().ok()?, loads: loads.parse().ok()? })
}
