//! Size budgets, and what leaves without being asked for.

use super::*;

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
        let soon = in_millis(30);
        let kept_short = |n| TierEntry { deadline: Some(soon), ..entry(n, [7; 1_000]) };
        let short: Vec<_> = (0..100).map(kept_short).collect();
        disk.put("short", &short).await.unwrap();
        disk.put("cleared", &first).await.unwrap();
        disk.clear("cleared").await.unwrap();
        wait_for(soon).await;
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
    let soon = in_millis(200);
    let tags = vec!["x".to_owned(), "y".to_owned()];
    let tagged = |n| TierEntry { tags: tags.clone(), ..entry(n, "value") };
    let short: Vec<_> =
        (0..1_000).map(|n| TierEntry { deadline: Some(soon), ..tagged(n) }).collect();
    let long: Vec<_> = (1_000..2_000).map(tagged).collect();
    disk.put("n", &short).await.unwrap();
    // Twice: what is replaced leaves no tags behind.
    disk.put("n", &long).await.unwrap();
    disk.put("n", &long).await.unwrap();
    for n in 0..3 {
        disk.put("cleared", &long[..300 * n]).await.unwrap();
        disk.clear("cleared").await.unwrap();
    }
    assert!(rows(&path, "entries") >= 1_000 + 1_000);
    wait_for(soon).await;
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
    let soon = in_millis(50);
    disk.put("n", &[TierEntry { deadline: Some(soon), ..entry(1, "value") }]).await.unwrap();
    disk.put("n", &[TierEntry { deadline: Some(in_millis(0)), ..entry(2, "") }]).await.unwrap();
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
