//! The tier in a database: restarts, files in the way, budgets, and what is done in the background.

mod files;
mod room;
mod writes;

use larder::testing::tiers::conformance;
use larder::tier::{Deadline, Epoch, Sqlite, Tier, TierEntry, TierErrorKind, TierKey};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    (folder, path)
}

fn key(n: usize) -> TierKey {
    TierKey::new(n.to_be_bytes().to_vec())
}

fn entry(n: usize, value: impl Into<Vec<u8>>) -> TierEntry {
    let value = value.into().into();
    TierEntry { key: key(n), value, deadline: None, epoch: None, tags: Vec::new() }
}

async fn get(tier: &Sqlite, n: usize) -> Option<Vec<u8>> {
    let fetched = tier.get("n", &[key(n)]).await.unwrap();
    fetched.values[0].as_ref().map(|value| value.to_vec())
}

async fn put(tier: &Sqlite, n: usize, value: &str) {
    tier.put("n", &[entry(n, value)]).await.unwrap();
}

async fn epoch(tier: &Sqlite) -> Epoch {
    tier.get("n", &[]).await.unwrap().epoch
}

fn names(folder: &TempDir) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<_> = folder.path().read_dir().unwrap().flatten().map(name).collect();
    names.sort();
    names
}

fn size(path: &Path) -> u64 {
    ["", "-wal"]
        .iter()
        .map(|part| format!("{}{part}", path.display()))
        .filter_map(|path| fs::metadata(path).ok())
        .map(|file| file.len())
        .sum()
}

#[expect(clippy::disallowed_methods, reason = "what is at rest goes by the wall clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn in_millis(millis: u64) -> Deadline {
    Deadline::after(now(), Duration::from_millis(millis))
}

async fn wait_for(deadline: Deadline) {
    while !deadline.remaining(now()).is_zero() {
        tokio::time::sleep(deadline.remaining(now())).await;
    }
}

#[tokio::test]
async fn a_file_conforms() {
    let (_folder, path) = folder();
    conformance(|| Sqlite::open(&path).unwrap()).await;
    conformance(|| Sqlite::builder(&path).max_bytes(1 << 26).mmap_bytes(1 << 26).open().unwrap())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_memory_conforms() {
    conformance(|| Sqlite::in_memory("conforming").unwrap()).await;
}

#[test]
fn it_needs_no_runtime_and_serves_several() {
    let (_folder, path) = folder();
    let disk = Sqlite::open(&path).unwrap();
    futures_executor::block_on(conformance(|| Sqlite::open(&path).unwrap()));
    for n in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(put(&disk, n, "value"));
        // More than are read on the thread that asks.
        let keys: Vec<_> = (0..100).map(key).collect();
        let found = runtime.block_on(disk.get("n", &keys)).unwrap();
        assert_eq!(found.values.iter().flatten().count(), n + 1);
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let (folder, path) = folder();
    let path = path.join("deeper/still.db");
    let disk = Sqlite::open(&path).unwrap();
    put(&disk, 1, "one").await;
    disk.clear("cleared").await.unwrap();
    let cleared = disk.get("cleared", &[]).await.unwrap().epoch;
    disk.close().await.unwrap();
    assert_eq!(names(&folder), ["cache.db"]);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "one file is left");

    let disk = Sqlite::open(&path).unwrap();
    assert_eq!(get(&disk, 1).await.unwrap(), b"one");
    assert_eq!(disk.get("cleared", &[]).await.unwrap().epoch, cleared);
    put(&disk, 2, "two").await;
    drop(disk);
    assert_eq!(get(&Sqlite::open(&path).unwrap(), 2).await.unwrap(), b"two");
}

/// Also when everything that a namespace had is purged, in another process, and when the file is begun anew.
#[tokio::test]
async fn epochs_do_not_come_back() {
    let (_folder, path) = folder();
    let mut seen = Vec::new();
    for round in 0..6 {
        let disk = Sqlite::open(&path).unwrap();
        put(&disk, 1, "value").await;
        seen.push(epoch(&disk).await);
        disk.clear("n").await.unwrap();
        seen.push(epoch(&disk).await);
        assert_eq!(disk.purge().await.unwrap(), 1);
        disk.clear("n").await.unwrap();
        disk.close().await.unwrap();
        if round % 2 == 1 {
            fs::remove_file(&path).unwrap();
        }
    }
    let count = seen.len();
    seen.dedup();
    assert!(seen.is_sorted() && seen.len() == count, "{seen:?}");
}

#[tokio::test]
async fn handles_in_memory_share_by_name() {
    let (one, other) = (Sqlite::in_memory("a").unwrap(), Sqlite::in_memory("a").unwrap());
    let another = Sqlite::in_memory("b").unwrap();
    put(&one, 1, "value").await;
    assert_eq!(get(&other, 1).await.unwrap(), b"value");
    assert_eq!(get(&another, 1).await, None);
    one.close().await.unwrap();
    one.close().await.unwrap();
    assert_eq!(one.get("n", &[]).await.unwrap_err().kind(), TierErrorKind::Closed);
    assert_eq!(get(&other, 1).await.unwrap(), b"value");
    drop(other);
    assert_eq!(get(&Sqlite::in_memory("a").unwrap(), 1).await, None, "gone with the last");
}
