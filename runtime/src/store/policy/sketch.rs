//! How often keys were asked for lately, in the store or not: about right, at four to eight bytes per entry.
//!
//! A count-min sketch with conservative update: four rows of four-bit counters, of which the lowest is right unless a
//! key has met another in every row. All are halved from time to time. After Einziger, Friedman and Manes, "TinyLFU: A
//! Highly Efficient Cache Admission Policy", ACM Transactions on Storage 2017.

/// Every word has counters of all rows, four of each.
const ROWS: usize = 4;
const MOST: u64 = 15;

/// Odd numbers without a pattern, one for each row.
const SPREAD: [u64; ROWS] =
    [0xC3A5_C85C_97CB_3127, 0xB492_B66F_BE98_F273, 0x9AE1_6A3B_2F90_404F, 0xCBF2_9CE4_8422_2325];

/// A smaller sketch would mix up the many keys that a small cache turns away.
const FEWEST_WORDS: usize = 128;

/// After so many uses per entry all counts are halved: as many as a counter can tell apart.
const USES_PER_ENTRY: u64 = 16;

#[derive(Debug, Default)]
pub(in crate::store) struct Sketch {
    /// None until there was something to choose, then a power of two.
    words: Vec<u64>,
    uses: u64,
    entries: u64,
}

impl Sketch {
    /// Makes it large enough for `entries`. Before the first time it counts nothing.
    pub(in crate::store) fn fit(&mut self, entries: usize) {
        self.entries = entries as u64;
        let needed = (entries / 2).next_power_of_two().max(FEWEST_WORDS);
        if self.words.is_empty() {
            self.words = vec![0; needed];
        }
        while self.words.len() < needed {
            // The low bits of a hash say which word, so what was in one is now to be found in either of two.
            self.words.extend_from_within(..);
        }
    }

    /// How often `fingerprint` was used, at most 15.
    pub(in crate::store) fn count(&self, fingerprint: u32) -> u64 {
        let rows = if self.words.is_empty() { 0..0 } else { 0..ROWS };
        rows.map(|row| self.counter(fingerprint, row)).min().unwrap_or(0)
    }

    /// Counts some uses of `fingerprint`.
    pub(in crate::store) fn record(&mut self, fingerprint: u32, uses: u64) {
        if self.words.is_empty() {
            return;
        }
        let known = self.count(fingerprint);
        let count = (known + uses).min(MOST);
        for row in 0..ROWS {
            // A counter that is ahead was raised by other keys, and is wrong for this one anyway.
            let missing = count.saturating_sub(self.counter(fingerprint, row));
            let (word, shift) = self.position(fingerprint, row);
            self.words[word] += missing << shift;
        }
        self.uses += count - known;
        if self.uses >= USES_PER_ENTRY * self.entries {
            self.halve();
        }
    }

    fn counter(&self, fingerprint: u32, row: usize) -> u64 {
        let (word, shift) = self.position(fingerprint, row);
        self.words[word] >> shift & MOST
    }

    /// The word with the counter, and the bit that it begins at.
    fn position(&self, fingerprint: u32, row: usize) -> (usize, usize) {
        let hash = (u64::from(fingerprint) + 1).wrapping_mul(SPREAD[row]) >> 28;
        let column = (hash & 3) as usize;
        ((hash >> 2) as usize & (self.words.len() - 1), 4 * (ROWS * column + row))
    }

    fn halve(&mut self) {
        self.uses /= 2;
        for word in &mut self.words {
            // The lowest bit of each counter must not become the highest of its neighbour.
            *word = *word >> 1 & 0x7777_7777_7777_7777;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_nothing_before_there_is_a_choice() {
        let mut sketch = Sketch::default();
        sketch.record(7, 3);
        assert_eq!(sketch.count(7), 0);
    }

    #[test]
    fn counts_survive_growth() {
        let mut sketch = Sketch::default();
        sketch.fit(256);
        (0..100).for_each(|key| sketch.record(key << 16, u64::from(key % 15)));
        let counts =
            |sketch: &Sketch| (0..100).map(|key| sketch.count(key << 16)).collect::<Vec<_>>();
        let before = counts(&sketch);
        sketch.fit(100_000);
        assert_eq!(sketch.words.len(), 65_536);
        assert_eq!(counts(&sketch), before);
        assert_eq!(before[7], 7);
    }

    #[test]
    fn old_uses_count_half() {
        let mut sketch = Sketch::default();
        sketch.fit(2);
        sketch.record(7, 15);
        sketch.record(8, 15);
        assert_eq!((sketch.count(7), sketch.count(8)), (15, 15));
        sketch.record(9, 2);
        assert_eq!((sketch.count(7), sketch.count(8), sketch.count(9)), (7, 7, 1));
    }
}
