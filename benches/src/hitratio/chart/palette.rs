//! Which line is whose.

use std::fmt;

use crate::hitratio::{Contestant, Role};

/// Easy to tell apart on white; the first ones are the ones to look at.
const COLOURS: [&str; 10] = [
    "#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2",
    "#7f8c1d", "#34495e",
];

const GREYS: [&str; 4] = ["#999", "#bbb", "#777", "#000"];

/// How a line is drawn.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    colour: &'static str,
    width: f64,
    dashes: &'static str,
}

impl fmt::Display for Stroke {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { colour, width, dashes } = self;
        write!(
            formatter,
            "fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-dasharray=\"{dashes}\""
        )
    }
}

/// One for each contestant: the role decides the kind of line, the place in the role its colour.
pub(super) fn strokes(contestants: &[Contestant]) -> Vec<Stroke> {
    let stroke = |(index, contestant): (usize, &Contestant)| {
        let before = &contestants[..index];
        let place = before.iter().filter(|other| other.role == contestant.role).count();
        match contestant.role {
            Role::Larder => Stroke { colour: COLOURS[place % 10], width: 2.4, dashes: "none" },
            Role::Peer => Stroke { colour: COLOURS[place % 10], width: 1.4, dashes: "6 3" },
            Role::Reference => Stroke { colour: GREYS[place % 4], width: 1.4, dashes: "1.5 2.5" },
        }
    };
    contestants.iter().enumerate().map(stroke).collect()
}
