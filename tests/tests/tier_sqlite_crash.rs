//! Killed at any moment, and out of room.
//!
//! The process that is killed is this test again, in another role. It tells what was acknowledged on its standard output.

use larder::tier::{Sqlite, Tier, TierEntry, TierErrorKind, TierKey};
use larder_tests::Random;
use rusqlite::Connection;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

const KEYS: u64 = 64;
const PATH: &str = "LARDER_CRASH_PATH";
const FIRST: &str = "LARDER_CRASH_FIRST";

fn key(n: u64) -> TierKey {
    TierKey::new(n.to_be_bytes().to_vec())
}

/// A value that tells its key and its number, and whether all of it is there.
fn value(key: u64, number: u64) -> Vec<u8> {
    let len = usize::try_from(number * 37 % 5_000).unwrap();
    let head = [key.to_be_bytes(), number.to_be_bytes()].concat();
    head.iter().copied().chain(number.to_le_bytes().into_iter().cycle().take(len)).collect()
}

fn number_of(bytes: &[u8]) -> (u64, u64) {
    let number = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    (number(0), number(8))
}

fn entry(n: u64, value: Vec<u8>) -> TierEntry {
    TierEntry { key: key(n), value: value.into(), deadline: None, epoch: None, tags: Vec::new() }
}

/// In the child: writes and tells, until it is killed. `put` and `flush` are told when they are acknowledged; every key is
/// written by one task, so its numbers come in their order.
#[test]
fn the_child_that_is_killed() {
    let Ok(path) = std::env::var(PATH) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let disk = Sqlite::open(path).unwrap();
        let write = |task: u64| {
            let disk = &disk;
            async move {
                for number in first.. {
                    let n = task + 8 * (number * 5 % 8);
                    disk.put("n", &[entry(n, value(n, number))]).await.unwrap();
                    tell(&format!("put {n} {number}"));
                    if number % 50 == task * 5 {
                        disk.flush().await.unwrap();
                        tell("flush");
                    }
                    if number % 97 == task {
                        disk.clear("other").await.unwrap();
                    }
                }
            }
        };
        futures_util::future::join_all((0..8).map(write)).await;
    });
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    // One call for one line, so that no half of one is lost.
    out.write_all(format!("\n@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Starts a child, kills it after a while, and returns the last number acknowledged for each key.
fn killed_after(path: &Path, first: u64, time: Duration, acknowledged: &mut HashMap<u64, u64>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_child_that_is_killed", "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let begun = Instant::now();
    let killer = std::thread::spawn(move || {
        while begun.elapsed() < time {
            std::thread::park_timeout(time.saturating_sub(begun.elapsed()));
        }
        child.kill().unwrap();
        child.wait().unwrap()
    });
    for line in out.lines().map_while(Result::ok) {
        if let Some(put) = line.strip_prefix("@put ") {
            let (n, number) = put.split_once(' ').unwrap();
            acknowledged.insert(n.parse().unwrap(), number.parse().unwrap());
        }
    }
    let status = killer.join().unwrap();
    assert!(!status.success() && status.code().is_none(), "it was killed, and did not fail");
}

/// That the file is whole, and everything acknowledged is in it. A newer number may be: written, but not told any more.
fn inspect(path: &Path, acknowledged: &HashMap<u64, u64>, round: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let disk = Sqlite::open(path).unwrap();
        for n in 0..KEYS {
            let found = disk.get("n", &[key(n)]).await.unwrap();
            let Some(found) = &found.values[0] else {
                assert!(!acknowledged.contains_key(&n), "round {round}: {n} is lost");
                continue;
            };
            let (of, number) = number_of(found);
            assert_eq!(of, n, "round {round}: the value of another key");
            assert_eq!(*found, value(n, number), "round {round}: {n} is not what was written");
            let least = acknowledged.get(&n).copied().unwrap_or(0);
            assert!(number >= least, "round {round}: {n} is {number}, {least} was acknowledged");
        }
        disk.close().await.unwrap();
    });
    let check = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let connection = Connection::open(path).unwrap();
    let answer = connection.query_row("PRAGMA integrity_check", [], check).unwrap();
    assert_eq!(answer, "ok", "round {round}");
    assert!(!path.with_extension("db.damaged").exists(), "round {round}: set aside");
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let rounds = std::env::var("LARDER_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut random = Random::from_env();
    let mut acknowledged = HashMap::new();
    let mut told = 0;
    for round in 0..rounds {
        let time = Duration::from_micros(random.below(150_000) as u64);
        killed_after(&path, (round as u64 + 1) * 1_000_000, time, &mut acknowledged);
        told += acknowledged.values().filter(|n| **n > (round as u64 + 1) * 1_000_000).count();
        inspect(&path, &acknowledged, round);
    }
    assert!(told > rounds, "the children got nothing done: {told}");
}

/// A disk of its own, of two megabytes; or none, where that is not allowed.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(folder.path());
        let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_no_end() {
    let Some(tmpfs) = Tmpfs::mount() else {
        println!("skipped: a file system of a fixed size cannot be mounted here");
        return;
    };
    let folder = tmpfs.0.path();
    let disk = Sqlite::open(folder.join("cache.db")).unwrap();
    disk.put("n", &[entry(1, vec![7; 1_000])]).await.unwrap();
    let ballast = folder.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[7; 4096]).is_ok() {}
    let mut failed = 0;
    for n in 2..100 {
        // What the log has left may still be used.
        match disk.put("n", &[entry(n, vec![7; 10_000])]).await {
            Ok(()) => assert_eq!(failed, 0),
            Err(error) => {
                let kind = error.kind();
                let expected = [TierErrorKind::Refused, TierErrorKind::Unavailable];
                assert!(expected.contains(&kind), "{kind:?}: {error}");
                failed += 1;
            }
        }
        let found = disk.get("n", &[key(1)]).await.unwrap();
        assert_eq!(found.values[0].as_ref().unwrap().len(), 1_000, "reads go on");
    }
    assert!(failed > 0);
    drop(file);
    std::fs::remove_file(ballast).unwrap();
    disk.put("n", &[entry(2, vec![8; 10_000])]).await.unwrap();
    let found = disk.get("n", &[key(1), key(2), key(99)]).await.unwrap();
    assert_eq!(found.values[1].as_ref().unwrap()[..], [8; 10_000]);
    assert!(found.values[0].is_some() && found.values[2].is_none());
    disk.flush().await.unwrap();
    disk.close().await.unwrap();
}

/// There is no room for a file at all, until there is.
#[tokio::test]
async fn opening_on_a_full_disk_fails_for_now() {
    let Some(tmpfs) = Tmpfs::mount() else {
        println!("skipped: a file system of a fixed size cannot be mounted here");
        return;
    };
    let ballast = tmpfs.0.path().join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[7; 4096]).is_ok() {}
    let path = tmpfs.0.path().join("cache.db");
    assert_eq!(Sqlite::open(&path).unwrap_err().kind(), TierErrorKind::Unavailable);
    drop(file);
    std::fs::remove_file(ballast).unwrap();
    let disk = Sqlite::open(&path).unwrap();
    disk.put("n", &[entry(1, vec![7])]).await.unwrap();
}
