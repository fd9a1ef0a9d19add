//! Requests as they were recorded.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// The shares of the distinct keys, in percent, that the table is about.
pub(super) const SHARES: [u32; 4] = [1, 5, 10, 25];

/// No cache is smaller: with less than that, sharded caches have shards without an entry.
const SMALLEST: usize = 16;

/// How many capacities a curve has, apart from those of the table.
const STEPS: i32 = 9;

/// The keys that somebody asked for, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The name of its file, without extension.
    pub name: String,
    /// One for each request.
    pub keys: Vec<u64>,
    /// How many of them are different.
    pub distinct: usize,
}

impl Trace {
    /// Reads one decimal key a line, from a file that may be compressed by `zstd`.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is something else.
    pub fn read(path: &Path) -> Result<Self, String> {
        let failed = |problem: String| format!("{}: {problem}", path.display());
        let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
        let compressed = path.extension().is_some_and(|extension| extension == "zst");
        let bytes = if compressed { zstd::decode_all(&*bytes) } else { Ok(bytes) };
        let bytes = bytes.map_err(|error| failed(error.to_string()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&name, &String::from_utf8_lossy(&bytes)).map_err(failed)
    }

    fn parse(name: &str, text: &str) -> Result<Self, String> {
        let number = |(index, line): (usize, &str)| {
            let problem = || format!("line {} is not a key: {line:?}", index + 1);
            line.trim().parse().map_err(|_| problem())
        };
        let keys = text.lines().enumerate().map(number).collect::<Result<Vec<u64>, _>>()?;
        if keys.is_empty() {
            return Err("no requests".to_owned());
        }
        let distinct = keys.iter().collect::<HashSet<_>>().len();
        Ok(Self { name: name.to_owned(), keys, distinct })
    }

    /// A capacity of so many percent of the distinct keys.
    pub fn share(&self, percent: u32) -> usize {
        SMALLEST.max(self.distinct * percent as usize / 100)
    }

    /// The capacities of the table.
    pub fn table(&self) -> Vec<usize> {
        SHARES.map(|percent| self.share(percent)).to_vec()
    }

    /// The capacities of a curve: those of the table, and from the smallest to half of the keys in
    /// equal ratios, so that they are equally far apart where capacities are drawn by magnitude.
    pub fn curve(&self) -> Vec<usize> {
        let low = as_float((self.distinct / 500).max(SMALLEST));
        let high = as_float((self.distinct / 2).max(2 * SMALLEST));
        let step = (high / low).powf(1.0 / f64::from(STEPS - 1));
        let mut all = self.table();
        all.extend((0..STEPS).map(|index| as_count(low * step.powi(index))));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Counts of entries and requests are far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn as_float(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "capacities are positive and far below 2^52"
)]
fn as_count(number: f64) -> usize {
    number.round() as usize
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn kept(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("traces").join(name)
    }

    #[test]
    fn a_line_is_a_key() {
        let trace = Trace::parse("some", "7\n8\r\n7\n").unwrap();
        assert_eq!((&*trace.keys, trace.distinct), ([7, 8, 7].as_slice(), 2));
    }

    #[test]
    fn what_is_not_a_trace_is_refused_with_its_line() {
        assert_eq!(Trace::parse("", "7\nx\n"), Err("line 2 is not a key: \"x\"".to_owned()));
        assert_eq!(Trace::parse("", ""), Err("no requests".to_owned()));
        let missing = Trace::read(Path::new("no-such.zst")).unwrap_err();
        assert!(missing.starts_with("no-such.zst: "), "{missing}");
    }

    #[test]
    fn the_kept_traces_are_what_their_origin_says() {
        let facts = ["web07.zst", "2-pools.zst"].map(|name| {
            let trace = Trace::read(&kept(name)).unwrap();
            (trace.name.clone(), trace.keys.len(), trace.distinct, trace.table())
        });
        assert_eq!(
            facts,
            [
                ("web07".to_owned(), 76_118, 20_484, vec![204, 1_024, 2_048, 5_121]),
                ("2-pools".to_owned(), 100_000, 9_939, vec![99, 496, 993, 2_484]),
            ]
        );
    }

    #[test]
    fn a_curve_has_at_least_eight_capacities() {
        for distinct in [1, 100, 1_011, 426_527] {
            let trace = Trace { name: String::new(), keys: Vec::new(), distinct };
            let curve = trace.curve();
            assert!(curve.len() >= 8 && curve.is_sorted(), "{curve:?}");
        }
    }
}
