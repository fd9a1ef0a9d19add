//! The conformance suite passes what keeps its promises, and no tier that breaks one.

use larder::testing::tiers::{Fault, Faulty, Operation, Recording, conformance};
use larder::tier::{
    Deadline, Epoch, Fetched, Memory, Tier, TierEntry, TierError, TierErrorKind, TierFuture,
    TierKey,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

const ROOM: u64 = 64 * 1024 * 1024;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn the_tier_in_memory_conforms() {
    block_on(conformance(|| Memory::new(ROOM)));
}

#[test]
fn wrappers_that_do_nothing_conform() {
    block_on(conformance(|| Faulty::new(Recording::new(Memory::new(ROOM)))));
}

/// A promise that a [`Broken`] tier does not keep.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Break {
    OldEpochs,
    EpochStays,
    EpochMovesOnPut,
    ClearByPrefix,
    ClearNothing,
    RemoveNothing,
    RemoveFails,
    Deadlines,
    FarDeadlines,
    ExpiredKeepsOld,
    Order,
    FirstOfDuplicates,
    LowerCase,
    EmptyValues,
    LongValues,
    TrimmedNamespace,
    JoinedNames,
    TagsOfAll,
    StaleTags,
    CloseNothing,
    CloseOnce,
}

struct Broken(Break, Memory, std::sync::atomic::AtomicBool);

impl Broken {
    fn key(&self, key: &TierKey) -> TierKey {
        match self.0 {
            Break::LowerCase => TierKey::new(key.as_bytes().to_ascii_lowercase()),
            _ => key.clone(),
        }
    }

    fn namespace(&self, namespace: &str) -> String {
        match self.0 {
            Break::TrimmedNamespace => namespace.trim().to_owned(),
            Break::JoinedNames => namespace.replace('\0', ""),
            Break::ClearByPrefix => namespace.trim_end_matches(char::is_alphanumeric).to_owned(),
            _ => namespace.to_owned(),
        }
    }

    fn entry(&self, entry: &TierEntry) -> TierEntry {
        let mut entry = TierEntry { key: self.key(&entry.key), ..entry.clone() };
        match self.0 {
            Break::OldEpochs => entry.epoch = None,
            Break::Deadlines => entry.deadline = None,
            Break::FarDeadlines => {
                // As a number with a sign.
                entry.deadline = entry.deadline.map(|Deadline(at)| Deadline(at & (u64::MAX >> 20)));
            }
            Break::EmptyValues if entry.value.is_empty() => entry.value = vec![0].into(),
            Break::LongValues => entry.value.truncate(65_535),
            Break::TagsOfAll => entry.tags = vec!["tag".to_owned()],
            _ => {}
        }
        entry
    }
}

