//! What happens when another process does something between any two requests of a call.

use super::{Item, Namespaces, Part, Wire, escaped, hex};
use crate::tier::{Epoch, Tier, TierEntry, TierError, TierErrorKind, TierFuture, TierKey};
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

type Process = Namespaces<Shelf>;

/// A store that answers at once. Somebody may do something else before it does.
#[derive(Clone, Default)]
struct Shelf {
    stored: Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>,
    between: Arc<Mutex<Between>>,
}

/// What is done before the request of this number, and whether its answer is lost.
#[derive(Default)]
struct Between {
    wait: usize,
    then: Option<Box<dyn FnOnce() + Send>>,
    answer_is_lost: bool,
}

impl Shelf {
    fn process(&self) -> Process {
        Namespaces::new(self.clone(), "shelf", Duration::MAX)
    }

    /// The same store, as somebody else sees it.
    fn elsewhere(&self) -> Process {
        Self { stored: self.stored.clone(), ..Self::default() }.process()
    }

    /// Has something done after so many requests.
    fn after(&self, requests: usize, then: impl FnOnce() + Send + 'static) {
        *self.between.lock() =
            Between { wait: requests, then: Some(Box::new(then)), answer_is_lost: false };
    }

    fn is_asked(&self) {
        let mut between = self.between.lock();
        let then = if between.wait == 0 { between.then.take() } else { None };
        between.wait = between.wait.saturating_sub(1);
        drop(between);
        if let Some(then) = then {
            then();
        }
    }

    fn forget(&self, name: &[u8]) {
        self.stored.lock().remove(name);
    }
}

impl Wire for Shelf {
    fn max_value(&self) -> usize {
        usize::MAX
    }

    fn name(&self, namespace: &str, part: Part<'_>) -> Vec<u8> {
        let namespace = escaped(namespace);
        match part {
            Part::Epoch => format!("{namespace}:e"),
            Part::Tag(hash) => format!("{namespace}:t:{}", hex(hash)),
            Part::Entry(epoch, key) => format!("{namespace}:v:{epoch:x}:{}", hex(key.as_bytes())),
        }
        .into_bytes()
    }

    async fn fetch(&self, names: &[Vec<u8>]) -> Result<Vec<Option<Bytes>>, TierError> {
        self.is_asked();
        let stored = self.stored.lock();
        Ok(names.iter().map(|name| stored.get(name).cloned().map(Bytes::from)).collect())
    }

    async fn add(&self, item: &Item) -> Result<Option<Bytes>, TierError> {
        self.is_asked();
        let mut stored = self.stored.lock();
        if let Some(known) = stored.get(&item.name) {
            return Ok(Some(known.clone().into()));
        }
        stored.insert(item.name.clone(), item.value.clone());
        Ok(None)
    }

    async fn store(&self, items: &[Item]) -> Result<(), TierError> {
        self.is_asked();
        let mut stored = self.stored.lock();
        for item in items {
            stored.insert(item.name.clone(), item.value.clone());
        }
        drop(stored);
        if std::mem::take(&mut self.between.lock().answer_is_lost) {
            return Err(TierError::new(TierErrorKind::Unavailable, "the answer is lost"));
        }
        Ok(())
    }

    async fn remove(&self, names: &[Vec<u8>]) -> Result<(), TierError> {
        self.is_asked();
        for name in names {
            self.forget(name);
        }
        Ok(())
    }

    fn close(&self) {}
}

/// What a call comes to that never has to wait.
fn now<T>(mut call: TierFuture<'_, T>) -> T {
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done.expect("a store that works"),
        Poll::Pending => panic!("a store that answers at once"),
    }
}

fn key() -> TierKey {
    TierKey::new(b"k".to_vec())
}

fn get(process: &Process) -> (Epoch, Option<Bytes>) {
    let mut fetched = now(process.get("n", &[key()]));
    (fetched.epoch, fetched.values.pop().flatten())
}

fn put(process: &Process, epoch: Option<Epoch>, value: &'static str) {
    let value = Bytes::from_static(value.as_bytes());
    now(process.put("n", &[TierEntry { key: key(), value, deadline: None, epoch, tags: vec![] }]));
}

/// What a process may know of the namespace when it calls.
#[derive(Debug, Clone, Copy)]
enum Knows {
    Nothing,
    ThePresent,
    ThePast,
}

/// What another one does meanwhile.
#[derive(Debug, Clone, Copy)]
enum Other {
    Clears,
    ClearsAndPuts,
    ClearsTwiceAndPuts,
    Puts,
    Forgets,
    ForgetsAndPuts,
}

impl Other {
    const ALL: [Self; 6] = [
        Self::Clears,
        Self::ClearsAndPuts,
        Self::ClearsTwiceAndPuts,
        Self::Puts,
        Self::Forgets,
        Self::ForgetsAndPuts,
    ];

