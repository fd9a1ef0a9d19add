//! Turns, interleaved, so that whatever the machine does meanwhile happens to everybody.

use crate::contestant::Contestant;
use crate::course::Turn;
use crate::sample::{self, Sample};
use crate::scenario::Scenario;

/// How a contestant did, over all rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The contestant.
    pub name: &'static str,
    /// The medians per call.
    pub sample: Sample,
    /// How noisy the time was: half of the distance between the quartiles, relative to the median.
    pub spread: f64,
    /// The time relative to each of the scenario's references.
    pub ratios: Vec<f64>,
}

/// The result of a race.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The scenario's name.
    pub scenario: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// How many threads called.
    pub threads: u32,
    /// The scenario's references.
    pub references: &'static [&'static str],
    /// One for each contestant.
    pub lines: Vec<Line>,
}

impl Standing {
    /// The line of a contestant.
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }
}

/// Lets every contestant take one unmeasured turn and then `rounds` measured ones.
///
/// The contestant that begins changes from round to round, so that nobody always follows the same
/// neighbour.
pub fn run(scenario: &Scenario, threads: u32, rounds: u32) -> Standing {
    let entrants = &scenario.contestants;
    let mut samples = vec![Vec::new(); entrants.len()];
    for round in 0..=rounds {
        for turn in 0..entrants.len() {
            let index = (turn + round as usize) % entrants.len();
            let sample = entrants[index].run(Turn { round, threads });
            if round > 0 {
                samples[index].push(sample);
            }
        }
    }
    Standing {
        scenario: scenario.name,
        about: scenario.about,
        threads,
        references: scenario.references,
        lines: lines(scenario, &samples),
    }
}

fn lines(scenario: &Scenario, samples: &[Vec<Sample>]) -> Vec<Line> {
    let of = |name: &&str| {
        let index = scenario
            .contestants
            .iter()
            .position(|entrant| entrant.name() == *name);
        &samples[index.expect("a reference takes part")]
    };
    let references: Vec<_> = scenario.references.iter().map(of).collect();
    let line = |(name, samples): (&'static str, &Vec<Sample>)| Line {
        name,
        sample: median(samples),
        spread: sample::spread(samples.iter().map(|sample| sample.nanos)),
        ratios: references
            .iter()
            .map(|reference| ratio(samples, reference))
            .collect(),
    };
    let names = scenario.contestants.iter().map(Contestant::name);
    names.zip(samples).map(line).collect()
}

fn median(samples: &[Sample]) -> Sample {
    let of = |field: fn(&Sample) -> f64| sample::median(samples.iter().map(field));
    Sample {
        nanos: of(|sample| sample.nanos),
        allocations: of(|sample| sample.allocations),
        loads: of(|sample| sample.loads),
    }
}

/// The median of the ratios within each round: a slow second slows both sides of a ratio.
fn ratio(samples: &[Sample], reference: &[Sample]) -> f64 {
    sample::median(
        samples
            .iter()
            .zip(reference)
            .map(|(one, other)| one.nanos / other.nanos),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(nanos: [f64; 3]) -> Vec<Sample> {
        nanos
            .map(|nanos| Sample {
                nanos,
                ..Sample::default()
            })
            .into()
    }

    #[test]
    fn drift_of_the_machine_does_not_move_a_ratio() {
        let (peer, floor) = (samples([20.0, 200.0, 22.0]), samples([10.0, 100.0, 11.0]));
        assert!((ratio(&peer, &floor) - 2.0).abs() < 1e-9);
    }
}
