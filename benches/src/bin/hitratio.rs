//! Replays recorded requests through every policy of larder and of its peers.
//!
//! `hitratio [--json FILE] [--svg DIR] [--jobs N] [TRACE]...`
//!
//! A trace is a file with one decimal key a line, plain or compressed (`.zst`). Without one, the two
//! traces in `benches/traces` are replayed. `--svg` replays more capacities than the table needs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, thread};

use larder_benches::hitratio::{Contestant, Replay, Trace, all, chart, export, replay, report};

const USAGE: &str = "hitratio [--json FILE] [--svg DIR] [--jobs N] [TRACE]...";

/// What was asked for.
#[derive(Debug, Default)]
struct Options {
    traces: Vec<PathBuf>,
    json: Option<PathBuf>,
    svg: Option<PathBuf>,
    jobs: Option<usize>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--json" => options.json = Some(value()?.into()),
                "--svg" => options.svg = Some(value()?.into()),
                "--jobs" => options.jobs = Some(count(&value()?)?),
                _ if argument.starts_with("--") => {
                    return Err(format!("unknown argument {argument}\nusage: {USAGE}"));
                }
                _ => options.traces.push(argument.into()),
            }
        }
        Ok(options)
    }

    fn traces(&self) -> Vec<PathBuf> {
        if self.traces.is_empty() { kept() } else { self.traces.clone() }
    }

    fn jobs(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        self.jobs.unwrap_or_else(cores)
    }
}

/// The traces that are kept with the benchmarks.
fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    ["web07.zst", "2-pools.zst"].map(|name| folder.join(name)).to_vec()
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or(format!("{text} is not a count"))
}

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let contestants = all();
    let replays: Result<Vec<_>, _> =
        options.traces().iter().map(|path| replayed(options, path, &contestants)).collect();
    let replays = replays?;
    println!("{}", report::render(&contestants, &replays));
    if let Some(file) = &options.json {
        write(file, &export::render(&contestants, &replays))?;
    }
    if let Some(folder) = &options.svg {
        draw(folder, &contestants, &replays)?;
    }
    Ok(())
}

fn replayed(options: &Options, path: &Path, contestants: &[Contestant]) -> Result<Replay, String> {
    let trace = Trace::read(path)?;
    eprintln!("{}: {} requests, {} keys", trace.name, trace.keys.len(), trace.distinct);
    let capacities = if options.svg.is_some() { trace.curve() } else { trace.table() };
    Ok(replay(&trace, &capacities, contestants, options.jobs()))
}

fn draw(folder: &Path, contestants: &[Contestant], replays: &[Replay]) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    replays.iter().try_for_each(|replay| {
        let file = folder.join(format!("{}.svg", replay.trace));
        write(&file, &chart::render(contestants, replay))
    })
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}