    fn acts(self, other: &Process) {
        match self {
            Self::Clears | Self::ClearsAndPuts => now(other.clear("n")),
            Self::ClearsTwiceAndPuts => (0..2).for_each(|_| now(other.clear("n"))),
            Self::Forgets | Self::ForgetsAndPuts => other.wire.forget(b"n:e"),
            Self::Puts => {}
        }
        if !matches!(self, Self::Clears | Self::Forgets) {
            put(other, None, "new");
        }
    }

    fn puts(self) -> bool {
        !matches!(self, Self::Clears | Self::Forgets)
    }
}

/// Has `test` done in every situation: with a process in front of a store in which another one has put "old", and with
/// something that a third one does after any number of its requests.
fn in_every_situation(test: impl Fn(&Process, &Process, Other, &str)) {
    for knows in [Knows::Nothing, Knows::ThePresent, Knows::ThePast] {
        for other in Other::ALL {
            for requests in 0..5 {
                let shelf = Shelf::default();
                let (mine, theirs) = (shelf.process(), shelf.elsewhere());
                put(&theirs, None, "older");
                if matches!(knows, Knows::ThePast) {
                    get(&mine);
                }
                now(theirs.clear("n"));
                put(&theirs, None, "old");
                if matches!(knows, Knows::ThePresent) {
                    get(&mine);
                }
                let third = shelf.elsewhere();
                shelf.after(requests, move || other.acts(&third));
                let what = format!("{knows:?}, {other:?} after {requests} requests");
                test(&mine, &theirs, other, &what);
            }
        }
    }
}

#[test]
fn what_was_there_when_a_removal_began_is_not_there_when_it_ends() {
    in_every_situation(|mine, theirs, other, what| {
        now(mine.remove("n", &[key()]));
        let (_, found) = get(theirs);
        let new = other.puts() && found.as_deref() == Some(b"new");
        assert!(found.is_none() || new, "{what}: {found:?}");
        // And it stays so, whatever has to happen still.
        *mine.wire.between.lock() = Between::default();
        now(mine.remove("n", &[key()]));
        assert_eq!(get(theirs).1, None, "{what}");
    });
}

#[test]
fn what_is_found_was_there_during_the_call() {
    in_every_situation(|mine, theirs, other, what| {
        let before = get(theirs).0;
        let (epoch, found) = get(mine);
        match found.as_deref() {
            None => {}
            Some(b"old") => assert_eq!(epoch, before, "{what}"),
            Some(b"new") => assert!(other.puts(), "{what}"),
            Some(value) => panic!("{what}: {value:?}"),
        }
        // What is put where nothing was found is in the epoch that was told, or nowhere.
        put(mine, Some(epoch), "mine");
        let (present, found) = get(theirs);
        assert_eq!(found.as_deref() == Some(b"mine"), present == epoch, "{what}: {found:?}");
    });
}

#[test]
fn a_clear_leaves_nothing_that_was_there_when_it_began() {
    in_every_situation(|mine, theirs, other, what| {
        let before = get(theirs).0;
        now(mine.clear("n"));
        *mine.wire.between.lock() = Between::default();
        let (epoch, found) = get(theirs);
        assert_ne!(epoch, before, "{what}");
        assert!(found.is_none(), "{what}: {found:?} by {other:?}");
        put(mine, Some(before), "late");
        assert_eq!(get(theirs).1, None, "{what}");
    });
}

#[test]
fn what_is_put_for_the_present_epoch_is_found_unless_it_was_cleared() {
    in_every_situation(|mine, theirs, other, what| {
        put(mine, None, "mine");
        let (_, found) = get(theirs);
        let kept = matches!(found.as_deref(), Some(b"mine" | b"new"));
        let cleared = !matches!(other, Other::Puts);
        assert!(kept || cleared, "{what}: {found:?}");
    });
}

/// Whether a number has arrived is not known where the answer is lost. It is not written again: others may have read it,
/// and replaced it.
#[test]
fn a_number_whose_answer_is_lost_is_not_sent_again() {
    let shelf = Shelf::default();
    let (mine, theirs) = (shelf.process(), shelf.elsewhere());
    put(&theirs, None, "old");
    shelf.between.lock().answer_is_lost = true;
    let written = Arc::new(Mutex::new(None));
    let (seen, third) = (written.clone(), shelf.elsewhere());
    shelf.between.lock().wait = 1;
    shelf.between.lock().then = Some(Box::new(move || {
        put(&third, None, "between");
        *seen.lock() = Some(get(&third).0);
        now(third.clear("n"));
    }));
    now(mine.clear("n"));
    let (epoch, found) = get(&theirs);
    assert_eq!(found, None);
    assert_ne!(Some(epoch), *written.lock(), "the first number is over");
    put(&theirs, *written.lock(), "late");
    assert_eq!(get(&theirs).1, None);
}
