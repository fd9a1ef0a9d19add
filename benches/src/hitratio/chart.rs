//! Hit ratio curves, drawn by hand as SVG.
//!
//! Solid lines are larder's, dashed ones the peers', dotted grey ones the policies by the book.
//! The legend is ordered by what the contestants found, so that it can be read beside the curves.

mod axis;
mod palette;

use std::fmt::Write;

use super::trace::as_float;
use super::{Contestant, Replay};
use axis::{Axis, Tick};
use palette::Stroke;

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 640.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 730.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 580.0;
const LEGEND: f64 = 755.0;

/// The curves of one trace.
pub fn render(contestants: &[Contestant], replay: &Replay) -> String {
    let plot = Plot::of(replay);
    let entries = ordered(contestants, replay);
    let curves = entries.iter().rev().map(|entry| plot.curve(replay, entry));
    let legend = entries.iter().enumerate().map(|(row, entry)| legend(row, entry));
    let parts = [heading(replay), plot.grid(), curves.collect(), legend.collect()];
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{}</svg>\n",
        parts.concat()
    )
}

/// A contestant and how it is drawn.
struct Entry {
    index: usize,
    name: &'static str,
    stroke: Stroke,
    mean: f64,
}

/// Best first, by the mean over the capacities.
fn ordered(contestants: &[Contestant], replay: &Replay) -> Vec<Entry> {
    let strokes = palette::strokes(contestants);
    let entry = |(index, (contestant, stroke)): (usize, (&Contestant, Stroke))| {
        let mean = replay.points.iter().map(|point| point.ratios[index]).sum();
        Entry { index, name: contestant.name, stroke, mean }
    };
    let mut entries: Vec<_> = contestants.iter().zip(strokes).enumerate().map(entry).collect();
    entries.sort_by(|one, other| other.mean.total_cmp(&one.mean));
    entries
}

/// Where numbers go on the paper.
struct Plot {
    capacity: Axis,
    ratio: Axis,
}

impl Plot {
    fn of(replay: &Replay) -> Self {
        let capacities = replay.points.iter().map(|point| as_float(point.capacity));
        let ratios = replay.points.iter().flat_map(|point| point.ratios.iter().copied());
        Self {
            capacity: Axis::by_magnitude(capacities, LEFT, RIGHT),
            ratio: Axis::even(ratios, BOTTOM, TOP),
        }
    }

    fn grid(&self) -> String {
        let vertical = self.capacity.ticks().map(|Tick { at, label }| {
            format!(
                "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{BOTTOM}\" stroke=\"#ddd\"/>\n\
                 <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>\n",
                BOTTOM + 20.0
            )
        });
        let horizontal = self.ratio.ticks().map(|Tick { at, label }| {
            format!(
                "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{RIGHT}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\n\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label} %</text>\n",
                LEFT - 8.0,
                at + 4.0
            )
        });
        vertical.chain(horizontal).collect()
    }

    fn curve(&self, replay: &Replay, entry: &Entry) -> String {
        let mut points = String::new();
        for point in &replay.points {
            let x = self.capacity.place(as_float(point.capacity));
            let y = self.ratio.place(point.ratios[entry.index]);
            write!(points, "{x:.1},{y:.1} ").expect("a string takes what it is given");
        }
        let (name, stroke) = (escaped(entry.name), entry.stroke);
        let points = points.trim_end();
        format!("<polyline points=\"{points}\" {stroke}><title>{name}</title></polyline>\n")
    }
}

fn heading(replay: &Replay) -> String {
    let Replay { trace, requests, .. } = replay;
    let (trace, middle) = (escaped(trace), f64::midpoint(LEFT, RIGHT));
    format!(
        "<text x=\"{LEFT}\" y=\"30\" font-size=\"18\">{trace}: hit ratio by capacity, {requests} \
         requests</text>\n\
         <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">entries</text>\n",
        BOTTOM + 45.0
    )
}

fn legend(row: usize, entry: &Entry) -> String {
    let y = TOP + 10.0 + 24.0 * as_float(row);
    let (end, text, stroke, name) = (LEGEND + 40.0, LEGEND + 50.0, entry.stroke, entry.name);
    format!(
        "<line x1=\"{LEGEND}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\" {stroke}/>\n\
         <text x=\"{text}\" y=\"{}\">{}</text>\n",
        y + 4.0,
        escaped(name)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hitratio::{Point, all};

    fn drawn() -> (Vec<Contestant>, String) {
        let contestants = all();
        let point = |capacity| {
            let ratios = (0..contestants.len()).map(as_float);
            Point { capacity, share: None, ratios: ratios.collect() }
        };
        let points = [16, 40, 100, 1_000].map(point).to_vec();
        let replay = Replay { trace: "a<b & \"c\"".to_owned(), requests: 10, points };
        let text = render(&contestants, &replay);
        (contestants, text)
    }

    /// The names of the elements that are still open at the end, or of the one that closed wrongly.
    fn unbalanced(xml: &str) -> Vec<&str> {
        let mut open = Vec::new();
        for tag in xml.split('<').skip(1) {
            let (tag, text) = tag.split_once('>').expect("a tag ends");
            assert!(!text.contains('>'), "a bare > in {text}");
            assert_eq!(tag.matches('"').count() % 2, 0, "an open quote in {tag}");
            let name = tag.trim_matches('/').split_whitespace().next().expect("a tag has a name");
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return vec![name];
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        open
    }

    #[test]
    fn a_chart_is_well_formed() {
        let (_, text) = drawn();
        assert_eq!(unbalanced(&text), [""; 0]);
        assert_eq!(unbalanced("<a><b></a>"), ["a"]);
        assert!(text.starts_with("<svg xmlns=") && text.ends_with("</svg>\n"));
        assert!(text.contains("a&lt;b &amp; &quot;c&quot;"), "{text}");
        for ampersand in text.split('&').skip(1) {
            assert!(["lt;", "gt;", "amp;", "quot;"].iter().any(|it| ampersand.starts_with(it)));
        }
    }

    #[test]
    fn everybody_has_a_curve_and_a_place_in_the_legend() {
        let (contestants, text) = drawn();
        assert_eq!(text.matches("<polyline ").count(), contestants.len());
        for contestant in contestants {
            assert_eq!(text.matches(&format!(">{}<", contestant.name)).count(), 2);
        }
    }

    #[test]
    fn nothing_is_drawn_outside_the_plot() {
        let (_, text) = drawn();
        for curve in text.split("points=\"").skip(1) {
            let points = curve.split('"').next().unwrap_or_default().split(' ');
            for (x, y) in points.map(|point| point.split_once(',').unwrap()) {
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                assert!((LEFT..=RIGHT).contains(&x) && (TOP..=BOTTOM).contains(&y), "{x},{y}");
            }
        }
    }
}
