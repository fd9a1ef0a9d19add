//! How far sizing advice is off, in points of hit rate.
//!
//! `sizing [--passes N] [--caches N] [TRACE]...`
//!
//! A trace is a file with one decimal key a line, plain or compressed (`.zst`). Without one, a small synthetic workload is
//! taken. Caches of 1, 5, 10 and 25 percent of the distinct keys say what other sizes would do, and caches of those sizes
//! do it. Which keys are sampled is another matter in each cache, so there are several of each.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::process::ExitCode;

use larder::{Cache, Policy};
use larder_benches::hitratio::Trace;
use larder_benches::table;

const USAGE: &str = "sizing [--passes N] [--caches N] [TRACE]...";

const POLICIES: [Policy; 6] =
    [Policy::Lru, Policy::Fifo, Policy::Lfu, Policy::Sieve, Policy::S3Fifo, Policy::TinyLfu];

/// The sizes that say something, in percent of the distinct keys.
const SHARES: [u32; 4] = [1, 5, 10, 25];

/// From this size on, in entries, chance makes no difference between two caches.
const LARGE: usize = 10_000;

/// An error that makes no difference to whoever has to choose a size, in points.
const SMALL: f64 = 2.0;

struct Options {
    passes: usize,
    caches: usize,
    traces: Vec<Trace>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { passes: 1, caches: 3, traces: Vec::new() };
        while let Some(argument) = arguments.next() {
            let mut count = || {
                let count = arguments.next().and_then(|count| count.parse().ok());
                count.filter(|count| *count > 0).ok_or(format!("usage: {USAGE}"))
            };
            match argument.as_str() {
                "--passes" => options.passes = count()?,
                "--caches" => options.caches = count()?,
                _ if argument.starts_with("--") => return Err(format!("usage: {USAGE}")),
                path => options.traces.push(Trace::read(Path::new(path))?),
            }
        }
        if options.traces.is_empty() {
            options.traces.push(synthetic());
        }
        Ok(options)
    }
}

/// Keys by Zipf's law, with a scan of new ones now and then.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distribution"
)]
fn synthetic() -> Trace {
    const KEYS: f64 = 20_000.0;
    let key = |turn: u64| {
        if turn % 10_000 < 2000 {
            return 1_000_000 + turn;
        }
        let uniform = (mix(turn) >> 11) as f64 / (1_u64 << 53) as f64;
        (uniform * KEYS.ln()).exp() as u64
    };
    let keys: Vec<u64> = (0..200_000).map(key).collect();
    let distinct = keys.iter().collect::<std::collections::HashSet<_>>().len();
    Trace { name: "synthetic".to_owned(), keys, distinct }
}

/// A number out of nowhere, the same for the same one.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

/// Absolute errors in points.
#[derive(Default)]
struct Errors(Vec<f64>);

impl Errors {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn summary(&self) -> Vec<String> {
        let count = self.0.len() as f64;
        let small = self.0.iter().filter(|error| **error <= SMALL).count() as f64;
        vec![
            format!("{:.2}", self.0.iter().sum::<f64>() / count),
            format!("{:.1} %", 100.0 * small / count),
            format!("{:.1}", self.0.iter().copied().fold(0.0, f64::max)),
        ]
    }
}

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)) {
        Ok(options) => {
            print(&options);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn print(options: &Options) {
    let head = ["trace", "policy", "share", "entries", "/4", "/2", "1", "x2", "x4", "x8", "mean"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut summary =
        vec![["policy", "mean", "within 2 points", "worst"].map(str::to_owned).to_vec()];
    let mut apart =
        vec![["trace", "policy", "entries", "hit rate", "apart"].map(str::to_owned).to_vec()];
    for policy in POLICIES {
        let mut all = Errors::default();
        for trace in &options.traces {
            let mut exact = HashMap::new();
            for share in SHARES {
                let size = trace.share(share);
                let errors = errors(options, trace, policy, size, &mut exact);
                rows.push(row(trace, policy, share, size, &errors));
                all.0.extend(errors.into_iter().flatten());
            }
            let moody = exact.into_iter().filter(|(_, exact)| exact.apart > SMALL);
            apart.extend(moody.map(|(size, exact)| exact.row(trace, policy, size)));
        }
        let mut cells = vec![policy.to_string()];
        cells.extend(all.summary());
        summary.push(cells);
    }
    println!("### points off, mean of {} caches\n\n{}", options.caches, table::align(&rows));
    println!("### all estimates\n\n{}", table::align(&summary));
    println!("### real caches that are more than {SMALL} points apart\n\n{}", table::align(&apart));
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn row(trace: &Trace, policy: Policy, share: u32, size: usize, errors: &[Vec<f64>]) -> Vec<String> {
    let name = trace.name.clone();
    let mut cells = vec![name, policy.to_string(), format!("{share} %"), size.to_string()];
    let mean = |size: usize| errors.iter().map(|of| of[size]).sum::<f64>() / errors.len() as f64;
    let means: Vec<f64> = (0..6).map(mean).collect();
    cells.extend(means.iter().map(|mean| format!("{mean:.1}")));
    cells.push(format!("{:.2}", means.iter().sum::<f64>() / 6.0));
    cells
}

/// What caches of one size really do. Which keys share a place among S3-FIFO's and TinyLFU's ghosts and counters is another
/// matter in each, so they need not all do the same.
#[derive(Clone, Copy)]
struct Exact {
    mean: f64,
    /// Between the lowest and the highest, in points.
    apart: f64,
}

impl Exact {
    fn of(options: &Options, trace: &Trace, policy: Policy, size: u64) -> Self {
        let size = usize::try_from(size).expect("it fits");
        let rate = |_| run(options, trace, policy, size, false).get_metrics().hit_rate();
        let alike = matches!(policy, Policy::Lru | Policy::Fifo) || size > LARGE;
        let rates: Vec<f64> = (0..if alike { 1 } else { options.caches }).map(rate).collect();
        let (least, most) = rates
            .iter()
            .fold((1.0_f64, 0.0_f64), |(least, most), rate| (least.min(*rate), most.max(*rate)));
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let mean = rates.iter().sum::<f64>() / rates.len() as f64;
        Self { mean, apart: 100.0 * (most - least) }
    }

    fn row(self, trace: &Trace, policy: Policy, size: u64) -> Vec<String> {
        let (rate, apart) = (format!("{:.1}", 100.0 * self.mean), format!("{:.1}", self.apart));
        vec![trace.name.clone(), policy.to_string(), size.to_string(), rate, apart]
    }
}

/// For each cache the errors of its six estimates.
fn errors(
    options: &Options,
    trace: &Trace,
    policy: Policy,
    size: usize,
    exact: &mut HashMap<u64, Exact>,
) -> Vec<Vec<f64>> {
    let one = |_| {
        let cache = run(options, trace, policy, size, true);
        let metrics = cache.get_metrics();
        let sizing = metrics.sizing().expect("it was asked for");
        let points = sizing.points.iter().map(|point| {
            let is = exact
                .entry(point.capacity)
                .or_insert_with(|| Exact::of(options, trace, policy, point.capacity));
            100.0 * (point.hit_rate - is.mean).abs()
        });
        points.collect()
    };
    (0..options.caches).map(one).collect()
}

fn run(
    options: &Options,
    trace: &Trace,
    policy: Policy,
    size: usize,
    sizing: bool,
) -> Cache<u64, u64> {
    let cache = Cache::builder().maxsize(size).policy(policy).sizing(sizing).build();
    for _ in 0..options.passes {
        for key in &trace.keys {
            cache.get_or_insert(*key, *key);
        }
    }
    cache
}