impl Tier for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn get<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, Fetched> {
        Box::pin(async move {
            let keys: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
            let mut found = self.1.get(&self.namespace(namespace), &keys).await?;
            match self.0 {
                Break::Order => found.values.reverse(),
                Break::EpochStays => found.epoch = Epoch(7),
                _ => {}
            }
            Ok(found)
        })
    }

    fn put<'a>(&'a self, namespace: &'a str, entries: &'a [TierEntry]) -> TierFuture<'a, ()> {
        Box::pin(async move {
            let namespace = self.namespace(namespace);
            let mut entries: Vec<_> = entries.iter().map(|entry| self.entry(entry)).collect();
            match self.0 {
                Break::FirstOfDuplicates => entries.reverse(),
                Break::ExpiredKeepsOld => {
                    entries.retain(|entry| entry.deadline.is_none_or(|at| at > Deadline(1)));
                }
                Break::EpochMovesOnPut => self.1.clear(&namespace).await?,
                Break::EpochStays => entries.iter_mut().for_each(|entry| entry.epoch = None),
                Break::StaleTags => {
                    for entry in &mut entries {
                        entry.tags.extend(["x".to_owned()]);
                    }
                }
                _ => {}
            }
            self.1.put(&namespace, &entries).await
        })
    }

    fn remove<'a>(&'a self, namespace: &'a str, keys: &'a [TierKey]) -> TierFuture<'a, ()> {
        Box::pin(async move {
            let keys: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
            let namespace = self.namespace(namespace);
            match self.0 {
                Break::RemoveNothing => Ok(()),
                Break::RemoveFails => {
                    let found = self.1.get(&namespace, &keys).await?;
                    self.1.remove(&namespace, &keys).await?;
                    if found.values.iter().any(Option::is_none) {
                        return Err(TierError::new(TierErrorKind::Refused, "gone"));
                    }
                    Ok(())
                }
                _ => self.1.remove(&namespace, &keys).await,
            }
        })
    }

    fn clear<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, ()> {
        Box::pin(async move {
            match self.0 {
                Break::ClearNothing => Ok(()),
                _ => self.1.clear(&self.namespace(namespace)).await,
            }
        })
    }

    fn remove_tagged<'a>(&'a self, namespace: &'a str, tag: &'a str) -> TierFuture<'a, ()> {
        Box::pin(async move {
            let tag = if self.0 == Break::TagsOfAll { "tag" } else { tag };
            self.1.remove_tagged(&self.namespace(namespace), tag).await
        })
    }

    fn close(&self) -> TierFuture<'_, ()> {
        let again = self.2.swap(true, std::sync::atomic::Ordering::SeqCst);
        Box::pin(async move {
            match self.0 {
                Break::CloseNothing => Ok(()),
                Break::CloseOnce if again => Err(TierError::new(TierErrorKind::Closed, "closed")),
                _ => self.1.close().await,
            }
        })
    }
}

#[test]
fn no_broken_promise_is_overlooked() {
    use Break::*;
    let breaks = [
        OldEpochs,
        EpochStays,
        EpochMovesOnPut,
        ClearByPrefix,
        ClearNothing,
        RemoveNothing,
        RemoveFails,
        Deadlines,
        FarDeadlines,
        ExpiredKeepsOld,
        Order,
        FirstOfDuplicates,
        LowerCase,
        EmptyValues,
        LongValues,
        TrimmedNamespace,
        JoinedNames,
        TagsOfAll,
        StaleTags,
        CloseNothing,
        CloseOnce,
    ];
    let passes = |broken: &Break| {
        let make = || Broken(*broken, Memory::new(ROOM), false.into());
        catch_unwind(AssertUnwindSafe(|| block_on(conformance(make)))).is_ok()
    };
    let overlooked: Vec<_> = breaks.into_iter().filter(passes).collect();
    assert!(overlooked.is_empty(), "{overlooked:?}");
}

#[test]
fn the_tier_in_memory_keeps_its_bound_and_forgets_the_first() {
    block_on(async {
        let memory = Memory::new(1_000);
        for n in 0..100_u8 {
            memory.put("n", &[entry(n, 36)]).await.unwrap();
            assert!(memory.bytes() <= 1_000);
        }
        assert_eq!(memory.bytes(), 909, "nine entries of 101");
        assert_eq!(found(&memory, 90).await, None);
        assert!(found(&memory, 91).await.is_some());
        // What does not fit is not stored, and what it was to replace is gone.
        let refused = memory.put("n", &[entry(99, 1_000)]).await.unwrap_err();
        assert_eq!(refused.kind(), TierErrorKind::Refused);
        assert_eq!(found(&memory, 99).await, None);
        memory.clear("n").await.unwrap();
        assert_eq!(memory.bytes(), 0);
    });
}

