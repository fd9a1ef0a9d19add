//! The packages of a workspace and what each of them needs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;
use std::path::PathBuf;

use cargo_metadata::PackageId;

use crate::stamps::{self, Stamps};

/// Every package that the workspace's members need to be built, found by its id.
#[derive(Debug)]
pub(crate) struct Graph {
    /// The directory of the workspace.
    pub(crate) workspace: PathBuf,
    /// How many packages are the workspace's own.
    pub(crate) members: usize,
    /// Why the graph is not exactly the one that cargo would build, if so.
    pub(crate) caveat: Option<String>,
    packages: BTreeMap<PackageId, Package>,
    stamps: BTreeMap<PackageId, Stamps>,
}

/// One package and its direct dependencies, normal and build ones: together they have no cycle.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Where its sources are, or should be.
    pub(crate) root: PathBuf,
    pub(crate) dependencies: Vec<PackageId>,
}

impl Graph {
    /// Keeps those of `packages` that the members or their dependencies need.
    pub(crate) fn new(
        workspace: PathBuf,
        members: &[PackageId],
        mut packages: BTreeMap<PackageId, Package>,
    ) -> Self {
        let needed = reachable(members, |id| &packages[id].dependencies);
        let needed: BTreeSet<_> = needed.into_iter().cloned().collect();
        packages.retain(|id, _| needed.contains(id));
        let stamps = stamps::by_id(packages.keys());
        Self { workspace, members: members.len(), caveat: None, packages, stamps }
    }

    /// The same graph, with what is to be known about it.
    pub(crate) fn with_caveat(self, caveat: String) -> Self {
        Self { caveat: Some(caveat), ..self }
    }

    /// The same graph, with packages that are known by their files, too.
    pub(crate) fn stamped_by_files(self) -> Self {
        Self { stamps: stamps::by_files(&self), ..self }
    }

    /// What a package is known by: the key of everything that is found out about it.
    pub(crate) fn stamps(&self, package: &PackageId) -> Stamps {
        self.stamps[package]
    }

    /// How many packages there are.
    pub(crate) fn len(&self) -> usize {
        self.packages.len()
    }

    /// The ids of all packages.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &PackageId> {
        self.packages.keys()
    }

    /// The direct dependencies of a package.
    pub(crate) fn below(&self, package: &PackageId) -> impl Iterator<Item = &PackageId> {
        self[package].dependencies.iter()
    }

    /// A package and all that it needs, each once.
    pub(crate) fn closure<'a>(&'a self, package: &'a PackageId) -> BTreeSet<&'a PackageId> {
        reachable([package], |id| &self[id].dependencies)
    }
}

impl Index<&PackageId> for Graph {
    type Output = Package;

    fn index(&self, id: &PackageId) -> &Package {
        &self.packages[id]
    }
}

fn reachable<'a>(
    from: impl IntoIterator<Item = &'a PackageId>,
    dependencies: impl Fn(&PackageId) -> &'a [PackageId],
) -> BTreeSet<&'a PackageId> {
    let mut open: Vec<_> = from.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(dependencies(id));
        }
    }
    seen
}
