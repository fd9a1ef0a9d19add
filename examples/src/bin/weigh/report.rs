//! What is printed at the end.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::ErrorKind;

use cargo_metadata::PackageId;
use futures_util::future::join_all;

use crate::graph::Graph;
use crate::lines::{Lines, lines};
use crate::passes::Pass;
use crate::table::{Table, grouped};
use crate::weight::{calls, weight};

/// Everything that is known after `passes` over the graph, with the `top` heaviest packages.
pub(crate) async fn write(graph: &Graph, top: usize, passes: &[(&str, Pass)]) -> String {
    let rows = rows(graph).await;
    let sections = [
        heading(graph, &rows),
        caveat(graph),
        packages(&rows, top),
        unread(&rows),
        timing(passes),
        functions(),
        tiers(),
    ];
    sections.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
}

/// One package and what was found out about it.
struct Row {
    name: String,
    own: Lines,
    unique: u64,
    tree: u128,
    calls: u128,
}

/// All packages, the heaviest first. Everything is known by now: these calls are hits.
async fn rows(graph: &Graph) -> Vec<Row> {
    let own = join_all(graph.ids().map(|id| lines(graph, id))).await;
    let own: BTreeMap<&PackageId, Lines> = graph.ids().zip(own).collect();
    let rows = graph.ids().map(async |id| Row {
        name: format!("{} {}", graph[id].name, graph[id].version),
        own: own[id].clone(),
        unique: graph.closure(id).into_iter().flat_map(|id| &own[id]).sum(),
        tree: weight(graph, id).await,
        calls: calls(graph, id).await,
    });
    let mut rows = join_all(rows).await;
    rows.sort_by_key(|row| Reverse((row.tree, row.unique)));
    rows
}

fn heading(graph: &Graph, rows: &[Row]) -> String {
    format!(
        "{}: {} packages, {} of them its own, {} lines of Rust\n",
        graph.workspace.display(),
        grouped(graph.len() as u64),
        grouped(graph.members as u64),
        grouped(rows.iter().flat_map(|row| &row.own).sum::<u64>()),
    )
}

/// What keeps the numbers from being those of a real build.
fn caveat(graph: &Graph) -> String {
    let Some(reason) = graph.caveat.as_ref().and_then(|it| it.lines().next()) else {
        return String::new();
    };
    format!(
        "Cargo does not resolve this workspace offline: {reason}.\n\
         The graph is that of Cargo.lock instead, for all platforms; try `cargo fetch`.\n",
    )
}

fn packages(rows: &[Row], top: usize) -> String {
    let header = ["package", "own lines", "unique lines", "tree weight", "calls without a cache"];
    let mut table = Table::new(header);
    for row in rows.iter().take(top) {
        table.row([
            row.name.clone(),
            own(&row.own),
            grouped(row.unique),
            grouped(row.tree),
            grouped(row.calls),
        ]);
    }
    let more = rows.len().saturating_sub(top);
    if more == 0 { table.to_string() } else { format!("{table}and {more} more (--top)\n") }
}

fn own(lines: &Lines) -> String {
    match lines {
        Ok(lines) => grouped(*lines),
        Err(error) if error.kind() == ErrorKind::NotFound => "missing".to_owned(),
        Err(_) => "unreadable".to_owned(),
    }
}

/// The packages that could not be read, as many as fit on a line.
fn unread(rows: &[Row]) -> String {
    let unread: Vec<_> = rows.iter().filter(|row| row.own.is_err()).collect();
    let names: Vec<_> = unread.iter().map(|row| row.name.as_str()).take(5).collect();
    let more = match unread.len() - names.len() {
        _ if names.is_empty() => return String::new(),
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("Could not be read, counted as nothing: {}{more}\n", names.join(", "))
}

fn timing(passes: &[(&str, Pass)]) -> String {
    let mut table = Table::new(["weighing every package", "time", "calls", "bodies run"]);
    for (name, pass) in passes {
        let took = pass.took.map_or_else(|| "skipped".to_owned(), |took| format!("{took:.1?}"));
        table.row([(*name).to_owned(), took, grouped(pass.calls), grouped(pass.bodies)]);
    }
    table.to_string()
}

/// What larder counted, for every memoized function of this program.
fn functions() -> String {
    let header = ["function", "hits", "misses", "coalesced", "loads", "mean load", "entries"];
    let mut table = Table::new(header);
    for function in larder::functions() {
        let metrics = function.get_metrics();
        table.row([
            function.name(),
            grouped(metrics.hits),
            grouped(metrics.misses),
            grouped(metrics.coalesced),
            grouped(metrics.loads),
            format!("{:.1?}", metrics.mean_load_time()),
            grouped(metrics.entries as u64),
        ]);
    }
    table.to_string()
}

/// Where values came from, if they are kept anywhere else than in memory.
fn tiers() -> String {
    let mut table = Table::new(["answers of", "memory", "disk", "loaded", "kept on disk"]);
    let mut kept = false;
    for function in larder::functions() {
        let metrics = function.get_metrics();
        let Some(disk) = metrics.tiers.first() else { continue };
        kept = true;
        table.row([
            function.name(),
            grouped(metrics.hits + metrics.coalesced - disk.hits),
            grouped(disk.hits),
            grouped(metrics.loads),
            grouped(disk.puts + disk.pending as u64),
        ]);
    }
    if kept { table.to_string() } else { String::new() }
}