#[test]
fn faults_come_as_they_were_asked_for() {
    block_on(async {
        let tier = Faulty::new(Memory::new(ROOM));
        let fails = Fault::Fails(TierErrorKind::TimedOut);
        tier.script([Some(fails), Some(Fault::IsDoneAndFails(TierErrorKind::Refused)), None]);
        assert_eq!(put(&tier, 1).await, Err(TierErrorKind::TimedOut));
        assert_eq!(found(tier.inner(), 1).await, None);
        assert_eq!(put(&tier, 2).await, Err(TierErrorKind::Refused));
        assert!(found(tier.inner(), 2).await.is_some());
        assert_eq!(put(&tier, 3).await, Ok(()));
        tier.script([Some(Fault::Forgets), Some(Fault::Garbles), Some(Fault::Truncates)]);
        assert_eq!(put(&tier, 4).await, Ok(()));
        assert_eq!(found(tier.inner(), 4).await, None);
        let garbage = found(&tier, 3).await.unwrap();
        assert!(garbage.len() == 10 && garbage != [3; 10]);
        assert_eq!(found(&tier, 3).await.unwrap(), [3; 5]);
        tier.always(Some(Fault::Fails(TierErrorKind::Unavailable)));
        assert_eq!(put(&tier, 5).await, Err(TierErrorKind::Unavailable));
        tier.always(None);
        assert_eq!(put(&tier, 5).await, Ok(()));
        assert_eq!(tier.count(), 6);
    });
}

#[tokio::test(start_paused = true)]
async fn calls_are_held_up() {
    let tier = Faulty::new(Memory::new(ROOM));
    let second = std::time::Duration::from_secs(1);
    tier.script([Some(Fault::Delays(second)), Some(Fault::Hangs)]);
    let begun = tokio::time::Instant::now();
    assert_eq!(put(&tier, 1).await, Ok(()));
    assert_eq!(begun.elapsed(), second);
    assert!(tokio::time::timeout(second, put(&tier, 2)).await.is_err());
    assert_eq!(found(tier.inner(), 2).await, None);
}

#[test]
fn chance_is_that_of_the_seed() {
    let failures = |seed| {
        block_on(async {
            let tier = Faulty::new(Memory::new(ROOM));
            tier.randomly(seed, 0.3, &[Fault::Fails(TierErrorKind::Unavailable)]);
            let mut failed = Vec::new();
            for n in 0..200 {
                failed.push(put(&tier, n).await.is_err());
            }
            failed
        })
    };
    let count = |failed: &[bool]| failed.iter().filter(|failed| **failed).count();
    assert_eq!(failures(1), failures(1));
    assert_ne!(failures(1), failures(2));
    assert!((30..90).contains(&count(&failures(1))), "{}", count(&failures(1)));
}

#[test]
fn what_was_asked_for_is_recorded() {
    block_on(async {
        let tier = Recording::new(Faulty::new(Memory::new(ROOM)));
        put(&tier, 1).await.unwrap();
        tier.inner().script([Some(Fault::Fails(TierErrorKind::Refused)), Some(Fault::Hangs)]);
        tier.remove("n", &[entry(1, 0).key]).await.unwrap_err();
        let hanging = tier.clear("other");
        assert!(futures_util::future::poll_immediate(hanging).await.is_none());
        assert_eq!((tier.count(Operation::Put), tier.count(Operation::Get)), (1, 0));
        let asked = tier.take();
        let operations: Vec<_> = asked.iter().map(|asked| asked.operation).collect();
        assert_eq!(operations, [Operation::Put, Operation::Remove, Operation::Clear]);
        let outcomes: Vec<_> = asked.iter().map(|asked| asked.outcome).collect();
        assert_eq!(outcomes, [Some(Ok(())), Some(Err(TierErrorKind::Refused)), None]);
        assert_eq!(asked[0].entries, [entry(1, 10)]);
        assert_eq!(asked[1].keys, [entry(1, 0).key]);
        assert_eq!(asked[2].namespace, "other");
        assert!(tier.asked().is_empty());
    });
}

fn entry(n: u8, len: usize) -> TierEntry {
    let (key, value) = (TierKey::new(vec![n]), vec![n; len].into());
    TierEntry { key, value, deadline: None, epoch: None, tags: Vec::new() }
}

async fn put(tier: &impl Tier, n: u8) -> Result<(), TierErrorKind> {
    tier.put("n", &[entry(n, 10)]).await.map_err(|error| error.kind())
}

async fn found(tier: &impl Tier, n: u8) -> Option<Vec<u8>> {
    let fetched = tier.get("n", &[entry(n, 0).key]).await.unwrap();
    fetched.values[0].as_ref().map(|value| value.to_vec())
}
