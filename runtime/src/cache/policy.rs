//! What leaves first.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// What leaves first when a cache is full.
///
/// The way to choose: take [`Lru`](Self::Lru) and look at the hit rate. Where it is lower than hoped for, [`TinyLfu`](Self::TinyLfu)
/// or [`S3Fifo`](Self::S3Fifo) gets more out of the same memory; where hits come from many threads at once,
/// [`Sieve`](Self::Sieve) does the least on each. Expired entries leave first under every policy.
///
/// ```
/// use larder::{Cache, Policy};
///
/// let cache: Cache<u64, u64> = Cache::builder().maxsize(1000).policy(Policy::Sieve).build();
///
/// // By name, for a configuration file. Case, `-` and `_` do not matter.
/// assert_eq!("tinylfu".parse(), Ok(Policy::TinyLfu));
/// assert_eq!("TinyLFU".parse(), Ok(Policy::TinyLfu));
/// assert_eq!("w-tinylfu".parse(), Ok(Policy::TinyLfu));
/// assert_eq!("S3-FIFO".parse(), Ok(Policy::S3Fifo));
/// assert_eq!(Policy::S3Fifo.to_string(), "s3fifo");
/// assert!("s3 fifo".parse::<Policy>().is_err());
/// # drop(cache);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Policy {
    /// Least recently used: what has not been read or written for longest.
    ///
    /// The default, and what most people expect. Good where what was used just now is used again soon. A scan, many
    /// keys that are asked for once, pushes everything else out.
    #[default]
    Lru,
    /// First in, first out: what was stored first, however often it is used.
    ///
    /// Reads change nothing, so they are as cheap as they can be, and it is easy to say what is in the cache. Take it
    /// where keys go out of use by themselves: pages of a feed, days of a report. An entry that is overwritten keeps its
    /// place.
    Fifo,
    /// Least frequently used, with dynamic ageing: what has been used least often, where uses of long ago
    /// count less and less.
    ///
    /// The ageing is that of LFU-DA (Arlitt et al., 2000): an entry begins with the rank of the last one that left, so
    /// what was popular yesterday does not stay for ever. Good for a stable set of favourites, and scans do not harm
    /// it. Slow to take up new favourites: a value that has just been stored may be the one that leaves, and a loop that is
    /// longer than the cache defeats it. An entry that is overwritten keeps its count.
    Lfu,
    /// SIEVE: a queue in the order of arrival, and a hand that moves along it and takes out the first entry that has not
    /// been used since it last came by.
    ///
    /// Zhang et al., NSDI 2024. A hit changes no order, it only leaves a mark. On web traffic its hit rate is at or above
    /// that of LRU. Take it for many threads and a skewed popularity; not where scans return in a loop.
    Sieve,
    /// S3-FIFO: three queues. New keys go through a small one, and only what is used there comes to the main one;
    /// a third remembers the keys of those that left early.
    ///
    /// Yang et al., SOSP 2023. Most keys of most workloads are used once; they leave quickly here and cost little. Take it for
    /// large caches in which many keys are never asked for again, scans included.
    S3Fifo,
    /// W-TinyLFU with an adaptive window: a newcomer displaces an entry only if its key has been asked for more often
    /// lately, as a small sketch of frequencies remembers.
    ///
    /// Einziger et al., ACM TOS 2017; the adaptive window is from Middleware 2018. It is what Caffeine does. Take it for the highest
    /// hit rates over many kinds of traffic; the price is some work for each hit, and the memory of the sketch. A value that has
    /// just been stored may be the one that leaves.
    TinyLfu,
}

impl Policy {
    /// Every policy, in the order in which they are listed here.
    ///
    /// ```
    /// use larder::Policy;
    ///
    /// for policy in Policy::ALL {
    ///     assert_eq!(policy.to_string().parse(), Ok(*policy));
    /// }
    /// ```
    pub const ALL: &'static [Self] =
        &[Self::Lru, Self::Fifo, Self::Lfu, Self::Sieve, Self::S3Fifo, Self::TinyLfu];

    const fn name(self) -> &'static str {
        match self {
            Policy::Lru => "lru",
            Policy::Fifo => "fifo",
            Policy::Lfu => "lfu",
            Policy::Sieve => "sieve",
            Policy::S3Fifo => "s3fifo",
            Policy::TinyLfu => "tinylfu",
        }
    }
}

/// The name that the option `policy = ..` takes.
impl Display for Policy {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// By name, as [`Display`] writes it or as it is written elsewhere: case, `-` and `_` do not matter, and `w-tinylfu` is
/// `tinylfu`.
impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).collect();
        let plain = plain.to_ascii_lowercase();
        let plain = if plain == "wtinylfu" { "tinylfu" } else { &plain };
        let known = Self::ALL.iter().copied().find(|policy| policy.name() == plain);
        known.ok_or_else(|| UnknownPolicy(name.to_owned()))
    }
}

/// A name that no [`Policy`] has.
///
/// ```
/// let error = "mru".parse::<larder::Policy>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "there is no policy `mru`: there are lru, fifo, lfu, sieve, s3fifo, tinylfu",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPolicy(String);

impl Display for UnknownPolicy {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = Policy::ALL.iter().map(|policy| policy.name()).collect();
        write!(f, "there is no policy `{}`: there are {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownPolicy {}
