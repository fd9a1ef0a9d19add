//! Makes hits and nothing else, for an instruction counter; or runs itself under one.
//!
//! `hit SCENARIO CONTESTANT LAPS` makes that many laps of 1,000 hits, or of 200 misses, on one thread.
//! `hit --instructions [SCENARIO]` prints instructions per call, counted by callgrind.
//! `hit --instructions --bar FILE` fails where larder needs more of them than the file says;
//! `--renew FILE` writes the file.

use std::process::{Command, ExitCode};
use std::{env, fs};

use larder_benches::bar::{Bar, COMPILER, Height};
use larder_benches::contestant::Contestant;
use larder_benches::course::Turn;
use larder_benches::scenario::Scenario;
use larder_benches::scenarios::{self, name};
use larder_benches::table;

const USAGE: &str =
    "hit SCENARIO CONTESTANT LAPS | hit --instructions [SCENARIO | --bar FILE | --renew FILE]";

/// What the bar is about.
const BARRED: [&str; 3] = ["hit-u64", "hit-str", "hit-ttl"];

/// Laps of the two runs whose difference is divided by the calls that make it.
const FEW: u32 = 20;
const MANY: u32 = 120;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["--instructions"] => count("hit-u64"),
        ["--instructions", "--bar", file] => check(file),
        ["--instructions", "--renew", file] => renew(file),
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

fn count(scenario: &str) -> Result<(), String> {
    let mut rows = vec![vec!["contestant".to_owned(), "instructions/call".to_owned()]];
    for entrant in &find(scenario, FEW)?.contestants {
        let count = per_call(scenario, entrant.name())?;
        rows.push(vec![entrant.name().to_owned(), format!("{count:.1}")]);
    }
    println!("### instructions, {scenario}\n\n{}", table::align(&rows));
    Ok(())
}

fn renew(file: &str) -> Result<(), String> {
    let count = |scenario: &str| Ok((scenario.to_owned(), per_call(scenario, name::LARDER)?));
    let counts = BARRED.into_iter().map(count).collect::<Result<_, String>>()?;
    let bar = Bar { compiler: COMPILER.to_owned(), counts };
    fs::write(file, bar.render()).map_err(|error| format!("{file}: {error}"))
}

/// Counts what the file has counts of, and fails where there are more now.
fn check(file: &str) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let bar = Bar::parse(&text).map_err(|problem| format!("{file}: {problem}"))?;
    let head = ["scenario", "bar", "instructions/call", "verdict"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut heights = Vec::new();
    for (scenario, limit) in &bar.counts {
        let count = per_call(scenario, name::LARDER)?;
        let height = Height::of(count, *limit);
        let numbers = [limit, &count].map(|number| format!("{number:.1}"));
        let cells = [scenario.clone()].into_iter().chain(numbers);
        rows.push(cells.chain([height.verdict().to_owned()]).collect());
        heights.push(height);
    }
    println!("### instructions, larder\n\n{}", table::align(&rows));
    judge(file, &bar, &heights)
}

fn judge(file: &str, bar: &Bar, heights: &[Height]) -> Result<(), String> {
    if !bar.is_of(COMPILER) {
        let then = &bar.compiler;
        eprintln!("warning: {file} is of {then}, this is {COMPILER}: nothing is decided");
    } else if heights.contains(&Height::Above) {
        return Err(format!("a hit needs more instructions than {file} allows"));
    } else if heights.contains(&Height::Below) {
        eprintln!("a hit needs fewer instructions: hit --instructions --renew {file}");
    }
    Ok(())
}

/// The difference of two runs, divided by the calls that make it.
fn per_call(scenario: &str, contestant: &str) -> Result<f64, String> {
    let calls = find(scenario, MANY)?.calls - find(scenario, FEW)?.calls;
    if calls == 0 {
        return Err(format!("{scenario} does not get longer with more laps"));
    }
    let few = instructions(scenario, contestant, FEW)?;
    let many = instructions(scenario, contestant, MANY)?;
    Ok((many - few) / f64::from(calls))
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
