//! Entries in plain vectors, the first to be looked at first.

pub(crate) type Key = u8;

/// The deadline of what does not expire.
pub(crate) const NEVER: u64 = u64::MAX;

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: u64,
    pub(crate) weight: u64,
    pub(crate) stored: u64,
    pub(crate) deadline: u64,
    /// Uses that the policy has not seen yet.
    pub(crate) uses: u64,
    /// LFU: uses that were seen.
    pub(crate) seen: u64,
    /// LFU: what they were worth then.
    pub(crate) worth: u64,
}

#[derive(Debug)]
pub(crate) struct Queues(pub(crate) Vec<Vec<Entry>>);

impl Queues {
    pub(crate) fn new(number: usize) -> Self {
        Self(vec![Vec::new(); number])
    }

    fn position(&self, key: Key) -> Option<(usize, usize)> {
        self.0.iter().enumerate().find_map(|(queue, entries)| {
            Some((queue, entries.iter().position(|entry| entry.key == key)?))
        })
    }

    pub(crate) fn find(&mut self, key: Key) -> Option<&mut Entry> {
        let (queue, index) = self.position(key)?;
        Some(&mut self.0[queue][index])
    }

    pub(crate) fn take(&mut self, key: Key) -> Option<Entry> {
        let (queue, index) = self.position(key)?;
        Some(self.0[queue].remove(index))
    }

    /// Takes the first of `queue`.
    pub(crate) fn pop(&mut self, queue: usize) -> Entry {
        self.0[queue].remove(0)
    }

    pub(crate) fn push(&mut self, queue: usize, entry: Entry) {
        self.0[queue].push(entry);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().flatten()
    }

    /// What is in `queue`, by weight.
    pub(crate) fn weight(&self, queue: usize) -> u64 {
        self.0[queue].iter().map(|entry| entry.weight).sum()
    }

    pub(crate) fn total_weight(&self) -> u64 {
        self.all().map(|entry| entry.weight).sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.all().count()
    }
}
