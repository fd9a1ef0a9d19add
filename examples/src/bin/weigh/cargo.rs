//! The graph as cargo resolves it, without touching the network.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, NodeDep, PackageId};

use crate::graph::{Graph, Package};
use crate::lockfile;

/// Why there is no graph.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no `{}`", .0.display())]
    NoSuchPath(PathBuf),
    #[error("cargo cannot be started ({0}); is it installed and in the PATH?")]
    NoCargo(io::Error),
    #[error("cargo cannot read a workspace here: {0}")]
    Cargo(String),
}

/// The graph of the workspace around `path`.
///
/// Cargo resolves a workspace only when the sources of all its packages are on disk, those for its
/// tests included. Where some are not, `Cargo.lock` still knows the graph, only less exactly.
pub(crate) fn graph(path: &Path) -> Result<Graph, Error> {
    if !path.exists() {
        return Err(Error::NoSuchPath(path.to_owned()));
    }
    match metadata(path, ["--offline", "--filter-platform", "host-tuple"]) {
        Ok(resolved) => Ok(graph_of(resolved)),
        Err(Error::Cargo(reason)) => {
            let members = metadata(path, ["--offline", "--no-deps"])?;
            let graph = lockfile::graph(&members).ok_or_else(|| Error::Cargo(reason.clone()))?;
            Ok(graph.with_caveat(reason))
        }
        Err(error) => Err(error),
    }
}

fn metadata<const N: usize>(path: &Path, options: [&str; N]) -> Result<Metadata, Error> {
    let mut command = MetadataCommand::new();
    if path.is_file() {
        command.manifest_path(path);
    } else {
        command.current_dir(path);
    }
    command.other_options(options.map(str::to_owned));
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::Io(error) => Error::NoCargo(error),
        cargo_metadata::Error::CargoMetadata { stderr } => Error::Cargo(message(&stderr)),
        other => Error::Cargo(other.to_string()),
    })
}

/// What cargo complains about, without the progress that it may have reported before.
fn message(stderr: &str) -> String {
    let error = stderr.split_once("error: ").map_or(stderr, |it| it.1);
    error.trim().to_owned()
}

fn graph_of(metadata: Metadata) -> Graph {
    let nodes = metadata.resolve.map_or_else(Vec::new, |it| it.nodes);
    let needs = nodes.into_iter().map(|it| (it.id.clone(), built_before(it)));
    let mut needs: BTreeMap<_, _> = needs.collect();
    let packages = metadata.packages.into_iter().map(|package| {
        let found = Package {
            name: package.name.to_string(),
            version: package.version.to_string(),
            root: directory(&package),
            dependencies: needs.remove(&package.id).unwrap_or_default(),
        };
        (package.id, found)
    });
    let packages = packages.collect();
    let workspace = metadata.workspace_root.into();
    Graph::new(workspace, &metadata.workspace_members, packages)
}

/// The dependencies that are needed to build a package; those of its tests are not.
fn built_before(node: Node) -> Vec<PackageId> {
    let for_more_than_tests =
        |it: &NodeDep| it.dep_kinds.iter().any(|it| it.kind != DependencyKind::Development);
    let needed = node.deps.into_iter().filter(for_more_than_tests);
    needed.map(|dependency| dependency.pkg).collect()
}

/// Where the sources of a package are.
pub(crate) fn directory(package: &cargo_metadata::Package) -> PathBuf {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().map(Path::to_owned).unwrap_or_default()
}
