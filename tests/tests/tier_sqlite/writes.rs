//! Transactions, and what is in their way.

use super::*;

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
