//! Values that outlive this program, in a database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use larder::prelude::*;
use larder::tier::{Layer, Sqlite, TierError, Write};
use tokio::time::Instant;

use crate::graph::Graph;
use crate::lines::lines;
use crate::weight::weight;

/// What is out of date is never asked for again, so somebody has to see to it that it leaves.
const MAX_BYTES: u64 = 64 << 20;

/// From now on all memoized functions keep their values in `file` as well. The graph as it is to
/// be asked about, and what there is to say about that.
///
/// Files are opened and looked at here, so this is no function to call from async code.
pub(crate) fn open(graph: Graph, file: Option<&Path>) -> Result<(Graph, String), TierError> {
    let file = file.map_or_else(|| default_file(&graph), Path::to_owned);
    let disk = Sqlite::builder(&file).max_bytes(MAX_BYTES).open()?;
    // Nobody waits for what is written: `close` does.
    larder::defaults().disk(Layer::from(disk).write(Write::Behind))?;

    let (graph, took) = stamped(graph);
    let note = format!(
        "\nKept in {} for the next time. Looking for changes took {took:.1?}.\n",
        file.display()
    );
    Ok((graph, note))
}

/// Keys say which state of the files a value is about: one that is out of date is not found.
fn stamped(graph: Graph) -> (Graph, Duration) {
    let started = Instant::now();
    let graph = graph.stamped_by_files();
    (graph, started.elapsed())
}

/// Writes what is still to be written. Does nothing without a file.
pub(crate) async fn close(graph: &Graph) -> Result<(), larder::Error> {
    // What is there and could not be read may be readable the next time, and look the same: no sum
    // without it is to be found then.
    let unread = |id| graph[id].root.exists() && lines(graph, id).peek().is_none();
    if graph.ids().any(unread) {
        weight.clear().await;
    }
    larder::close().await
}

fn default_file(graph: &Graph) -> PathBuf {
    graph.workspace.join("target").join("larder-weigh.db")
}
