//! How much Rust there is in one package.

use std::io;
use std::path::Path;
use std::sync::Arc;

use cargo_metadata::PackageId;
use larder::prelude::*;
use tokio::task::spawn_blocking;
use walkdir::{DirEntry, WalkDir};

use crate::graph::Graph;

/// Lines of Rust, or why they cannot be read. Only the lines are remembered; a failing package is
/// tried again by the next call. The error is shared by all who wait for the same package.
pub(crate) type Lines = Result<u64, Arc<io::Error>>;

/// The lines of one package's own sources that are not blank.
#[async_lru(unbounded, key = graph.stamps(package).own)]
pub(crate) async fn lines(graph: &Graph, package: &PackageId) -> Lines {
    let root = graph[package].root.clone();
    let count = spawn_blocking(move || lines_below(&root)).await;
    count.map_err(io::Error::other).flatten().map_err(Arc::new)
}

fn lines_below(root: &Path) -> io::Result<u64> {
    let mut total = 0;
    for source in sources(root) {
        total += lines_of(&std::fs::read(source?.path())?);
    }
    Ok(total)
}

/// The sources of the package in a directory, always in the same order.
pub(crate) fn sources(root: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let entries = WalkDir::new(root).sort_by_file_name().into_iter();
    entries.filter_entry(belongs_to_package).filter(|entry| entry.as_ref().map_or(true, is_source))
}

fn is_source(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && entry.path().extension().is_some_and(|it| it == "rs")
}

/// Neither another package inside this one nor a directory of build results.
fn belongs_to_package(entry: &DirEntry) -> bool {
    let holds = |name| entry.path().join(name).exists();
    entry.depth() == 0 || !(holds("Cargo.toml") || holds("CACHEDIR.TAG"))
}

fn lines_of(source: &[u8]) -> u64 {
    let lines = source.split(|&byte| byte == b'\n');
    lines.filter(|line| !line.trim_ascii().is_empty()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_do_not_count() {
        assert_eq!(lines_of(b""), 0);
        assert_eq!(lines_of(b"\n \t\r\n\n"), 0);
        assert_eq!(lines_of(b"fn main() {\r\n\r\n}"), 2);
        assert_eq!(lines_of(b"\xff not utf-8\n// two"), 2);
    }

    #[test]
    fn a_package_ends_where_another_begins() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "");
        write("src/lib.rs", "mod a;\n\nmod b;\n");
        write("src/target/a.rs", "struct A;\n");
        write("src/notes.txt", "not Rust\n");
        write("target/CACHEDIR.TAG", "");
        write("target/debug/build/generated.rs", "fn generated() {}\n");
        write("member/Cargo.toml", "");
        write("member/src/lib.rs", "fn elsewhere() {}\n");

        assert_eq!(lines_below(dir.path()).unwrap(), 3);
    }

    #[test]
    fn missing_sources_are_an_error_with_their_path() {
        let error = lines_below(Path::new("/no/such/package")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains("/no/such/package"), "{error}");
    }
}
