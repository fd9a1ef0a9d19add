//! A tier that fails.

use crate::tier::{Fetched, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey};
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::time::Duration;

/// What happens to a call of a [`Faulty`] tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It fails, and nothing is done.
    Fails(TierErrorKind),
    /// It is done, and fails all the same: the answer is lost.
    IsDoneAndFails(TierErrorKind),
    /// It is done after this long. Needs tokio's time.
    Delays(Duration),
    /// It never ends.
    Hangs,
    /// The values that it finds are garbage, of the same length. Calls that find none are done.
    Garbles,
    /// The values that it finds are cut in half. Calls that find none are done.
    Truncates,
    /// It finds nothing, and stores nothing, without an error. Removals are done.
    Forgets,
}

/// A tier that does to calls of another what it is told to: a script for the next ones, or what chance brings.
///
/// A call goes by the script while there is one, then by what [`always`](Self::always) says, then by chance. `flush` and
/// `close` are never hit.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use larder::testing::tiers::{Fault, Faulty};
/// use larder::tier::{Memory, Tier, TierErrorKind};
///
/// let tier = Faulty::new(Memory::new(1000));
/// tier.script([None, Some(Fault::Fails(TierErrorKind::TimedOut))]);
/// assert!(tier.get("namespace", &[]).await.is_ok());
/// assert_eq!(tier.get("namespace", &[]).await.unwrap_err().kind(), TierErrorKind::TimedOut);
/// assert!(tier.get("namespace", &[]).await.is_ok());
/// assert_eq!(tier.count(), 1);
/// # });
/// ```
#[derive(Debug)]
pub struct Faulty<T> {
    tier: T,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    script: VecDeque<Option<Fault>>,
    always: Option<Fault>,
    chance: Option<Chance>,
    count: u64,
}

#[derive(Debug)]
struct Chance {
    state: u64,
    probability: f64,
    faults: Vec<Fault>,
}

impl<T> Faulty<T> {
    /// One that does nothing but what `tier` does, until it is told otherwise.
    #[must_use]
    pub fn new(tier: T) -> Self {
        Self { tier, plan: Mutex::default() }
    }

    /// What happens to the next calls, one after the other; `None` leaves one alone. They come after what an earlier script has
    /// left.
    ///
    /// ```
    /// # use larder::{testing::tiers::{Fault, Faulty}, tier::Memory};
    /// let tier = Faulty::new(Memory::new(1000));
    /// tier.script([Some(Fault::Hangs), None, Some(Fault::Garbles)]);
    /// ```
    pub fn script(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.plan.lock().script.extend(faults);
    }

    /// What happens to every call from now on, until it is told again; `None` for nothing.
    ///
    /// ```
    /// # use larder::{testing::tiers::{Fault, Faulty}, tier::{Memory, TierErrorKind}};
    /// let tier = Faulty::new(Memory::new(1000));
    /// tier.always(Some(Fault::Fails(TierErrorKind::Unavailable)));
    /// tier.always(None);
    /// ```
    pub fn always(&self, fault: Option<Fault>) {
        self.plan.lock().always = fault;
    }

    /// From now on one of `faults` happens to each call with this probability. The same seed brings the same in the same order.
    ///
    /// ```
    /// # use larder::{testing::tiers::{Fault, Faulty}, tier::Memory};
    /// let tier = Faulty::new(Memory::new(1000));
    /// tier.randomly(7, 0.1, &[Fault::Forgets, Fault::Garbles]);
    /// ```
    ///
    /// # Panics
    /// When there are no faults, or the probability is not between 0 and 1.
    pub fn randomly(&self, seed: u64, probability: f64, faults: &[Fault]) {
        assert!(!faults.is_empty(), "one of no faults");
        assert!((0.0..=1.0).contains(&probability), "a probability is between 0 and 1");
        let chance = Chance { state: seed, probability, faults: faults.to_vec() };
        self.plan.lock().chance = Some(chance);
    }

    /// To how many calls something has happened.
    pub fn count(&self) -> u64 {
        self.plan.lock().count
    }

    /// The tier that does what is left to do.
    pub fn inner(&self) -> &T {
        &self.tier
    }

    fn next(&self) -> Option<Fault> {
        let mut plan = self.plan.lock();
        let fault = match plan.script.pop_front() {
            Some(written) => written,
            None => plan.always.or_else(|| plan.chance.as_mut()?.next()),
        };
        plan.count += u64::from(fault.is_some());
        fault
    }

    /// Has a call done that finds no values.
    fn change<'a>(
        &'a self,
        may_be_forgotten: bool,
        call: impl FnOnce(&'a T) -> TierFuture<'a, ()> + Send + 'a,
    ) -> TierFuture<'a, ()>
    where
        T: Sync,
    {
        Box::pin(async move {
            let fault = self.next();
            before(fault).await?;
            if fault == Some(Fault::Forgets) && may_be_forgotten {
                return Ok(());
            }
            call(&self.tier).await?;
            after(fault)
        })
    }
}

impl Chance {
    fn next(&mut self) -> Option<Fault> {
        #[expect(clippy::cast_precision_loss, reason = "32 bits of chance are enough")]
        let roll = (self.number() >> 32) as f64 / f64::from(u32::MAX);
        let which = usize::try_from(self.number() >> 32).unwrap_or(0) % self.faults.len();
        (roll < self.probability).then(|| self.faults[which])
    }

    /// `SplitMix64`, which any seed starts well.
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

async fn before(fault: Option<Fault>) -> Result<(), TierError> {
    match fault {
        Some(Fault::Fails(kind)) => Err(planned(kind)),
        Some(Fault::Delays(time)) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
        Some(Fault::Hangs) => std::future::pending().await,
        _ => Ok(()),
    }
}

fn after(fault: Option<Fault>) -> Result<(), TierError> {
    match fault {
        Some(Fault::IsDoneAndFails(kind)) => Err(planned(kind)),
        _ => Ok(()),
    }
}

fn planned(kind: TierErrorKind) -> TierError {
    TierError::new(kind, "a fault that a test has asked for")
}

fn spoil(value: &Bytes, fault: Option<Fault>) -> Option<Bytes> {
    match fault {
        Some(Fault::Garbles) => {
            Some(value.iter().map(|byte| byte.wrapping_mul(31) ^ 0x5a).collect())
        }
        Some(Fault::Truncates) => Some(value.slice(..value.len() / 2)),
        Some(Fault::Forgets) => None,
        _ => Some(value.clone()),
    }
}

impl<T: Tier> Tier for Faulty<T> {
    fn name(&self) -> &'static str {
        self.tier.name()
    }

    fn place(&self) -> Option<String> {
        self.tier.place()
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        Box::pin(async move {
            let fault = self.next();
            before(fault).await?;
            let fetched = self.tier.get(namespace, keys).await?;
            after(fault)?;
            let spoil =
                |value: &Option<Bytes>| value.as_ref().and_then(|value| spoil(value, fault));
            Ok(Fetched { values: fetched.values.iter().map(spoil).collect(), ..fetched })
        })
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        self.change(true, move |tier| tier.put(namespace, entries))
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        self.change(false, move |tier| tier.remove(namespace, keys))
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        self.change(false, move |tier| tier.clear(namespace))
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        self.change(false, move |tier| tier.remove_tagged(namespace, tag))
    }

    fn flush(&self) -> TierFuture<'_, ()> {
        self.tier.flush()
    }

    fn close(&self) -> TierFuture<'_, ()> {
        self.tier.close()
    }
}
