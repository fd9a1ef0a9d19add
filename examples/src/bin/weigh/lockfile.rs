//! The graph as `Cargo.lock` has it, for a workspace that cargo has not downloaded completely.

use std::env;
use std::fs;
use std::path::PathBuf;

use cargo_metadata::{DependencyKind, Metadata, Package as Member, PackageId};
use serde::Deserialize;

use crate::cargo::directory;
use crate::graph::{Graph, Package};

#[derive(Deserialize)]
struct Lock {
    #[serde(default, rename = "package")]
    packages: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    /// None for what lies in the workspace.
    source: Option<String>,
    /// Each as `name`, `name version` or `name version (source)`: as short as is unambiguous.
    #[serde(default)]
    dependencies: Vec<String>,
}

/// The graph of the workspace that `metadata` lists the members of, if it has a lock file.
///
/// A lock file knows neither platforms nor which dependencies are for tests only. The members'
/// manifests tell the latter for the members, and no other package's tests are in it.
pub(crate) fn graph(metadata: &Metadata) -> Option<Graph> {
    let lock = fs::read(metadata.workspace_root.join("Cargo.lock")).ok()?;
    let lock: Lock = toml::from_slice(&lock).ok()?;
    let registries = registries();
    let packages = lock.packages.iter().map(|locked| {
        let member = metadata.packages.iter().find(|it| locked.is(it));
        let package = Package {
            name: locked.name.clone(),
            version: locked.version.clone(),
            root: member.map_or_else(|| downloaded(locked, &registries), directory),
            dependencies: lock.dependencies(locked, member),
        };
        (locked.id(), package)
    });
    let packages = packages.collect();
    let is_member = |it: &&Locked| metadata.packages.iter().any(|member| it.is(member));
    let members: Vec<_> = lock.packages.iter().filter(is_member).map(Locked::id).collect();
    let workspace = metadata.workspace_root.clone().into();
    Some(Graph::new(workspace, &members, packages))
}

impl Lock {
    fn dependencies(&self, of: &Locked, member: Option<&Member>) -> Vec<PackageId> {
        let all = of.dependencies.iter().filter_map(|it| self.find(it));
        let needed = all.filter(|it| member.is_none_or(|member| builds_with(member, &it.name)));
        needed.map(Locked::id).collect()
    }

    fn find(&self, written: &str) -> Option<&Locked> {
        let mut words = written.split(' ');
        let (name, version) = (words.next()?, words.next());
        let named = |it: &&Locked| it.name == name && version.is_none_or(|v| it.version == v);
        self.packages.iter().find(named)
    }
}

impl Locked {
    fn id(&self) -> PackageId {
        let source = self.source.as_deref().unwrap_or("workspace");
        let repr = format!("{} {} ({source})", self.name, self.version);
        PackageId { repr }
    }

    fn is(&self, member: &Member) -> bool {
        self.source.is_none() && member.name == self.name
    }
}

/// Whether `member` needs the package called `name` for more than its tests.
fn builds_with(member: &Member, name: &str) -> bool {
    let mut named = member.dependencies.iter().filter(|it| it.name == name);
    named.any(|it| it.kind != DependencyKind::Development)
}

/// Where cargo unpacks `package`; this needs not be there.
fn downloaded(package: &Locked, registries: &[PathBuf]) -> PathBuf {
    let name = format!("{}-{}", package.name, package.version);
    let mut places = registries.iter().map(|registry| registry.join(&name));
    places.find(|it| it.exists()).unwrap_or_else(|| name.into())
}

/// The directories of unpacked sources, one for each registry.
fn registries() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    let entries = fs::read_dir(sources).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
