//! Eight processes on one file. The seven others are this test again, in another role.
//!
//! `LARDER_SECONDS` says for how long; 20 unless set.

use larder::tier::{Epoch, Sqlite, Tier, TierEntry, TierKey};
use larder_tests::Random;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;
use tokio::time::Instant;

const PROCESSES: u64 = 8;
const KEYS: usize = 500;
const PATH: &str = "LARDER_PROCESSES_PATH";
const NUMBER: &str = "LARDER_PROCESSES_NUMBER";

fn seconds() -> u64 {
    std::env::var("LARDER_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

fn key(n: usize) -> TierKey {
    TierKey::new(format!("key {n}").into_bytes())
}

/// A value that tells where it belongs, in which epoch it was made, and by whom, with a sum over all of it.
fn value(namespace: &str, n: usize, epoch: Epoch, by: u64, len: usize) -> Vec<u8> {
    let mut value = format!("{namespace} {n} {} {by} ", epoch.0).into_bytes();
    value.resize(value.len() + len, b'.');
    let sum = checksum(&value);
    [&value[..], &sum.to_be_bytes()].concat()
}

fn checksum(bytes: &[u8]) -> u64 {
    let add = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, add)
}

fn check(namespace: &str, n: usize, epoch: Epoch, found: &[u8]) {
    let (value, sum) = found.split_at(found.len() - 8);
    assert_eq!(checksum(value).to_be_bytes(), sum, "a value is not what was written");
    let start = format!("{namespace} {n} {} ", epoch.0);
    assert!(value.starts_with(start.as_bytes()), "a value of another key, or another epoch");
}

#[test]
fn the_child_among_eight() {
    let Ok(path) = std::env::var(PATH) else { return };
    let number = std::env::var(NUMBER).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let done = runtime.block_on(work(Path::new(&path), number));
    println!("process {number}: {done:?}");
    assert!(done.iter().all(|count| *count > 0), "something was never done: {done:?}");
}

/// Reads, writes, removals, clears and reopenings, as they come. Any error is a failure.
async fn work(path: &Path, number: u64) -> [usize; 6] {
    let until = Instant::now() + Duration::from_secs(seconds());
    let open = || Sqlite::builder(path).purge_every(Duration::from_millis(100)).open().unwrap();
    let (mut disk, mut random, mut done) = (open(), Random::from_env(), [0; 6]);
    while Instant::now() < until {
        let namespace = ["a", "a*", "b:"][random.below(3)];
        let n = random.below(KEYS);
        let what = match random.below(1_000) {
            0..600 => 0,
            600..900 => 1,
            900..970 => 2,
            970..990 => 3,
            990..996 => 4,
            _ => 5,
        };
        match what {
            0 => read(&disk, namespace, n).await,
            1 => write(&disk, namespace, n, number, random.below(500)).await,
            2 => remove(&disk, namespace, n, number).await,
            3 => clear(&disk, namespace).await,
            4 => disk.flush().await.unwrap(),
            _ => {
                disk.close().await.unwrap();
                disk = open();
            }
        }
        done[what] += 1;
    }
    disk.close().await.unwrap();
    done
}

async fn read(disk: &Sqlite, namespace: &str, n: usize) {
    let keys: Vec<_> = (n..n + if n.is_multiple_of(7) { 50 } else { 1 }).map(key).collect();
    let fetched = disk.get(namespace, &keys).await.unwrap();
    for (at, found) in fetched.values.iter().enumerate() {
        if let Some(found) = found {
            check(namespace, n + at, fetched.epoch, found);
        }
    }
}

/// As a load does it: the epoch from before, the value from then.
async fn write(disk: &Sqlite, namespace: &str, n: usize, by: u64, len: usize) {
    let epoch = disk.get(namespace, &[]).await.unwrap().epoch;
    let value = value(namespace, n, epoch, by, len).into();
    let tags = if n.is_multiple_of(5) { vec!["tag".to_owned()] } else { Vec::new() };
    let entry = TierEntry { key: key(n), value, deadline: None, epoch: Some(epoch), tags };
    disk.put(namespace, &[entry]).await.unwrap();
}

/// A key that only this process writes is gone when its removal is acknowledged.
async fn remove(disk: &Sqlite, namespace: &str, n: usize, by: u64) {
    let own = KEYS + n * 100 + usize::try_from(by).unwrap();
    write(disk, namespace, own, by, 10).await;
    disk.remove(namespace, &[key(own)]).await.unwrap();
    let fetched = disk.get(namespace, &[key(own)]).await.unwrap();
    assert_eq!(fetched.values, [None], "what was removed is found");
    disk.remove(namespace, &[key(n)]).await.unwrap();
    if n.is_multiple_of(10) {
        disk.remove_tagged(namespace, "tag").await.unwrap();
    }
}

async fn clear(disk: &Sqlite, namespace: &str) {
    let before = disk.get(namespace, &[]).await.unwrap().epoch;
    disk.clear(namespace).await.unwrap();
    let after = disk.get(namespace, &[]).await.unwrap().epoch;
    assert!(after > before, "an epoch comes back");
}

fn start(path: &PathBuf, number: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_child_among_eight", "--nocapture"])
        .env(PATH, path)
        .env(NUMBER, number.to_string())
        .spawn()
        .unwrap()
}

#[test]
fn eight_processes_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let children: Vec<_> = (0..PROCESSES).map(|number| start(&path, number)).collect();
    let statuses: Vec<_> =
        children.into_iter().map(|mut child| child.wait().unwrap().success()).collect();
    assert!(statuses.iter().all(|success| *success), "{statuses:?}");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let check = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let answer = connection.query_row("PRAGMA integrity_check", [], check).unwrap();
    assert_eq!(answer, "ok");
    let files = folder.path().read_dir().unwrap().flatten().map(|file| file.file_name());
    assert!(files.into_iter().all(|name| !name.to_string_lossy().contains("aside")));
}
