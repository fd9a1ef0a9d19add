//! Coalescing: a thousand tasks ask for one key that nobody has computed yet.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use tokio::task::{JoinSet, LocalSet};

use super::{Call, Course, Turn};
use crate::key;
use crate::lane::{self, Lane};
use crate::sample::Sample;

/// Callers still to come before a body may end. One stampede runs at a time.
static AWAITED: AtomicU32 = AtomicU32::new(0);

/// Stampedes in one turn, so that a turn is longer than the noise of starting threads.
const STAMPEDES: u32 = 4;

/// Many callers on one miss.
#[derive(Debug, Clone, Copy)]
pub struct Stampede {
    callers: u32,
}

impl Stampede {
    /// `callers` tasks for each key.
    pub fn new(callers: u32) -> Self {
        Self { callers }
    }

    async fn one(self, lane: &Lane<'_>, call: &Arc<impl Call<u64>>, key: u64, callers: u32) {
        if lane.meet() {
            AWAITED.store(self.callers, Ordering::SeqCst);
        }
        lane.measured(LocalSet::new().run_until(together(call, key, callers))).await;
    }
}

impl Course for Stampede {
    type Key = u64;

    fn calls(&self) -> u32 {
        self.callers * STAMPEDES
    }

    fn run(&self, call: &Arc<impl Call<u64>>, turn: Turn) -> Sample {
        let callers = self.callers / turn.threads;
        let keys = turn.fresh_numbers(STAMPEDES);
        lane::run(turn.threads, callers * STAMPEDES, async |lane| {
            for &key in &keys {
                self.one(lane, call, key, callers).await;
            }
        })
    }
}

/// Starts the tasks and waits for the last of them.
async fn together(call: &Arc<impl Call<u64>>, key: u64, callers: u32) {
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let call = Arc::clone(call);
        tasks.spawn_local(async move {
            AWAITED.fetch_sub(1, Ordering::SeqCst);
            call(key).await
        });
    }
    while let Some(value) = tasks.join_next().await {
        assert_eq!(value.expect("a caller panicked"), key::Key::value(key));
    }
}

/// A body that ends only when every caller has arrived: no caller finds the value ready.
pub(crate) async fn gathered_load(key: u64) -> u64 {
    poll_fn(|context| {
        if AWAITED.load(Ordering::SeqCst) == 0 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    key::load(key).await
}
