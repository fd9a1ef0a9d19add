//! Standings for another program.

use std::fmt::Write;

use crate::race::{Line, Standing};

/// An array with one object for each contestant of each standing.
///
/// Names are written as they are: none of them contains a quote or a backslash.
pub fn render(standings: &[Standing]) -> String {
    let objects: Vec<_> = standings
        .iter()
        .flat_map(|standing| standing.lines.iter().map(move |line| object(standing, line)))
        .collect();
    format!("[\n{}\n]\n", objects.join(",\n"))
}

fn object(standing: &Standing, line: &Line) -> String {
    let Standing { scenario, threads, .. } = standing;
    let mut object = format!(
        r#"  {{"scenario": "{scenario}", "threads": {threads}, "contestant": "{}", "nanos": {:.2}, "spread": {:.4}, "allocations": {:.4}, "bodies": {:.4}"#,
        line.name,
        line.nanos(),
        line.spread(),
        line.allocations(),
        line.loads(),
    );
    for (reference, ratio) in standing.references.iter().zip(standing.ratios(line)) {
        write!(object, r#", "/ {reference}": {ratio:.4}"#)
            .expect("a string takes what it is given");
    }
    object + "}"
}
