//! The replays for another program.

use super::{Contestant, Point, Replay};

/// An array with one object for each contestant at each capacity of each trace.
pub fn render(contestants: &[Contestant], replays: &[Replay]) -> String {
    let objects: Vec<_> = replays
        .iter()
        .flat_map(|replay| replay.points.iter().map(move |point| (replay, point)))
        .flat_map(|(replay, point)| {
            contestants
                .iter()
                .zip(&point.ratios)
                .map(move |(contestant, ratio)| object(replay, point, contestant.name, *ratio))
        })
        .collect();
    format!("[\n{}\n]\n", objects.join(",\n"))
}

fn object(replay: &Replay, point: &Point, contestant: &str, ratio: f64) -> String {
    let Replay { trace, requests, .. } = replay;
    let trace = trace.replace('\\', "\\\\").replace('"', "\\\"");
    let share = point.share.map_or_else(|| "null".to_owned(), |share| share.to_string());
    let capacity = point.capacity;
    format!(
        r#"  {{"trace": "{trace}", "requests": {requests}, "capacity": {capacity}, "share": {share}, "contestant": "{contestant}", "hit_ratio": {ratio:.4}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hitratio::all;

    #[test]
    fn a_cell_is_an_object() {
        let contestants: Vec<_> = all().into_iter().take(1).collect();
        let point = Point { capacity: 99, share: None, ratios: vec![12.5] };
        let replay = Replay { trace: "a\"b".to_owned(), requests: 8, points: vec![point] };
        assert_eq!(
            render(&contestants, &[replay]),
            "[\n  {\"trace\": \"a\\\"b\", \"requests\": 8, \"capacity\": 99, \"share\": null, \
             \"contestant\": \"larder tinylfu\", \"hit_ratio\": 12.5000}\n]\n"
        );
    }
}
