//! From numbers to places on the paper, and the numbers that are written there.

/// One direction of a plot.
pub(super) struct Axis {
    scale: fn(f64) -> f64,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    marks: Vec<f64>,
}

/// A mark and what is written beside it.
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

impl Axis {
    /// From zero to the next round number, in even steps.
    pub(super) fn even(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let highest = values.fold(1.0, f64::max);
        let steps = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0];
        let step = steps.into_iter().find(|step| highest / step <= 10.0).unwrap_or(20.0);
        let count = (highest / step).ceil();
        let marks = (0..=20_u32).map(f64::from).take_while(|mark| *mark <= count);
        let marks = marks.map(|mark| mark * step).collect();
        Self { scale: |value| value, low: 0.0, high: count * step, from, to, marks }
    }

    /// From the smallest to the largest, ten times as much always equally far away.
    pub(super) fn by_magnitude(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values
            .fold((f64::MAX, 1.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let low = low.min(high / 2.0);
        let powers = (0..9).map(|power| 10_f64.powi(power));
        let marks = powers.flat_map(|power| [power, 2.0 * power, 5.0 * power]);
        let marks = marks.filter(|mark| (low..=high).contains(mark)).collect();
        Self { scale: f64::ln, low, high, from, to, marks }
    }

    /// Where a number is.
    pub(super) fn place(&self, value: f64) -> f64 {
        let [low, high, value] = [self.low, self.high, value].map(self.scale);
        self.from + (self.to - self.from) * (value - low) / (high - low)
    }

    pub(super) fn ticks(&self) -> impl Iterator<Item = Tick> {
        self.marks.iter().map(|&mark| Tick { at: self.place(mark), label: label(mark) })
    }
}

fn label(mark: f64) -> String {
    if mark >= 1000.0 {
        format!("{}k", mark / 1000.0)
    } else {
        format!("{}", (mark * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> String {
        axis.ticks().map(|tick| tick.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn even_steps_end_at_or_above_the_highest_value() {
        let axis = Axis::even([12.0, 41.0].into_iter(), 100.0, 0.0);
        assert_eq!(labels(&axis), "0 5 10 15 20 25 30 35 40 45");
        assert!((axis.place(0.0) - 100.0).abs() < 1e-9 && axis.place(45.0).abs() < 1e-9);
    }

    #[test]
    fn magnitudes_are_equally_far_apart() {
        let axis = Axis::by_magnitude([10.0, 1000.0].into_iter(), 0.0, 100.0);
        assert!((axis.place(100.0) - 50.0).abs() < 1e-9);
        assert_eq!(labels(&axis), "10 20 50 100 200 500 1k");
    }
}
