//! What larder promises about its cost, held against what was just measured.

use crate::race::{Line, Standing};
use crate::scenarios::name;
use crate::table;

/// One promise: the subject's number, divided by what it is held against, stays below a limit.
#[derive(Debug)]
struct Target {
    scenario: &'static str,
    threads: u32,
    subject: &'static str,
    against: Against,
    at_most: f64,
}

#[derive(Debug)]
enum Against {
    /// The time of another contestant.
    Contestant(&'static str),
    /// The time of the fastest of the contestants whose names begin so.
    FastestOf(&'static str),
    /// The subject's own time when only one thread calls.
    OneThread,
    /// Nothing: allocations per call are counted.
    Allocations,
    /// Nothing: bodies per call are counted.
    Bodies,
}

use Against::{Allocations, Bodies, Contestant, FastestOf, OneThread};

const fn target(
    scenario: &'static str,
    threads: u32,
    subject: &'static str,
    against: Against,
    at_most: f64,
) -> Target {
    Target { scenario, threads, subject, against, at_most }
}

const TARGETS: &[Target] = &[
    target("hit-u64", 1, name::LARDER, Contestant(name::DASHMAP), 1.25),
    target("hit-u64", 2, name::LARDER, Contestant(name::DASHMAP), 1.25),
    target("hit-u64", 2, name::LARDER, OneThread, 1.15),
    target("hit-u64", 1, name::LARDER, Contestant(name::CACHED), 0.7),
    target("hit-u64", 2, name::LARDER, Contestant(name::CACHED), 0.5),
    target("hit-u64", 1, name::LARDER, Contestant(name::MOKA), 0.1),
    target("hit-u64", 1, name::LARDER, FastestOf("cached"), 1.0),
    target("hit-u64", 2, name::LARDER, FastestOf("cached"), 1.0),
    target("hit-u64", 1, name::LARDER, Allocations, 0.0),
    target("hit-u64", 1, name::SIZED, Contestant(name::LARDER), 1.02),
    target("hit-str", 1, name::LARDER, Contestant(name::DASHMAP), 1.25),
    target("hit-str", 1, name::LARDER, FastestOf("cached"), 1.0),
    target("hit-str", 1, name::LARDER, Allocations, 0.0),
    target("hit-ttl", 1, name::LARDER, Contestant(name::DASHMAP), 1.6),
    target("hit-ttl", 1, name::LARDER, Contestant(name::CACHED_TTL), 0.5),
    target("hit-ttl", 2, name::LARDER, Contestant(name::CACHED_TTL), 0.4),
    target("hit-ttl", 1, name::LARDER, FastestOf("cached"), 1.0),
    target("hit-ttl", 2, name::LARDER, FastestOf("cached"), 1.0),
    target("hit-ttl", 1, name::LARDER, Allocations, 0.0),
    target("hit-small", 1, name::LARDER, Bodies, 0.0),
    target("hot-key", 1, name::LARDER, Contestant(name::QUICK_CACHE), 1.0),
    target("hot-key", 2, name::LARDER, Contestant(name::QUICK_CACHE), 1.0),
    target("evict", 1, name::LARDER, Contestant(name::QUICK_CACHE), 1.0),
    target("evict", 1, name::LARDER, Contestant(name::CACHED), 1.5),
    target("stampede", 1, name::LARDER, Bodies, 0.001),
    target("stampede", 2, name::LARDER, Bodies, 0.001),
];

impl Target {
    /// What was measured; nothing when the contestants did not run.
    fn measure(&self, standings: &[Standing]) -> Option<f64> {
        let standing = find(standings, self.scenario, self.threads)?;
        let subject = standing.line(self.subject)?;
        Some(match self.against {
            Contestant(name) => subject.ratio(standing.line(name)?),
            FastestOf(prefix) => subject.ratio(fastest(&standing.lines, prefix)?),
            OneThread => {
                subject.nanos() / find(standings, self.scenario, 1)?.line(self.subject)?.nanos()
            }
            Allocations => subject.allocations(),
            Bodies => subject.loads(),
        })
    }

    fn row(&self, measured: f64) -> Vec<String> {
        let Self { scenario, threads, subject, at_most, .. } = self;
        let verdict = if measured <= *at_most + 5e-4 { "met" } else { "missed" };
        vec![
            format!("{subject}, {scenario}, {}", table::threads(*threads)),
            self.against.describe(),
            format!("{at_most:.3}"),
            format!("{measured:.3}"),
            verdict.to_owned(),
        ]
    }
}

impl Against {
    fn describe(&self) -> String {
        match self {
            Contestant(name) => format!("/ {name}"),
            FastestOf(prefix) => format!("/ fastest {prefix}"),
            OneThread => "/ 1 thread".to_owned(),
            Allocations => "allocs/call".to_owned(),
            Bodies => "bodies/call".to_owned(),
        }
    }
}

fn find<'all>(standings: &'all [Standing], name: &str, threads: u32) -> Option<&'all Standing> {
    standings.iter().find(|standing| standing.scenario == name && standing.threads == threads)
}

fn fastest<'all>(lines: &'all [Line], prefix: &str) -> Option<&'all Line> {
    let peers = lines.iter().filter(|line| line.name.starts_with(prefix));
    peers.min_by(|one, other| one.nanos().total_cmp(&other.nanos()))
}

/// A table of the promises that these standings can decide, if there are any.
pub fn render(standings: &[Standing]) -> Option<String> {
    let decided = |target: &Target| Some(target.row(target.measure(standings)?));
    let head = ["larder's targets", "measured as", "at most", "measured", "verdict"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(TARGETS.iter().filter_map(decided));
    (rows.len() > 1).then(|| format!("### targets\n\n{}", table::align(&rows)))
}
