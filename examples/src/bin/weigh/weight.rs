//! The recursion, memoized.

use cargo_metadata::PackageId;
use futures_util::future::join_all;
use larder::prelude::*;

use crate::graph::Graph;
use crate::lines::lines;

/// The lines of a package and of everything below it, as if nothing was shared: a package that is
/// reached along two paths weighs twice. One that cannot be read weighs nothing.
///
/// All dependencies are awaited at once, so the same package is often asked for while it is still
/// being weighed: such a call joins the one that is under way instead of starting another.
#[async_lru(unbounded, key = graph.stamps(package).all)]
pub(crate) async fn weight(graph: &Graph, package: &PackageId) -> u128 {
    let below = join_all(graph.below(package).map(|it| weight(graph, it)));
    let (own, below) = tokio::join!(lines(graph, package), below);
    sum(own.unwrap_or(0).into(), below)
}

/// How many calls one call of [`weight`] would become if nothing was remembered.
#[async_lru(unbounded, key = graph.stamps(package).all)]
pub(crate) async fn calls(graph: &Graph, package: &PackageId) -> u128 {
    let below = join_all(graph.below(package).map(|it| calls(graph, it)));
    sum(1, below.await)
}

fn sum(first: u128, rest: Vec<u128>) -> u128 {
    rest.into_iter().fold(first, u128::saturating_add)
}
