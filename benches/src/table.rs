//! Standings as Markdown, aligned to be read in a terminal too.

use crate::race::{Line, Standing};

/// The table of one standing; `alone` is the same scenario with one thread, where there is one.
pub fn render(standing: &Standing, alone: Option<&Standing>) -> String {
    let mut rows = vec![head(standing, alone)];
    rows.extend(standing.lines.iter().map(|line| cells(standing, line, alone)));
    let Standing { scenario, about, .. } = standing;
    format!("### {scenario}, {}\n\n{about}\n\n{}", threads(standing.threads), align(&rows))
}

/// The words for a number of threads.
pub(crate) fn threads(count: u32) -> String {
    format!("{count} thread{}", if count == 1 { "" } else { "s" })
}

fn head(standing: &Standing, alone: Option<&Standing>) -> Vec<String> {
    let ratios = standing.references.iter().map(|name| format!("/ {name}"));
    ["contestant", "ns/call", "spread"]
        .map(str::to_owned)
        .into_iter()
        .chain(ratios)
        .chain(alone.map(|_| "/ 1 thread".to_owned()))
        .chain(["allocs/call", "bodies/call"].map(str::to_owned))
        .collect()
}

fn cells(standing: &Standing, line: &Line, alone: Option<&Standing>) -> Vec<String> {
    let mut cells = vec![
        line.name.to_owned(),
        format!("{:.1}", line.nanos()),
        format!("{:.0} %", line.spread() * 100.0),
    ];
    cells.extend(standing.ratios(line).iter().map(|ratio| format!("{ratio:.2}")));
    cells.extend(alone.map(|alone| beside(line, alone)));
    cells.extend([line.allocations(), line.loads()].map(|count| format!("{count:.3}")));
    cells
}

fn beside(line: &Line, alone: &Standing) -> String {
    let ratio = |one: &Line| format!("{:.2}", line.nanos() / one.nanos());
    alone.line(line.name).map_or_else(|| "-".to_owned(), ratio)
}

/// A table with a head: names to the left, numbers to the right.
///
/// # Panics
///
/// If there is no head, or if a row has fewer cells than it.
pub fn align(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<_> = (0..rows[0].len()).filter_map(width).collect();
    let mut lines: Vec<_> = rows.iter().map(|row| aligned(row, &widths)).collect();
    lines.insert(1, ruler(&widths));
    lines.concat()
}

fn aligned(row: &[String], widths: &[usize]) -> String {
    let (name, numbers) = row.split_first().expect("a row has a name");
    let first = format!("| {name:width$} |", width = widths[0]);
    let rest = numbers.iter().zip(&widths[1..]).map(|(cell, width)| format!(" {cell:>width$} |"));
    rest.fold(first, |line, cell| line + &cell) + "\n"
}

fn ruler(widths: &[usize]) -> String {
    let first = format!("|{:-<1$}|", "", widths[0] + 2);
    let rest = widths[1..].iter().map(|width| format!("{:-<1$}:|", "", width + 1));
    rest.fold(first, |line, cell| line + &cell) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["name", "ns"], ["a", "1234.5"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(align(&rows), "| name |     ns |\n|------|-------:|\n| a    | 1234.5 |\n");
    }
}
