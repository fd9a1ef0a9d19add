//! The replays as Markdown.

use super::trace::as_float;
use super::{Contestant, Point, Replay, Role};
use crate::table::align;

/// How many points of a percent behind the best peer still count as level with it.
const LEVEL: f64 = 1.0;

/// Every contestant at the capacities of the table, the best peer of each row in bold, and under
/// it larder's policies beside that peer.
pub fn render(contestants: &[Contestant], replays: &[Replay]) -> String {
    let about = "Requests answered, in percent. Capacities are shares of the distinct keys; the \
                 best of the peers is in bold.";
    let beside = "Each of larder's policies beside the best peer of each row, in points.";
    format!(
        "### hit ratios\n\n{about}\n\n{}\n### larder and the best peer\n\n{beside}\n\n{}",
        align(&ratios(contestants, replays)),
        align(&distances(contestants, replays))
    )
}

/// A point of the table.
#[derive(Clone, Copy)]
struct Row<'all> {
    trace: &'all str,
    share: u32,
    point: &'all Point,
}

/// The points of the table, without those that only a curve needs.
fn rows(replays: &[Replay]) -> impl Iterator<Item = Row<'_>> {
    replays.iter().flat_map(|replay| {
        replay
            .points
            .iter()
            .filter_map(move |point| Some(Row { trace: &replay.trace, share: point.share?, point }))
    })
}

fn ratios(contestants: &[Contestant], replays: &[Replay]) -> Vec<Vec<String>> {
    let names = contestants.iter().map(|contestant| contestant.name.to_owned());
    let head = ["trace", "cap %", "cap"].map(str::to_owned).into_iter().chain(names);
    let mut table = vec![head.collect()];
    table.extend(rows(replays).map(|row| cells(contestants, row)));
    table
}

fn cells(contestants: &[Contestant], row: Row<'_>) -> Vec<String> {
    let Row { trace, share, point } = row;
    let best = best_peer(contestants, point);
    let cell = |(index, ratio): (usize, &f64)| {
        if Some(index) == best { format!("**{ratio:.2}**") } else { format!("{ratio:.2}") }
    };
    let mut cells = vec![trace.to_owned(), share.to_string(), point.capacity.to_string()];
    cells.extend(point.ratios.iter().enumerate().map(cell));
    cells
}

fn best_peer(contestants: &[Contestant], point: &Point) -> Option<usize> {
    let peers = (0..contestants.len()).filter(|&index| contestants[index].role == Role::Peer);
    peers.max_by(|&one, &other| point.ratios[one].total_cmp(&point.ratios[other]))
}

fn distances(contestants: &[Contestant], replays: &[Replay]) -> Vec<Vec<String>> {
    let head = ["policy", "rows", "within 1 point", "ahead", "mean", "worst", "where"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    let ours = contestants.iter().enumerate().filter(|(_, one)| one.role == Role::Larder);
    table.extend(ours.filter_map(|(index, _)| distance(contestants, replays, index)));
    table
}

/// One of larder's policies; nothing where no peer took part.
fn distance(contestants: &[Contestant], replays: &[Replay], ours: usize) -> Option<Vec<String>> {
    let behind = |row: Row<'_>| {
        let best = best_peer(contestants, row.point)?;
        Some(row.point.ratios[ours] - row.point.ratios[best])
    };
    let gaps: Option<Vec<_>> = rows(replays).map(|row| Some((behind(row)?, row))).collect();
    let gaps = gaps?;
    let (worst, at) = gaps.iter().min_by(|(one, _), (other, _)| one.total_cmp(other))?;
    let level = gaps.iter().filter(|(gap, _)| *gap >= -LEVEL).count();
    let ahead = gaps.iter().filter(|(gap, _)| *gap > 0.0).count();
    let total: f64 = gaps.iter().map(|(gap, _)| gap).sum();
    Some(vec![
        contestants[ours].name.to_owned(),
        gaps.len().to_string(),
        level.to_string(),
        ahead.to_string(),
        format!("{:+.2}", total / as_float(gaps.len())),
        format!("{worst:+.2}"),
        format!("{}, {} %", at.trace, at.share),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hitratio::all;

    fn replayed(ratio: impl Fn(&Contestant) -> f64) -> (Vec<Contestant>, Vec<Replay>) {
        let contestants = all();
        let ratios = contestants.iter().map(ratio).collect();
        let point = Point { capacity: 99, share: Some(5), ratios };
        let curve_only = Point { capacity: 500, share: None, ratios: point.ratios.clone() };
        let points = vec![point, curve_only];
        let replay = Replay { trace: "some".to_owned(), requests: 1, points };
        (contestants, vec![replay])
    }

    #[test]
    fn the_best_peer_is_bold_and_nobody_else() {
        let (contestants, replays) = replayed(|one| match (one.role, one.name) {
            (Role::Peer, "foyer sieve") => 40.0,
            (Role::Peer, _) => 30.0,
            _ => 90.0,
        });
        let text = render(&contestants, &replays);
        assert_eq!(text.matches("**").count(), 2);
        assert!(text.contains("**40.00**"), "{text}");
        assert!(!text.contains("500"), "a point of the curve is in the table: {text}");
    }

    #[test]
    fn distances_say_where_larder_is_worst() {
        let (contestants, replays) = replayed(|one| match one.name {
            "larder tinylfu" => 39.5,
            "larder fifo" => 38.5,
            _ => 40.0,
        });
        let table = distances(&contestants, &replays);
        let row = |name: &str| table.iter().find(|row| row[0] == name).unwrap()[1..].join(" ");
        assert_eq!(row("larder tinylfu"), "1 1 0 -0.50 -0.50 some, 5 %");
        assert_eq!(row("larder fifo"), "1 0 0 -1.50 -1.50 some, 5 %");
    }
}
