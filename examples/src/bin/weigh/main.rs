//! Weighs the dependency graph of a Cargo workspace in lines of Rust.
//!
//! `weight(package) = own lines + the weight of every dependency` is one short recursive function.
//! A dependency graph is full of diamonds, so the plain recursion would walk the same packages
//! again and again, exponentially often; memoized, each package is weighed once.
//!
//! Start reading at [`weight`]; the rest is cargo, files and tables.

mod cargo;
mod disk;
mod graph;
mod lines;
mod lockfile;
mod passes;
mod progress;
mod report;
mod stamps;
mod table;
mod weight;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::graph::Graph;

/// Weigh the dependency graph of a Cargo workspace in lines of Rust, with memoized async functions.
///
/// Nothing is downloaded: what is not on disk is reported and counts as nothing.
#[derive(Parser)]
#[command(name = "weigh")]
struct Args {
    /// A workspace, or any directory or Cargo.toml in it
    #[arg(default_value = ".")]
    path: PathBuf,

    /// How many packages to list, heaviest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    /// Also run a pass with the cache switched off, if it can end in reasonable time
    #[arg(long)]
    without_cache: bool,

    /// Keep what is found out in a database, and take from it what has not changed since;
    /// `target/larder-weigh.db` in the workspace unless another file is named
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "it may be given without a value")]
    disk: Option<Option<PathBuf>>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let mut graph = cargo::graph(&args.path)?;
    let mut notes = String::new();
    if let Some(file) = &args.disk {
        (graph, notes) = disk::open(graph, file.as_deref())?;
    }
    let report = runtime()?.block_on(async {
        let report = weigh(&graph, args).await;
        disk::close(&graph).await.map(|()| report)
    })?;
    print(&(report + &notes))?;
    Ok(())
}

/// Two passes, a third if wished, and what there is to say about them.
async fn weigh(graph: &Graph, args: &Args) -> String {
    let first = passes::run(graph).await;
    let second = passes::run(graph).await;
    let without = passes::run_without_cache(graph, args.without_cache).await;
    let passes = [("first pass", first), ("second pass", second), ("without a cache", without)];
    report::write(graph, args.top, &passes).await
}

/// Files are read on the blocking threads of this runtime; a few are enough for one disk.
fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(16).build()
}

/// Like `print!`, except that a reader who has seen enough (`weigh | head`) is no error.
fn print(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
