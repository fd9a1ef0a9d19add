//! What stands where the database should, and what is left behind.

use super::*;
use std::sync::Barrier;
use std::thread;

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
async fn a_database_of_another_program_is_left_alone() {
    let (folder, path) = folder();
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (n); INSERT INTO theirs VALUES (7)").unwrap();
    drop(foreign);
    let refused = Sqlite::open(&path).unwrap_err();
    assert_eq!(refused.kind(), TierErrorKind::Misconfigured);
    assert_eq!(names(&folder), ["cache.db"], "and nothing is put beside it");
    let theirs = Connection::open(&path).unwrap();
    let read = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    assert_eq!(theirs.query_row("SELECT n FROM theirs", [], read).unwrap(), 7);
}

/// Who comes while the tables are being made sees nothing, or all of them.
#[test]
fn a_file_is_made_by_several_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let together = Barrier::new(8);
    let open = |n: u32| {
        together.wait();
        Sqlite::open(folder.path().join(format!("{n}.db"))).err()
    };
    let refused: Vec<_> = thread::scope(|scope| {
        let open_all = || (0..100).filter_map(open).collect::<Vec<_>>();
        let openers: Vec<_> = (0..8).map(|_| scope.spawn(open_all)).collect();
        openers.into_iter().flat_map(|opener| opener.join().unwrap()).collect()
    });
    assert!(refused.is_empty(), "{refused:?}");
    assert!(!names(&folder).iter().any(|name| name.contains("aside")));
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
            // Who only reads is helped as well, and told nothing but that.
            let begun = tokio::time::Instant::now();
            while let Err(failed) = disk.get("n", &[key(1)]).await {
                assert!(begun.elapsed() < Duration::from_secs(20), "{failed:?} for ever");
                let expected = [TierErrorKind::Damaged, TierErrorKind::Unavailable];
                assert!(expected.contains(&failed.kind()), "{failed:?}");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        put(&disk, 1, "new").await;
        assert_eq!(get(&disk, 1).await.unwrap(), b"new");
        assert_eq!(get(&disk, 2).await.is_some(), write_first);
        let aside = fs::read(folder.path().join("cache.db.damaged")).unwrap();
        assert!(aside.ends_with(&[0xa5; 4096]), "the damaged one is set aside, and not a new one");
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
