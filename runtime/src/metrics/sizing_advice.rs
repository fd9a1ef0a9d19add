//! What other sizes of a cache would be worth.

use std::fmt::{Display, Formatter};

/// The hit rates that a cache would have with other sizes: [`Metrics::sizing`](crate::Metrics::sizing).
///
/// They rest on a sample of the keys that were asked for, so they are estimates; the more accesses were sampled, the
/// better. As a rule: below a thousand they are a guess, and the table says so. An increase of the size that hardly raises
/// the rate is memory for nothing, and so is what a decrease would free that hardly lowers it.
///
/// Lifetimes are not modelled: what a larger cache would have held longer is not known to expire. So where entries expire,
/// as with `#[async_ttl]`, larger sizes look better than they are, and the last line of the table says that.
///
/// It displays as a table:
///
/// ```text
/// size  x size  hit rate
///  250    0.25    41.3 %
///  500     0.5    58.0 %
/// 1000       1    71.9 %
/// 2000       2    84.2 %
/// 4000       4    85.0 %
/// 8000       8    85.0 %
/// from 20000 sampled accesses
/// ```
///
/// or, while [`sampled`](Self::sampled) is 0, as `nothing sampled yet`.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Sizing {
    /// One for each size, from the smallest to the largest: a quarter, a half, the present one, and two, four and
    /// eight times that. Sizes that come to 0 are left out.
    pub points: Vec<SizePoint>,
    /// How many accesses the rates rest on. While it is 0 all of them are 0, which says nothing.
    pub sampled: u64,
    /// What its table has to say of the cache.
    pub(crate) cache: Nature,
}

/// What is to be known of a cache by who reads advice about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Nature {
    /// Its size is in bytes, not in entries.
    pub(crate) weighs: bool,
    /// Some of its entries have, or had, a lifetime.
    pub(crate) expires: bool,
}

/// The hit rate that one size would have.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct SizePoint {
    /// How many times the present size.
    pub factor: f64,
    /// The size: bytes, or what else the weigher counts, in a cache with `max_bytes`; entries in any other.
    pub capacity: u64,
    /// The share of accesses that would find their key, between 0 and 1.
    pub hit_rate: f64,
}

/// The sizes that are looked at, as numerator and denominator of what they are of the present one.
pub(crate) const FACTORS: [(u64, u64); 6] = [(1, 4), (1, 2), (1, 1), (2, 1), (4, 1), (8, 1)];

/// With fewer samples than that, rates are a guess.
const ENOUGH: u64 = 1000;

impl Sizing {
    /// The advice for a cache of size `capacity`, with one rate for each of [`FACTORS`].
    pub(crate) fn new(
        capacity: u64,
        sampled: u64,
        hit_rates: [f64; FACTORS.len()],
        cache: Nature,
    ) -> Self {
        let point = |((times, part), hit_rate): ((u64, u64), f64)| SizePoint {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            factor: times as f64 / part as f64,
            capacity: capacity.saturating_mul(times) / part,
            hit_rate,
        };
        let points = FACTORS.into_iter().zip(hit_rates).map(point);
        // Nobody would have a cache that holds nothing.
        let points = points.filter(|point| point.capacity > 0).collect();
        Self { points, sampled, cache }
    }

    /// What the sizes are called, with their unit.
    fn heading(&self) -> &'static str {
        if self.cache.weighs { "size (bytes)" } else { "size" }
    }
}

impl Display for Sizing {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.sampled == 0 {
            return f.write_str("nothing sampled yet");
        }
        if self.points.is_empty() {
            return f.write_str("no other sizes: this one is 0");
        }
        let digits = |point: &SizePoint| point.capacity.to_string().len();
        let width = self.points.iter().map(digits).max().unwrap_or(0).max(self.heading().len());
        writeln!(f, "{:>width$}  x size  hit rate", self.heading())?;
        for SizePoint { factor, capacity, hit_rate } in &self.points {
            writeln!(f, "{capacity:>width$}  {factor:>6}  {:>6.1} %", 100.0 * hit_rate)?;
        }
        write!(f, "from {} sampled accesses", self.sampled)?;
        if self.sampled < ENOUGH {
            f.write_str(": a guess")?;
        }
        if self.cache.expires {
            f.write_str("\nlifetimes are not modelled: larger sizes look better than they are")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: Nature = Nature { weighs: false, expires: false };

    #[test]
    fn a_table() {
        let sizing = Sizing::new(1000, 20_000, [0.413, 0.58, 0.719, 0.842, 0.85, 1.0], ENTRIES);
        let table = "size  x size  hit rate\n \
                      250    0.25    41.3 %\n \
                      500     0.5    58.0 %\n\
                     1000       1    71.9 %\n\
                     2000       2    84.2 %\n\
                     4000       4    85.0 %\n\
                     8000       8   100.0 %\n\
                     from 20000 sampled accesses";
        assert_eq!(sizing.to_string(), table);
    }

    #[test]
    fn sizes_without_a_bound_in_sight() {
        let sizing = Sizing::new(u64::MAX, 0, [0.0; 6], ENTRIES);
        assert_eq!(sizing.points[5].capacity, u64::MAX);
        assert_eq!(sizing.to_string(), "nothing sampled yet");
    }

    #[test]
    fn a_table_says_what_it_does_not_know() {
        let cache = Nature { weighs: true, expires: true };
        let sizing = Sizing::new(2000, 999, [0.5; 6], cache);
        let table = "size (bytes)  x size  hit rate\n         \
                              500    0.25    50.0 %\n        \
                             1000     0.5    50.0 %\n        \
                             2000       1    50.0 %\n        \
                             4000       2    50.0 %\n        \
                             8000       4    50.0 %\n       \
                            16000       8    50.0 %\n\
                     from 999 sampled accesses: a guess\n\
                     lifetimes are not modelled: larger sizes look better than they are";
        assert_eq!(sizing.to_string(), table);
        assert!(!Sizing { sampled: 1000, ..sizing }.to_string().contains("a guess"));
    }

    #[test]
    fn sizes_of_nothing_are_left_out() {
        let factors = |capacity| {
            let sizing = Sizing::new(capacity, 5000, [0.5; 6], ENTRIES);
            sizing.points.iter().map(|point| point.factor).collect::<Vec<_>>()
        };
        assert_eq!(factors(3), [0.5, 1.0, 2.0, 4.0, 8.0]);
        assert_eq!(factors(1), [1.0, 2.0, 4.0, 8.0]);
        let nothing = Sizing::new(0, 5000, [0.5; 6], ENTRIES);
        assert_eq!(nothing.to_string(), "no other sizes: this one is 0");
    }
}
