//! The tier in a database: restarts, files in the way, budgets, and what is done in the background.

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

fn a_second_ago() -> Deadline {
    Deadline::after(SystemTime::UNIX_EPOCH, Duration::from_secs(1))
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
async fn garbage_is_set_aside() {
    let (folder, path) = folder();
    for (n, garbage) in [&b"no database"[..], &[0xa5; 9000], &[0; 5000]].into_iter().enumerate() {
        fs::write(&path, garbage).unwrap();
        let disk = Sqlite::open(&path).unwrap();
        put(&disk, n, "value").await;
        assert_eq!(get(&disk, n).await.unwrap(), b"value");
        disk.close().await.unwrap();
        let aside = folder.path().join(format!("cache.db.set-aside-{}", n + 1));
        assert_eq!(fs::read(aside).unwrap(), garbage, "as it was");
        assert!(get(&Sqlite::open(&path).unwrap(), n).await.is_some(), "and not again");
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_set_aside_whole() {
    let (folder, path) = folder();
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE theirs (n)").unwrap();
    foreign.execute_batch("INSERT INTO theirs VALUES (7)").unwrap();
    // A copy with its log, as a program leaves it that was killed.
    let killed = folder.path().join("killed.db");
    fs::copy(&path, &killed).unwrap();
    fs::copy(folder.path().join("cache.db-wal"), folder.path().join("killed.db-wal")).unwrap();
    drop(foreign);

    let disk = Sqlite::open(&killed).unwrap();
    put(&disk, 1, "value").await;
    disk.close().await.unwrap();
    let theirs = Connection::open(folder.path().join("killed.db.set-aside-1")).unwrap();
    let read = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    assert_eq!(theirs.query_row("SELECT n FROM theirs", [], read).unwrap(), 7);
}

#[tokio::test]
async fn a_database_that_another_program_uses_stays() {
    let (folder, path) = folder();
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (n); BEGIN IMMEDIATE").unwrap();
    let busy = Sqlite::builder(&path).busy_timeout(Duration::from_millis(20));
    let refused = busy.clone().open().unwrap_err();
    assert_eq!(refused.kind(), TierErrorKind::Unavailable);
    assert!(path.exists());
    // It is no error for ever.
    drop(foreign);
    put(&busy.open().unwrap(), 1, "value").await;
    assert!(names(&folder).contains(&"cache.db.set-aside-1".to_owned()));
}

#[tokio::test]
async fn another_version_is_begun_anew_in_place() {
    for version in [0, 2, 1_000] {
        let (folder, path) = folder();
        let disk = Sqlite::open(&path).unwrap();
        put(&disk, 1, "value").await;
        let before = epoch(&disk).await;
        disk.close().await.unwrap();
        let other = Connection::open(&path).unwrap();
        other.pragma_update(None, "user_version", version).unwrap();
        other.execute_batch("CREATE TABLE \"of \"\"that\"\" version\" (n)").unwrap();
        other.execute_batch("DROP TABLE leftovers; CREATE VIEW leftovers AS SELECT 1").unwrap();
        drop(other);

        let disk = Sqlite::open(&path).unwrap();
        assert_eq!(get(&disk, 1).await, None);
        assert!(epoch(&disk).await > before);
        put(&disk, 2, "two").await;
        disk.close().await.unwrap();
        assert_eq!(get(&Sqlite::open(&path).unwrap(), 2).await.unwrap(), b"two");
        assert_eq!(names(&folder)[0], "cache.db");
        assert!(!names(&folder).iter().any(|name| name.contains("aside") || name.contains("dam")));
    }
}

/// The head says whose it is, the rest is garbage.
#[tokio::test]
async fn a_damaged_file_is_begun_anew_and_kept_once() {
    let (folder, path) = folder();
    for _ in 0..3 {
        let disk = Sqlite::open(&path).unwrap();
        put(&disk, 1, "value").await;
        disk.close().await.unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[100..].fill(0xa5);
        fs::write(&path, &bytes).unwrap();
        let disk = Sqlite::open(&path).unwrap();
        assert_eq!(get(&disk, 1).await, None);
        put(&disk, 1, "value").await;
        assert_eq!(get(&disk, 1).await.unwrap(), b"value");
        disk.close().await.unwrap();
        assert_eq!(fs::read(folder.path().join("cache.db.damaged")).unwrap(), bytes);
    }
    let files = names(&folder);
    assert_eq!(files[..3], ["cache.db", "cache.db-lock", "cache.db.damaged"]);
    assert!(files[3..].iter().all(|name| name.starts_with("cache.db.damaged-")), "{files:?}");
}

/// Damage that is found only when that page is read.
#[tokio::test]
async fn damage_is_healed_while_in_use() {
    for write_first in [false, true] {
        let (folder, path) = folder();
        let disk = Sqlite::open(&path).unwrap();
        let entries: Vec<_> = (0..5_000).map(|n| entry(n, [7; 100])).collect();
        disk.put("n", &entries).await.unwrap();
        disk.close().await.unwrap();
        let pages = fs::metadata(&path).unwrap().len() / 4096;
        let mut bytes = fs::read(&path).unwrap();
        for page in 12..pages as usize {
            bytes[page * 4096..][..4096].fill(0xa5);
        }
        fs::write(&path, &bytes).unwrap();

        let disk = Sqlite::open(&path).unwrap();
        if write_first {
            disk.put("n", &entries).await.unwrap();
        } else {
            let failed = disk.get("n", &[key(1)]).await.unwrap_err();
            assert_eq!(failed.kind(), TierErrorKind::Damaged);
        }
        put(&disk, 1, "new").await;
        assert_eq!(get(&disk, 1).await.unwrap(), b"new");
        assert_eq!(get(&disk, 2).await.is_some(), write_first);
        assert!(names(&folder).contains(&"cache.db.damaged".to_owned()));
        disk.close().await.unwrap();
        assert_eq!(get(&Sqlite::open(&path).unwrap(), 1).await.unwrap(), b"new");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_was_removed_is_made_again() {
    let (folder, path) = folder();
    let (disk, other) = (Sqlite::open(&path).unwrap(), Sqlite::open(&path).unwrap());
    put(&disk, 1, "old").await;
    for name in names(&folder) {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    put(&disk, 2, "new").await;
    put(&other, 3, "newer").await;
    assert_eq!(get(&disk, 1).await, None);
    assert_eq!(get(&disk, 3).await.unwrap(), b"newer");
    assert_eq!(get(&other, 2).await.unwrap(), b"new");
    disk.close().await.unwrap();
    assert_eq!(get(&other, 2).await.unwrap(), b"new");
    drop(other);
    assert_eq!(get(&Sqlite::open(&path).unwrap(), 3).await.unwrap(), b"newer");
}

#[tokio::test]
async fn a_place_that_cannot_be_is_an_error() {
    let (folder, _) = folder();
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = Sqlite::open(folder.path().join("file/cache.db")).unwrap_err();
    assert_eq!(refused.kind(), TierErrorKind::Unavailable);
    let refused = Sqlite::open(folder.path()).unwrap_err();
    assert_eq!(refused.kind(), TierErrorKind::Unavailable);
    let no_pause = Sqlite::builder(folder.path().join("a")).purge_every(Duration::ZERO);
    assert_eq!(no_pause.open().unwrap_err().kind(), TierErrorKind::Misconfigured);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_is_kept() {
    const BUDGET: u64 = 2 * 1024 * 1024;
    let (_folder, path) = folder();
    let disk = Sqlite::builder(&path).max_bytes(BUDGET).open().unwrap();
    let mut largest = 0;
    for n in 0..400 {
        let entries: Vec<_> = (0..20).map(|m| entry(n * 20 + m, vec![7; 100 * m])).collect();
        disk.put("n", &entries).await.unwrap();
        largest = largest.max(size(&path));
    }
    assert!(largest <= BUDGET, "{largest} on disk");
    assert!(largest > BUDGET / 2, "only {largest} of it used");
    // The last ones are there, the first are not.
    assert!(get(&disk, 7_999).await.is_some() && get(&disk, 7_500).await.is_some());
    assert!(get(&disk, 0).await.is_none() && get(&disk, 1_000).await.is_none());
    // Many at once, of several times the budget.
    let entries: Vec<_> = (0..5_000).map(|n| entry(n, [7; 2_000])).collect();
    disk.put("n", &entries).await.unwrap();
    assert!(get(&disk, 4_999).await.is_some());
    disk.flush().await.unwrap();
    put(&disk, 1, "value").await;
    assert!(size(&path) <= 2 * BUDGET, "{} on disk", size(&path));
    disk.close().await.unwrap();
    assert!(size(&path) <= BUDGET, "{} on disk", size(&path));
    // One that does not fit, and in whose place nothing is left.
    let disk = Sqlite::builder(&path).max_bytes(BUDGET).open().unwrap();
    put(&disk, 1, "value").await;
    let refused = disk.put("n", &[entry(1, vec![7; 1024 * 1024])]).await.unwrap_err();
    assert_eq!(refused.kind(), TierErrorKind::Refused);
    assert_eq!(get(&disk, 1).await, None);
}

#[tokio::test]
async fn a_budget_that_was_lowered_makes_the_file_smaller() {
    let (_folder, path) = folder();
    let disk = Sqlite::open(&path).unwrap();
    let entries: Vec<_> = (0..5_000).map(|n| entry(n, [7; 2_000])).collect();
    disk.put("n", &entries).await.unwrap();
    disk.close().await.unwrap();
    assert!(size(&path) > 10_000_000);
    let disk = Sqlite::builder(&path).max_bytes(2_000_000).open().unwrap();
    disk.purge().await.unwrap();
    disk.close().await.unwrap();
    assert!(size(&path) < 2_000_000, "{}", size(&path));
    assert!(get(&Sqlite::open(&path).unwrap(), 4_999).await.is_some());
}

#[tokio::test]
async fn the_expired_and_the_cleared_leave_before_the_rest() {
    let (_folder, path) = folder();
    let disk = Sqlite::builder(&path).max_bytes(1_000_000).open().unwrap();
    let first: Vec<_> = (0..100).map(|n| entry(n, [7; 1_000])).collect();
    disk.put("n", &first).await.unwrap();
    for round in 0..20 {
        let soon = Deadline::after(SystemTime::now(), Duration::from_millis(30));
        let kept_short = |n| TierEntry { deadline: Some(soon), ..entry(n, [7; 1_000]) };
        let short: Vec<_> = (0..100).map(kept_short).collect();
        disk.put("short", &short).await.unwrap();
        disk.put("cleared", &first).await.unwrap();
        disk.clear("cleared").await.unwrap();
        tokio::time::sleep(Duration::from_millis(31)).await;
        assert!(get(&disk, 0).await.is_some(), "round {round}");
    }
}

#[tokio::test]
async fn what_was_read_is_spared_once() {
    let (_folder, path) = folder();
    let disk = Sqlite::builder(&path).max_bytes(1_000_000).open().unwrap();
    for n in 0..3_000 {
        disk.put("n", &[entry(n, [7; 1_000])]).await.unwrap();
        assert!(get(&disk, 0).await.is_some(), "after {n}");
    }
    assert!(get(&disk, 1).await.is_none());
    for n in 3_000..6_000 {
        disk.put("n", &[entry(n, [7; 1_000])]).await.unwrap();
    }
    assert!(get(&disk, 0).await.is_none(), "not for ever");
}

/// Everything is read all the time, and there is room all the same.
#[tokio::test]
async fn making_room_ends_when_everything_was_read() {
    let (_folder, path) = folder();
    let disk = Sqlite::builder(&path).max_bytes(1_000_000).open().unwrap();
    for n in 0..2_000 {
        disk.put("n", &[entry(n, [7; 1_000])]).await.unwrap();
        get(&disk, n).await.unwrap();
    }
    assert!(size(&path) <= 1_000_000, "{}", size(&path));
}

fn rows(path: &Path, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    Connection::open(path).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_purge_removes_what_nobody_can_find() {
    let (_folder, path) = folder();
    let disk = Sqlite::open(&path).unwrap();
    let soon = Deadline::after(SystemTime::now(), Duration::from_millis(200));
    let tags = vec!["x".to_owned(), "y".to_owned()];
    let tagged = |n| TierEntry { tags: tags.clone(), ..entry(n, "value") };
    let short: Vec<_> =
        (0..1_000).map(|n| TierEntry { deadline: Some(soon), ..tagged(n) }).collect();
    let long: Vec<_> = (1_000..2_000).map(tagged).collect();
    disk.put("n", &short).await.unwrap();
    disk.put("n", &long).await.unwrap();
    for n in 0..3 {
        disk.put("cleared", &long[..300 * n]).await.unwrap();
        disk.clear("cleared").await.unwrap();
    }
    assert!(rows(&path, "entries") >= 1_000 + 1_000);
    while !soon.remaining(SystemTime::now()).is_zero() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    disk.purge().await.unwrap();
    assert_eq!(rows(&path, "entries"), 1_000);
    assert_eq!(rows(&path, "tags"), 2_000);
    assert_eq!(rows(&path, "leftovers"), 0);
    assert_eq!(disk.purge().await.unwrap(), 0);
    assert!(get(&disk, 1_500).await.is_some() && get(&disk, 500).await.is_none());
    disk.remove_tagged("n", "y").await.unwrap();
    assert_eq!((rows(&path, "entries"), rows(&path, "tags")), (0, 0));
}

#[tokio::test]
async fn it_is_purged_without_being_asked_for() {
    let (_folder, path) = folder();
    let disk = Sqlite::builder(&path).purge_every(Duration::from_millis(20)).open().unwrap();
    let soon = Deadline::after(SystemTime::now(), Duration::from_millis(50));
    disk.put("n", &[TierEntry { deadline: Some(soon), ..entry(1, "value") }]).await.unwrap();
    disk.put("n", &[TierEntry { deadline: Some(a_second_ago()), ..entry(2, "") }]).await.unwrap();
    while rows(&path, "entries") > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What a clear costs does not depend on how much there is.
#[tokio::test]
async fn a_clear_removes_nothing_by_itself() {
    let (_folder, path) = folder();
    let disk = Sqlite::open(&path).unwrap();
    disk.purge().await.unwrap();
    let entries: Vec<_> = (0..2_000).map(|n| entry(n, "value")).collect();
    disk.put("n", &entries).await.unwrap();
    disk.clear("n").await.unwrap();
    assert_eq!(rows(&path, "entries"), 2_000);
    assert_eq!(disk.purge().await.unwrap(), 2_000);
}

#[tokio::test]
async fn writes_that_wait_share_a_transaction() {
    let (_folder, path) = folder();
    let disk = Sqlite::open(&path).unwrap();
    disk.purge().await.unwrap();
    // Keeps the thread busy until all are waiting.
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let watch = Connection::open(&path).unwrap();
    let entries: Vec<_> = (0..1_000).map(|n| [entry(n, "value")]).collect();
    let mut all: Vec<_> = entries.iter().map(|entry| disk.put("n", entry)).collect();
    for put in &mut all {
        assert!(futures_util::future::poll_immediate(put).await.is_none());
    }
    lock.execute_batch("ROLLBACK").unwrap();
    let frames_before = log_frames(&path);
    for put in all {
        put.await.unwrap();
    }
    let frames = log_frames(&path) - frames_before;
    assert_eq!(disk.get("n", &[key(0), key(999)]).await.unwrap().values.len(), 2);
    // One transaction each would be three frames each.
    assert!(frames < 300, "{frames} frames of the log for a thousand writes");
    drop(watch);
}

fn log_frames(path: &Path) -> u64 {
    fs::metadata(format!("{}-wal", path.display())).unwrap().len() / 4120
}

#[tokio::test]
async fn one_that_fails_does_not_fail_the_others() {
    let (_folder, path) = folder();
    let disk = Sqlite::open(&path).unwrap();
    let trap = Connection::open(&path).unwrap();
    trap.execute_batch(
        "CREATE TRIGGER trap BEFORE INSERT ON entries WHEN new.value = x'ff' BEGIN
            SELECT raise(ABORT, 'trapped');
        END",
    )
    .unwrap();
    trap.execute_batch("BEGIN IMMEDIATE").unwrap();
    let value = |n| if n % 10 == 3 { vec![0xff] } else { vec![7] };
    let entries: Vec<_> = (0..100).map(|n| [entry(n, value(n))]).collect();
    let mut all: Vec<_> = entries.iter().map(|entry| disk.put("n", entry)).collect();
    for put in &mut all {
        assert!(futures_util::future::poll_immediate(put).await.is_none());
    }
    trap.execute_batch("ROLLBACK").unwrap();
    for (n, put) in all.into_iter().enumerate() {
        assert_eq!(put.await.is_err(), n % 10 == 3, "{n}");
        assert_eq!(get(&disk, n).await.is_some(), n % 10 != 3, "{n}");
    }
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_is_done() {
    let (_folder, path) = folder();
    let disk = Sqlite::open(&path).unwrap();
    let entries = [entry(1, "value")];
    let mut put = disk.put("n", &entries);
    let _ = futures_util::future::poll_immediate(&mut put).await;
    drop(put);
    disk.close().await.unwrap();
    assert!(get(&Sqlite::open(&path).unwrap(), 1).await.is_some());
}

#[tokio::test]
async fn a_write_waits_for_a_lock_and_not_for_ever() {
    let (_folder, path) = folder();
    let disk = Sqlite::builder(&path).busy_timeout(Duration::from_millis(100)).open().unwrap();
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = disk.put("n", &[entry(1, "value")]).await.unwrap_err();
    assert_eq!(refused.kind(), TierErrorKind::Unavailable);
    assert!(refused.is_retryable());
    assert_eq!(get(&disk, 1).await, None, "reads go on");
    lock.execute_batch("ROLLBACK").unwrap();
    put(&disk, 1, "value").await;
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

#[tokio::test]
async fn closing_gives_back_the_file_and_the_thread() {
    let (folder, path) = folder();
    for _ in 0..20 {
        let disk = Sqlite::open(&path).unwrap();
        put(&disk, 1, "value").await;
        disk.close().await.unwrap();
        assert_eq!(disk.purge().await.unwrap_err().kind(), TierErrorKind::Closed);
        assert_eq!(names(&folder), ["cache.db"], "no log is left, so nobody has it open");
    }
    // Without any close, too.
    drop(Sqlite::open(&path).unwrap());
    assert_eq!(names(&folder), ["cache.db"]);
}

/// How long a get takes, in a release build: `--ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn how_long_a_get_takes() {
    let (_folder, path) = folder();
    for mmap in [0, 1 << 28] {
        let disk = Sqlite::builder(&path).mmap_bytes(mmap).open().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let entries: Vec<_> = (0..100_000).map(|n| entry(n, [7; 100])).collect();
        let begun = std::time::Instant::now();
        for entries in entries.chunks(1_000) {
            runtime.block_on(disk.put("n", entries)).unwrap();
        }
        println!("mmap {mmap}: {:?} for each put of a thousand", begun.elapsed() / 100_000);
        runtime.block_on(disk.flush()).unwrap();
        for round in 0..3 {
            let begun = std::time::Instant::now();
            for n in 0..100_000 {
                let found = runtime.block_on(get(&disk, n * 7919 % 100_000));
                assert!(found.is_some());
            }
            println!("mmap {mmap}, round {round}: {:?} for each get", begun.elapsed() / 100_000);
        }
    }
}
