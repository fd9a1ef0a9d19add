//! What is timed: weighing every package, again and again.

use std::time::Duration;

use futures_util::future::join_all;
use larder::{Metrics, prelude::*};
use tokio::time::Instant;

use crate::graph::Graph;
use crate::lines::lines;
use crate::progress;
use crate::weight::{calls, weight};

/// A pass without a cache is not started if it would make more calls than this.
const BOUND: u128 = 5_000_000;

/// One pass over the graph and what it cost.
pub(crate) struct Pass {
    /// None if the pass was not run.
    pub(crate) took: Option<Duration>,
    /// How often `weight` was called.
    pub(crate) calls: u128,
    /// How often its body ran.
    pub(crate) bodies: u128,
}

/// Weighs every package, all at once.
pub(crate) async fn run(graph: &Graph) -> Pass {
    let before = weight.get_metrics();
    let work = timed(join_all(graph.ids().map(|id| weight(graph, id))));
    let took = progress::shown(graph.len(), || weight.get_metrics().entries, work).await;
    let after = weight.get_metrics();
    Pass {
        took: Some(took),
        calls: (calls_of(&after) - calls_of(&before)).into(),
        bodies: (bodies_of(&after) - bodies_of(&before)).into(),
    }
}

async fn timed(work: impl Future) -> Duration {
    let started = Instant::now();
    work.await;
    started.elapsed()
}

fn calls_of(metrics: &Metrics) -> u64 {
    metrics.hits + metrics.misses + metrics.coalesced + metrics.bypasses
}

fn bodies_of(metrics: &Metrics) -> u64 {
    metrics.loads + metrics.bypasses
}

/// The same with nothing remembered of `weight`. What that costs is known beforehand; it is done
/// only if it is `wished` and can end in reasonable time.
pub(crate) async fn run_without_cache(graph: &Graph, wished: bool) -> Pass {
    let calls = calls_without_cache(graph).await;
    // Errors are not remembered: a package that cannot be read would be tried again by each call.
    let all_read = lines.get_metrics().load_errors == 0;
    if !wished || !all_read || calls > BOUND {
        let took = None;
        return Pass { took, calls, bodies: calls };
    }
    weight.set_enabled(false);
    let pass = run(graph).await;
    weight.set_enabled(true);
    pass
}

async fn calls_without_cache(graph: &Graph) -> u128 {
    let each = join_all(graph.ids().map(|id| calls(graph, id))).await;
    each.into_iter().fold(0, u128::saturating_add)
}
