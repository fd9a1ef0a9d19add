//! Scenarios of a few threads, in three worlds: loom runs every order of events that matters, shuttle many orders taken
//! at random, and the real threads of a plain `cargo test` a few of those that occur. See `tests/models.sh`.
//!
//! loom knows what a processor may do with `Relaxed`, and which memory is read and written at the same time. So a place
//! that is given away too early is found even if nobody reads a wrong value there. For the other two every value has a
//! seal, and whoever reads one looks whether it is whole.

mod flights;
mod sealed;
mod shared_flights;

pub(crate) use sealed::{Ledger, Sealed};

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

#[cfg(larder_model = "loom")]
use loom::sync::{Condvar, Mutex};
#[cfg(larder_model = "shuttle")]
use shuttle::sync::{Condvar, Mutex};
#[cfg(not(larder_model))]
use std::sync::{Condvar, Mutex};

#[cfg(larder_model = "loom")]
use loom::thread;
#[cfg(larder_model = "shuttle")]
use shuttle::thread;
#[cfg(not(larder_model))]
use std::thread;

/// How many orders of its events loom tries.
#[derive(Clone, Copy)]
#[cfg_attr(not(larder_model = "loom"), expect(dead_code, reason = "the others have no end"))]
pub(crate) enum Depth {
    /// All of them.
    Whole,
    /// Those in which threads are stopped at most so often.
    Stops(usize),
}

/// How long a scenario may take that is not tried in all orders. `LOOM_MAX_DURATION` gives it more, in seconds.
#[cfg(larder_model = "loom")]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);

/// Runs `scenario` in as many orders as the world has. There have to be at least so many under loom: a model without
/// threads would find nothing.
pub(crate) fn explore(
    name: &str,
    depth: Depth,
    least: usize,
    scenario: impl Fn() + Send + Sync + 'static,
) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = runs.clone();
    world::run(name, depth, move || {
        counter.fetch_add(1, Relaxed);
        #[cfg(larder_model)]
        crate::clock::by_hand::begin();
        scenario();
    });
    let runs = runs.load(Relaxed);
    println!("model {name}: {runs} runs");
    assert!(
        cfg!(not(larder_model = "loom"))
            || runs >= least
            || std::env::var_os("LARDER_SCHEDULE").is_some(),
        "{name}: only {runs} runs, where {least} were to be expected"
    );
}

#[cfg(larder_model = "loom")]
mod world {
    use super::Depth;

    /// In words. What loom takes by itself is too little for code that is not optimized.
    const STACK: usize = 0x8000;

    pub(super) fn run(_: &str, depth: Depth, scenario: impl Fn() + Send + Sync + 'static) {
        let mut model = loom::model::Builder::new();
        model.max_branches = model.max_branches.max(20_000);
        if let Depth::Stops(stops) = depth {
            model.preemption_bound.get_or_insert(stops);
            model.max_duration.get_or_insert(super::PATIENCE);
        }
        // How often it looks at the time.
        model.checkpoint_interval = 500;
        let scenario = std::sync::Arc::new(scenario);
        model.check(move || {
            let scenario = scenario.clone();
            spawn(move || scenario()).join().expect("the scenario ends well");
        });
    }

    pub(super) fn spawn<T: Send + 'static>(
        run: impl FnOnce() -> T + Send + 'static,
    ) -> loom::thread::JoinHandle<T> {
        loom::thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread of the model")
    }
}

#[cfg(larder_model = "shuttle")]
mod world {
    use super::Depth;
    use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler};
    use shuttle::{Config, MaxSteps, Runner};
    use std::hash::{BuildHasher, RandomState};
    use std::sync::Arc;

    const STACK: usize = 1 << 20;
    /// The events that PCT moves out of their order.
    const PCT_DEPTH: usize = 3;

    fn number(variable: &str) -> Option<u64> {
        std::env::var(variable).ok()?.parse().ok()
    }

    /// `LARDER_SCHEDULE` is a schedule to be replayed, as a failure prints it, or a file with one; `LARDER_SEED` and
    /// `LARDER_RUNS` are numbers.
    pub(super) fn run(name: &str, _: Depth, scenario: impl Fn() + Send + Sync + 'static) {
        let mut config = Config::new();
        config.stack_size = STACK;
        config.max_steps = MaxSteps::FailAfter(50_000);
        config.silence_warnings = true;
        let scenario = Arc::new(scenario);
        let again = move || {
            let scenario = scenario.clone();
            move || scenario()
        };
        if let Ok(schedule) = std::env::var("LARDER_SCHEDULE") {
            let scheduler = match ReplayScheduler::new_from_file(&schedule) {
                Ok(scheduler) => scheduler,
                Err(_) => ReplayScheduler::new_from_encoded(&schedule),
            };
            Runner::new(scheduler, config).run(again());
            return;
        }
        let seed = number("LARDER_SEED").unwrap_or_else(|| RandomState::new().hash_one(name));
        let runs = number("LARDER_RUNS").map_or(10_000, |runs| usize::try_from(runs).unwrap_or(1));
        println!("LARDER_SEED={seed} LARDER_RUNS={runs} {name}");
        Runner::new(RandomScheduler::new_from_seed(seed, runs), config.clone()).run(again());
        Runner::new(PctScheduler::new_from_seed(seed, PCT_DEPTH, runs), config).run(again());
    }

    pub(super) fn spawn<T: Send + 'static>(
        run: impl FnOnce() -> T + Send + 'static,
    ) -> shuttle::thread::JoinHandle<T> {
        shuttle::thread::spawn(run)
    }
}

#[cfg(not(larder_model))]
mod world {
    use super::Depth;

    pub(super) fn run(_: &str, _: Depth, scenario: impl Fn()) {
        (0..500).for_each(|_| scenario());
    }

    pub(super) fn spawn<T: Send + 'static>(
        run: impl FnOnce() -> T + Send + 'static,
    ) -> std::thread::JoinHandle<T> {
        std::thread::spawn(run)
    }
}

/// A number below `bound`, by chance. A schedule that is replayed has the same ones.
#[cfg(not(larder_model = "loom"))]
pub(crate) fn random(bound: u64) -> u64 {
    #[cfg(larder_model = "shuttle")]
    return shuttle::rand::Rng::gen_range(&mut shuttle::rand::thread_rng(), 0..bound);
    #[cfg(not(larder_model))]
    return std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0) % bound;
}

/// Starts a thread that has this number, or is a guest. The model has lanes for two.
pub(crate) fn spawn<T: Send + 'static>(
    number: usize,
    run: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    world::spawn(move || {
        #[cfg(larder_model)]
        crate::lanes::become_thread(number);
        let _ = number;
        run()
    })
}

/// Waits for all of them.
pub(crate) fn join<T>(threads: impl IntoIterator<Item = thread::JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().expect("the thread ends well")).collect()
}

/// Wakes a thread that waits for a future.
struct Bell {
    rung: Mutex<bool>,
    rings: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.rings.notify_one();
    }
}

/// Runs a future to its end on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell { rung: Mutex::new(false), rings: Condvar::new() });
    let waker = Waker::from(bell.clone());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        // Where all threads of a model are one of the system, a panic of one seems to be one of all.
        let mut rung = bell.rung.lock().unwrap_or_else(PoisonError::into_inner);
        while !*rung {
            rung = bell.rings.wait(rung).unwrap_or_else(PoisonError::into_inner);
        }
        *rung = false;
    }
}
