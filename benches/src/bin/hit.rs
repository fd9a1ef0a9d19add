//! Makes hits and nothing else, for an instruction counter; or runs itself under one.
//!
//! `hit SCENARIO CONTESTANT LAPS` makes that many laps of 1,000 hits, or of 200 misses, on one thread.
//! `hit --instructions [SCENARIO]` prints instructions per call, counted by callgrind.

use std::env;
use std::process::{Command, ExitCode};

use larder_benches::contestant::Contestant;
use larder_benches::course::Turn;
use larder_benches::scenario::Scenario;
use larder_benches::{scenarios, table};

const USAGE: &str = "hit SCENARIO CONTESTANT LAPS | hit --instructions [SCENARIO]";

/// Laps of the two runs whose difference is divided by the calls that make it.
const FEW: u32 = 20;
const MANY: u32 = 120;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["--instructions"] => count("hit-u64"),
        ["--instructions", scenario] => count(scenario),
        [scenario, contestant, laps] => hit(scenario, contestant, laps),
        _ => Err(format!("usage: {USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Fills the cache with the warming turn, which is the same for every number of laps, and walks.
fn hit(scenario: &str, contestant: &str, laps: &str) -> Result<(), String> {
    let laps = laps.parse().map_err(|_| format!("{laps} is not a number of laps"))?;
    let scenario = find(scenario, laps)?;
    let named = |entrant: &&Contestant| entrant.name() == contestant;
    let entrant = scenario.contestants.iter().find(named);
    entrant.ok_or(format!("no {contestant} in {}", scenario.name))?.run(Turn::WARM_UP);
    Ok(())
}

fn count(name: &str) -> Result<(), String> {
    let (short, long) = (find(name, FEW)?, find(name, MANY)?);
    let calls = long.calls - short.calls;
    if calls == 0 {
        return Err(format!("{name} does not get longer with more laps"));
    }
    let mut rows = vec![vec!["contestant".to_owned(), "instructions/call".to_owned()]];
    for entrant in &short.contestants {
        let few = instructions(name, entrant.name(), FEW)?;
        let many = instructions(name, entrant.name(), MANY)?;
        rows.push(vec![
            entrant.name().to_owned(),
            format!("{:.1}", (many - few) / f64::from(calls)),
        ]);
    }
    println!("### instructions, {name}\n\n{}", table::align(&rows));
    Ok(())
}

fn find(name: &str, laps: u32) -> Result<Scenario, String> {
    let mut all = scenarios::all(laps).into_iter();
    all.find(|scenario| scenario.name == name).ok_or(format!("no scenario {name}"))
}

/// All the instructions of a run of this program.
fn instructions(scenario: &str, contestant: &str, laps: u32) -> Result<f64, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*larder_benches::lane::driven*")
        .arg(program)
        .args([scenario, contestant, &laps.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    let count = count.filter(|_| output.status.success());
    count.ok_or_else(|| format!("{contestant} under callgrind: {}\n{report}", output.status))
}
