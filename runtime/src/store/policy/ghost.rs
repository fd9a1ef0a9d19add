//! Remembers who left lately, by fingerprint, at four bytes each.
//!
//! A table of small queues. A fingerprint belongs to one of them, enters it at its head and falls out at its end. So a
//! table with room for as many as leave in some time remembers about those who left in that time, and how far a
//! fingerprint has been moved tells about when. S3-FIFO's authors keep ghosts in buckets of fingerprints too, but with
//! the time beside each.

/// As many as fit into a cache line.
const QUEUE: usize = 16;

/// Stands for no fingerprint. The one key of four billion that has it is taken for another.
const NOBODY: u32 = 0;

#[derive(Debug, Default)]
pub(in crate::store) struct Ghosts {
    queues: Vec<[u32; QUEUE]>,
}

impl Ghosts {
    /// Remembers `fingerprint` until about `span` more have left.
    pub(in crate::store) fn remember(&mut self, fingerprint: u32, span: usize) {
        self.fit(span);
        self.push(fingerprint.max(1));
    }

    /// Forgets `fingerprint`. If it was known: how long ago it left, in sixteenths of the span.
    pub(in crate::store) fn recall(&mut self, fingerprint: u32) -> Option<usize> {
        let fingerprint = fingerprint.max(1);
        let queue = self.queue(fingerprint)?;
        let age = queue.iter().position(|ghost| *ghost == fingerprint)?;
        queue[age] = NOBODY;
        queue[age..].rotate_left(1);
        Some(age)
    }

    fn queue(&mut self, fingerprint: u32) -> Option<&mut [u32; QUEUE]> {
        // The high bits of the product: evenly spread over any number of queues.
        let number = (u64::from(fingerprint) * self.queues.len() as u64) >> 32;
        self.queues.get_mut(usize::try_from(number).ok()?)
    }

    fn push(&mut self, fingerprint: u32) {
        if let Some(queue) = self.queue(fingerprint) {
            queue.rotate_right(1);
            queue[0] = fingerprint;
        }
    }

    /// Makes the table anew if it is a quarter too small or too large for `span`.
    fn fit(&mut self, span: usize) {
        let needed = span.div_ceil(QUEUE).max(1);
        if needed.abs_diff(self.queues.len()) <= needed / 4 {
            return;
        }
        let old = std::mem::replace(&mut self.queues, vec![[NOBODY; QUEUE]; needed]);
        for age in (0..QUEUE).rev() {
            old.iter()
                .map(|queue| queue[age])
                .filter(|ghost| *ghost != NOBODY)
                .for_each(|ghost| self.push(ghost));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fingerprints that differ in the high bits.
    fn spread(number: u32) -> u32 {
        number.wrapping_mul(0x9E37_79B1)
    }

    #[test]
    fn forgets_the_oldest() {
        let mut ghosts = Ghosts::default();
        (1..=17).for_each(|ghost| ghosts.remember(ghost, 16));
        assert_eq!(ghosts.recall(1), None);
        assert_eq!(ghosts.recall(2), Some(15));
        assert_eq!(ghosts.recall(2), None);
        assert_eq!(ghosts.recall(17), Some(0));
        assert_eq!(ghosts.recall(16), Some(0));
        assert_eq!(ghosts.recall(3), Some(12));
    }

    #[test]
    fn remembers_about_as_many_as_asked_for() {
        let mut ghosts = Ghosts::default();
        (0..100_000).for_each(|ghost| ghosts.remember(spread(ghost), 1000));
        let known = (0..100_000).filter(|ghost| ghosts.recall(spread(*ghost)).is_some()).count();
        assert!((950..=1050).contains(&known), "{known}");
    }

    #[test]
    fn keeps_the_youngest_when_it_is_made_anew() {
        let mut ghosts = Ghosts::default();
        (0..1000).for_each(|ghost| ghosts.remember(spread(ghost), 1000));
        ghosts.remember(spread(1000), 100);
        let known = |ghosts: &mut Ghosts, of: std::ops::Range<u32>| {
            of.filter(|ghost| ghosts.recall(spread(*ghost)).is_some()).count()
        };
        assert!(known(&mut ghosts, 900..1001) > 60);
        assert!(known(&mut ghosts, 0..800) < 20);
    }
}
