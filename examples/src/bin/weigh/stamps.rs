//! What packages are known by: nobody has to look whether what is kept of them is still true.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use blake3::Hasher;
use cargo_metadata::PackageId;
use serde::Serialize;

use crate::graph::Graph;
use crate::lines::sources;

/// A file that changed less than this before it is looked at may change again and look the same.
const RECENT: Duration = Duration::from_secs(2);

/// A key: another one for another package, and for another state of its files if those were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Stamp([u8; 32]);

/// The stamps of one package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamps {
    /// Of the package alone.
    pub(crate) own: Stamp,
    /// Of the package and everything below it.
    pub(crate) all: Stamp,
}

/// Stamps that tell packages apart, which is enough as long as one run of the program takes.
pub(crate) fn by_id<'a>(ids: impl Iterator<Item = &'a PackageId>) -> BTreeMap<PackageId, Stamps> {
    ids.map(|id| {
        let stamp = Stamp(*blake3::hash(id.repr.as_bytes()).as_bytes());
        (id.clone(), Stamps { own: stamp, all: stamp })
    })
    .collect()
}

/// Stamps that change with every file, for what outlives the program. Files are looked at, and
/// read only if they are quite new.
pub(crate) fn by_files(graph: &Graph) -> BTreeMap<PackageId, Stamps> {
    let mut stamps = BTreeMap::new();
    for id in graph.ids() {
        stamp(graph, id, &mut stamps);
    }
    stamps
}

fn stamp(graph: &Graph, id: &PackageId, known: &mut BTreeMap<PackageId, Stamps>) -> Stamp {
    if let Some(stamps) = known.get(id) {
        return stamps.all;
    }
    let own = own(id, &graph[id].root);
    let mut all = Hasher::new();
    all.update(&own.0);
    for below in graph.below(id) {
        all.update(&stamp(graph, below, known).0);
    }
    let all = Stamp(*all.finalize().as_bytes());
    known.insert(id.clone(), Stamps { own, all });
    all
}

/// Of sources that are missing or cannot be listed, it says just that.
fn own(id: &PackageId, root: &Path) -> Stamp {
    let mut hasher = Hasher::new();
    part(&mut hasher, id.repr.as_bytes());
    part(&mut hasher, root.as_os_str().as_encoded_bytes());
    if let Err(error) = look_at_files(root, &mut hasher) {
        part(&mut hasher, error.kind().to_string().as_bytes());
    }
    Stamp(*hasher.finalize().as_bytes())
}

fn look_at_files(root: &Path, hasher: &mut Hasher) -> io::Result<()> {
    for source in sources(root) {
        let source = source?;
        let metadata = source.metadata()?;
        let modified = metadata.modified()?;
        part(hasher, source.path().as_os_str().as_encoded_bytes());
        hasher.update(&metadata.len().to_le_bytes());
        hasher.update(&since_1970(modified).to_le_bytes());
        hasher.update(&changed(&metadata).to_le_bytes());
        if is_recent(modified) {
            part(hasher, &fs::read(source.path())?);
        }
    }
    Ok(())
}

/// With its length in front: where one part ends matters.
fn part(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
}

fn since_1970(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

/// When anything about a file changed last. Unlike the time of its content nobody can set it.
#[cfg(unix)]
fn changed(metadata: &fs::Metadata) -> i128 {
    use std::os::unix::fs::MetadataExt;
    i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &fs::Metadata) -> i128 {
    0
}

/// Also what is to be changed in the future.
#[expect(clippy::disallowed_methods, reason = "the clock of the file system is no other")]
fn is_recent(modified: SystemTime) -> bool {
    SystemTime::now().duration_since(modified).map_or(true, |ago| ago < RECENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn id(name: &str) -> PackageId {
        PackageId { repr: name.to_owned() }
    }

    #[test]
    fn a_stamp_changes_with_whatever_happens_to_the_files() {
        let dir = tempfile::tempdir().unwrap();
        let (path, root) = (dir.path().join("a.rs"), dir.path());
        let stamp = || own(&id("a"), root);
        let mut seen = vec![stamp()];
        let mut is_new = |stamp| {
            assert!(!seen.contains(&stamp));
            seen.push(stamp);
        };

        fs::write(&path, "one").unwrap();
        is_new(stamp());
        fs::write(&path, "two").unwrap();
        is_new(stamp());
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        is_new(stamp());
        assert_eq!(stamp(), stamp());
        fs::rename(&path, root.join("b.rs")).unwrap();
        is_new(stamp());
        is_new(own(&id("b"), root));
        fs::remove_file(root.join("b.rs")).unwrap();
        fs::write(root.join("c.txt"), "not Rust").unwrap();
        assert_eq!(stamp(), own(&id("a"), root));
        is_new(own(&id("a"), Path::new("/no/such/package")));
    }
}
