//! Turns, interleaved, so that whatever the machine does meanwhile happens to everybody.

use crate::course::Turn;
use crate::sample::{Sample, quartiles};
use crate::scenario::Scenario;

/// How a contestant did, over all rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The contestant.
    pub name: &'static str,
    /// Its turns, one for each round.
    turns: Vec<Sample>,
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

    /// A line's time relative to each of the scenario's references.
    pub fn ratios(&self, line: &Line) -> Vec<f64> {
        let references = self.references.iter().filter_map(|name| self.line(name));
        references.map(|reference| line.ratio(reference)).collect()
    }
}

impl Line {
    /// A contestant and the turns it has taken.
    pub(crate) fn new(name: &'static str, turns: Vec<Sample>) -> Self {
        Self { name, turns }
    }

    /// The median time of a call.
    pub fn nanos(&self) -> f64 {
        self.median(|turn| turn.nanos)
    }

    /// The median of the allocations per call.
    pub fn allocations(&self) -> f64 {
        self.median(|turn| turn.allocations)
    }

    /// The median of the bodies per call.
    pub fn loads(&self) -> f64 {
        self.median(|turn| turn.loads)
    }

    /// Half of the distance between the quartiles of the time, relative to the median.
    pub fn spread(&self) -> f64 {
        let [low, middle, high] = quartiles(calm(&self.turns).map(|turn| turn.nanos));
        (high - low) / 2.0 / middle
    }

    /// The median of the ratios within each round: a slow second slows both sides of a ratio.
    pub fn ratio(&self, other: &Self) -> f64 {
        let rounds: Vec<_> = self.turns.iter().zip(&other.turns).map(Round::new).collect();
        quartiles(calm(&rounds).map(|round| round.ratio))[1]
    }

    fn median(&self, of: fn(&Sample) -> f64) -> f64 {
        quartiles(calm(&self.turns).map(of))[1]
    }
}

/// Two contestants in one round.
struct Round {
    ratio: f64,
    calm: bool,
}

impl Round {
    fn new((one, other): (&Sample, &Sample)) -> Self {
        Self { ratio: one.nanos / other.nanos, calm: one.calm && other.calm }
    }
}

trait Calm {
    fn is_calm(&self) -> bool;
}

impl Calm for Sample {
    fn is_calm(&self) -> bool {
        self.calm
    }
}

impl Calm for Round {
    fn is_calm(&self) -> bool {
        self.calm
    }
}

/// What was measured without disturbance; all of it, if that is too little to speak of.
fn calm<T: Calm>(measured: &[T]) -> impl Iterator<Item = &T> {
    const ENOUGH: usize = 5;
    let strict = measured.iter().filter(|one| one.is_calm()).count() >= ENOUGH;
    measured.iter().filter(move |one| !strict || one.is_calm())
}

/// Lets every contestant take one turn that does not count and then `rounds` that do.
///
/// The contestant that begins changes from round to round, so that nobody always follows the same
/// neighbour.
pub fn run(scenario: &Scenario, threads: u32, rounds: u32) -> Standing {
    let entrants = &scenario.contestants;
    let line = |name| Line { name, turns: Vec::new() };
    let mut lines: Vec<_> = entrants.iter().map(|entrant| line(entrant.name())).collect();
    for round in 0..=rounds {
        for turn in 0..entrants.len() {
            let index = (turn + round as usize) % entrants.len();
            let sample = entrants[index].run(Turn { round, threads });
            if round > 0 {
                lines[index].turns.push(sample);
            }
        }
    }
    let Scenario { name, about, references, .. } = *scenario;
    Standing { scenario: name, about, threads, references, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(turns: &[(f64, bool)]) -> Line {
        let sample = |&(nanos, calm)| Sample { nanos, allocations: 0.0, loads: 0.0, calm };
        Line { name: "", turns: turns.iter().map(sample).collect() }
    }

    #[test]
    fn drift_of_the_machine_does_not_move_a_ratio() {
        let peer = line(&[(20.0, true), (200.0, true), (22.0, true)]);
        let floor = line(&[(10.0, true), (100.0, true), (11.0, true)]);
        assert!((peer.ratio(&floor) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn disturbed_turns_do_not_count_while_there_are_others() {
        let mut turns = vec![(10.0, true); 5];
        turns.extend([(900.0, false); 20]);
        assert!((line(&turns).nanos() - 10.0).abs() < 1e-9);
        assert!((line(&turns[1..]).nanos() - 900.0).abs() < 1e-9);
    }
}
