//! Flights whose body belongs to everybody aboard, and whoever is polled drives it.

use super::Depth::Stops;
use super::flights::{cache, panics, pause, silent_panic};
use super::{Ledger, Sealed, block_on, explore, join, spawn};
use crate::call::key::Leaf;
use crate::call::memoized::{Answer, Ask, Launch, Memoized, Mode, Owned};
use crate::call::owned::{OwnedBody, owned};
use crate::call::shape::Whole;
use crate::sync::Mutex;
use crate::{Cache, Call};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

/// Something that a body waits for, and another thread brings.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<(bool, Option<Waker>)>>);

impl Gate {
    fn open(&self) {
        let waiting = {
            let mut gate = self.0.lock();
            gate.0 = true;
            gate.1.take()
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut gate = self.0.lock();
        if gate.0 {
            return Poll::Ready(());
        }
        let known = gate.1.replace(waker);
        drop(gate);
        drop(known);
        Poll::Pending
    }
}

type Body = OwnedBody<Sealed, Sealed>;

/// A call whose body belongs to its flight, like that of a function that borrows nothing.
struct Shared<'c> {
    cache: &'c Cache<u64, Sealed>,
    key: u64,
    body: Option<Body>,
}

fn shared(
    cache: &Cache<u64, Sealed>,
    key: u64,
    load: impl Future<Output = Sealed> + Send + 'static,
) -> Call<Shared<'_>> {
    Call::new(Shared { cache, key, body: Some(owned(Whole::new(), load)) })
}

impl<'c> Memoized for Shared<'c> {
    type Output = Sealed;
    type Key = u64;
    type Value = Sealed;
    type Body = Body;
    type Shape = Whole<Sealed>;
    type Home = &'c Cache<u64, Sealed>;

    fn home(&self) -> &Self::Home {
        &self.cache
    }

    fn ask(&self, ask: Ask<'_, u64, Sealed>) -> Answer<u64, Sealed> {
        ask.with(Leaf::new(&self.key))
    }

    fn shape(&self) -> Self::Shape {
        Whole::new()
    }

    fn body(&mut self) -> Body {
        self.body.take().expect("a call makes its body once")
    }

    fn launch(&mut self) -> Launch<Sealed, Body> {
        <Owned as Mode<Body, Self::Shape>>::launch(self.body(), Whole::new())
    }
}

/// Callers of a shared body that somebody else lets go on. The first `leaving` of them are polled once and leave.
fn shared_body(callers: usize, leaving: usize) {
    let (cache, ledger, bodies) = (cache(2), Ledger::default(), Arc::new(AtomicUsize::new(0)));
    let gate = Gate::default();
    let load = |ledger: &Ledger, gate: &Gate| {
        let (ledger, gate, bodies) = (ledger.clone(), gate.clone(), bodies.clone());
        async move {
            gate.await;
            ledger.seal(10 + bodies.fetch_add(1, SeqCst) as u64)
        }
    };
    let callers = (0..callers).map(|number| {
        let (cache, load) = (cache.clone(), load(&ledger, &gate));
        spawn(number, move || {
            let mut call = pin!(shared(&cache, 1, load));
            if number >= leaving {
                let value = block_on(call).number();
                assert_eq!(cache.peek(&1).map(|value| value.number()), Some(value));
            } else {
                let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    gate.open();
    join(callers);
    assert!(bodies.load(SeqCst) <= 1, "the body goes from hand to hand");
    drop(cache);
    drop((load, gate));
    assert!(ledger.is_even());
}

#[test]
fn two_callers_of_a_shared_body() {
    explore("two callers of a shared body", Stops(2), 50, || shared_body(2, 0));
}

#[test]
fn three_callers_of_a_shared_body() {
    explore("three callers of a shared body", Stops(1), 50, || shared_body(3, 0));
}

#[test]
fn the_leader_of_a_shared_body_leaves() {
    explore("the leader of a shared body leaves", Stops(2), 50, || shared_body(2, 1));
}

#[test]
fn everybody_leaves_a_shared_body() {
    explore("everybody leaves a shared body", Stops(2), 50, || shared_body(2, 2));
}

/// One caller is polled once, and held until the other has its value. There is no guardian here: the other has to be
/// woken for the body himself.
#[test]
fn a_caller_of_a_shared_body_is_held() {
    explore("a caller of a shared body is held", Stops(3), 50, || {
        let (cache, ledger) = (cache(2), Ledger::default());
        let (gate, over) = (Gate::default(), Gate::default());
        let load = |ledger: &Ledger, gate: &Gate| {
            let (ledger, gate) = (ledger.clone(), gate.clone());
            async move {
                gate.await;
                ledger.seal(9)
            }
        };
        let held = {
            let (cache, load, over) = (cache.clone(), load(&ledger, &gate), over.clone());
            spawn(0, move || {
                let mut call = pin!(shared(&cache, 1, load));
                let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                block_on(over);
            })
        };
        let other = {
            let (cache, load) = (cache.clone(), load(&ledger, &gate));
            spawn(1, move || {
                assert_eq!(block_on(shared(&cache, 1, load)).number(), 9);
                over.open();
            })
        };
        gate.open();
        join([held, other]);
        drop((cache, load, gate));
        assert!(ledger.is_even());
    });
}

#[test]
fn a_shared_body_panics() {
    explore("a shared body panics", Stops(2), 50, || {
        let (cache, bodies) = (cache(2), Arc::new(AtomicUsize::new(0)));
        let ledger = Ledger::default();
        let callers = [0, 1].map(|number| {
            let (cache, bodies, ledger) = (cache.clone(), bodies.clone(), ledger.clone());
            spawn(number, move || {
                let load = async move {
                    pause().await;
                    match bodies.fetch_add(1, SeqCst) {
                        0 => silent_panic(),
                        _ => ledger.seal(8),
                    }
                };
                panics(|| block_on(shared(&cache, 1, load)).number())
            })
        });
        let panicked = join(callers).into_iter().filter(|panicked| *panicked).count();
        assert_eq!(panicked, 1, "the panic is one caller's");
        assert_eq!(cache.peek(&1).map(|value| value.number()), Some(8));
        drop(cache);
        assert!(ledger.is_even());
    });
}
