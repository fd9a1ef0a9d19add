//! The tier in a snapshot file: restarts, damage, processes that are killed, files that cannot be written.

use larder::testing::tiers::conformance;
use larder::tier::{
    self, Deadline, Epoch, Snapshot, Tier, TierEntry, TierError, TierErrorKind, TierKey,
};
use larder_tests::Random;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const PATH: &str = "LARDER_CRASH_PATH";

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cache.snapshot");
    (folder, path)
}

/// Saved only when it is told to.
fn open(path: &Path) -> Snapshot {
    Snapshot::builder(path).save_every(Duration::ZERO).open().expect("it opens")
}

fn key(n: u64) -> TierKey {
    TierKey::new(n.to_be_bytes().to_vec())
}

fn entry(n: u64, value: impl Into<Vec<u8>>) -> TierEntry {
    let value = value.into().into();
    TierEntry { key: key(n), value, deadline: None, epoch: None, tags: Vec::new() }
}

async fn put(tier: &Snapshot, n: u64, value: &str) {
    tier.put("n", &[entry(n, value)]).await.expect("put");
}

async fn found(tier: &Snapshot, n: u64) -> Option<String> {
    let fetched = tier.get("n", &[key(n)]).await.expect("open");
    fetched.values[0].as_ref().map(|value| String::from_utf8_lossy(value).into_owned())
}

async fn epoch(tier: &Snapshot) -> Epoch {
    tier.get("n", &[]).await.expect("open").epoch
}

fn names(folder: &Path) -> Vec<String> {
    let name = |found: std::io::Result<fs::DirEntry>| found.unwrap().file_name();
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|f| name(f).into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn it_keeps_every_promise_of_a_tier() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    conformance(|| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        open(&folder.path().join(number.to_string()))
    })
    .await;
}

#[tokio::test]
async fn what_was_closed_is_there_again() {
    let (folder, path) = place();
    let tier = open(&path);
    put(&tier, 1, "one").await;
    let tagged = TierEntry { tags: vec!["t".to_owned()], ..entry(2, "two") };
    tier.put("other/n", &[tagged]).await.unwrap();
    tier.close().await.unwrap();
    tier.close().await.expect("closing again does nothing");
    assert_eq!(tier.flush().await.unwrap_err().kind(), TierErrorKind::Closed);
    assert_eq!(names(folder.path()), ["cache.snapshot"]);

    let tier = open(&path);
    assert_eq!(found(&tier, 1).await.as_deref(), Some("one"));
    assert_eq!(found(&tier, 2).await, None);
    let fetched = tier.get("other/n", &[key(2)]).await.unwrap();
    assert_eq!(fetched.values[0].as_deref(), Some(&b"two"[..]));
    tier.remove_tagged("other/n", "t").await.unwrap();
    assert_eq!(tier.get("other/n", &[key(2)]).await.unwrap().values[0], None);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "what is at rest lives by the wall clock")]
async fn lifetimes_go_on_while_nothing_runs() {
    let (_folder, path) = place();
    let in_ms = |ms| Some(Deadline::after(SystemTime::now(), Duration::from_millis(ms)));
    let tier = open(&path);
    let short = TierEntry { deadline: in_ms(150), ..entry(1, "short") };
    let over = TierEntry { deadline: in_ms(0), ..entry(2, "this is over") };
    let long = TierEntry { deadline: in_ms(60_000), ..entry(3, "long") };
    tier.put("n", &[short, over, long]).await.unwrap();
    tier.close().await.unwrap();
    let file = fs::read(&path).unwrap();
    let holds = |text: &[u8]| file.windows(text.len()).any(|part| part == text);
    assert!(holds(b"long") && !holds(b"this is over"), "what is over is left out");

    tokio::time::sleep(Duration::from_millis(200)).await;
    let tier = open(&path);
    assert_eq!((found(&tier, 1).await, found(&tier, 2).await), (None, None));
    assert_eq!(found(&tier, 3).await.as_deref(), Some("long"));
}

#[tokio::test]
async fn epochs_outlive_the_process_and_never_come_back() {
    let (_folder, path) = place();
    let tier = open(&path);
    let first = epoch(&tier).await;
    put(&tier, 1, "one").await;
    tier.clear("n").await.unwrap();
    let second = epoch(&tier).await;
    assert_ne!(first, second);
    put(&tier, 2, "two").await;
    tier.close().await.unwrap();
    let copy = fs::read(&path).unwrap();

    let tier = open(&path);
    assert_eq!(epoch(&tier).await, second);
    assert_eq!((found(&tier, 1).await, found(&tier, 2).await), (None, Some("two".to_owned())));
    let late = TierEntry { epoch: Some(first), ..entry(1, "late") };
    tier.put("n", &[late]).await.unwrap();
    assert_eq!(found(&tier, 1).await, None);

    // A clear that is lost with the process, and another one after that.
    tier.clear("n").await.unwrap();
    let lost = epoch(&tier).await;
    tier.close().await.unwrap();
    fs::write(&path, copy).unwrap();
    let tier = open(&path);
    // Epochs are as fine as milliseconds.
    tokio::time::sleep(Duration::from_millis(2)).await;
    tier.clear("n").await.unwrap();
    assert!(epoch(&tier).await > lost);
    tier.close().await.unwrap();

    // Nor when the file is.
    fs::write(&path, "nonsense").unwrap();
    let begun = epoch(&open(&path)).await;
    assert!(begun > second, "{begun:?} {second:?}");
}

#[tokio::test]
async fn the_bound_holds_and_the_latest_stay() {
    let (_folder, path) = place();
    let tier = open(&path);
    for n in 0..100 {
        put(&tier, n, &"x".repeat(100)).await;
    }
    let all = tier.bytes();
    tier.close().await.unwrap();
    let half = Snapshot::builder(&path).max_bytes(all / 2).open().unwrap();
    assert_eq!(half.bytes(), all / 2);
    assert_eq!(found(&half, 49).await, None);
    assert!(found(&half, 50).await.is_some() && found(&half, 99).await.is_some());
}

#[tokio::test]
async fn it_is_saved_when_it_has_changed_and_not_otherwise() {
    let (_folder, path) = place();
    let tier =
        Snapshot::builder(&path).save_every(Duration::from_millis(10)).open().expect("it opens");
    put(&tier, 1, "one").await;
    until(|| tier.status().saves == 1).await;
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(tier.status().saves, 1, "nothing has changed");
    tier.remove("n", &[key(7)]).await.unwrap();
    tier.flush().await.unwrap();
    assert_eq!(tier.status().saves, 1, "nothing was there to be removed");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);
    tier.remove("n", &[key(1)]).await.unwrap();
    until(|| tier.status().saves == 2).await;
    assert_eq!(found(&open(&path), 1).await, None);
    tier.clear("n").await.unwrap();
    until(|| tier.status().saves == 3).await;
}

async fn until(happened: impl Fn() -> bool) {
    let waits = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits).await.expect("it happens");
}

#[tokio::test]
async fn dropped_it_is_saved_too() {
    let (_folder, path) = place();
    let tier = open(&path);
    put(&tier, 1, "one").await;
    drop(tier);
    until(|| path.exists()).await;
    assert_eq!(found(&open(&path), 1).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_flush_that_is_given_up_is_done_all_the_same() {
    let (_folder, path) = place();
    let tier = open(&path);
    put(&tier, 1, "one").await;
    let mut flush = tier.flush();
    let _ = futures_util::poll!(&mut flush);
    drop(flush);
    until(|| tier.status().saves == 1).await;
    tier.flush().await.expect("usable");
}

#[tokio::test]
async fn whatever_is_in_the_file_it_is_right_or_nothing() {
    let (folder, path) = place();
    let tier = open(&path);
    put(&tier, 1, "one").await;
    put(&tier, 2, "two").await;
    tier.close().await.unwrap();
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() < 400, "small enough for this: {}", whole.len());
    let truncated = (0..whole.len()).map(|len| whole[..len].to_vec());
    let flipped = (0..whole.len() * 8).map(|bit| {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    let longer = std::iter::once([&whole[..], b"\0"].concat());
    for bytes in truncated.chain(flipped).chain(longer) {
        fs::write(&path, &bytes).unwrap();
        let tier = open(&path);
        assert_eq!((found(&tier, 1).await, found(&tier, 2).await), (None, None));
        let aside = tier.status().set_aside.expect("it is told");
        assert_eq!(fs::read(&aside).unwrap(), bytes, "it is kept as it was");
        fs::remove_file(aside).unwrap();
        tier.close().await.unwrap();
        assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(found(&open(&path), 2).await.as_deref(), Some("two"));
}

#[tokio::test]
async fn what_is_not_ours_is_never_overwritten() {
    let (folder, path) = place();
    let aside = folder.path().join("cache.snapshot.damaged");
    fs::write(&aside, "somebody's").unwrap();
    fs::write(&path, "a letter").unwrap();
    let tier = open(&path);
    assert_eq!(fs::read_to_string(&aside).unwrap(), "somebody's");
    let second = tier.status().set_aside.unwrap();
    assert!(second.ends_with("cache.snapshot.damaged-2"), "{second:?}");
    assert_eq!(fs::read_to_string(second).unwrap(), "a letter");

    // It comes while the tier is in use.
    fs::write(&path, "another letter").unwrap();
    put(&tier, 1, "one").await;
    tier.flush().await.unwrap();
    let third = tier.status().set_aside.unwrap();
    assert_eq!(fs::read_to_string(third).unwrap(), "another letter");
    assert_eq!(found(&open(&path), 1).await.as_deref(), Some("one"));

    // What looks like ours by its name only.
    let letter = folder.path().join("cache.snapshot.saving-letter");
    let half = folder.path().join("cache.snapshot.saving-1-2");
    fs::write(&letter, "a letter").unwrap();
    fs::write(&half, "larder snapshot 1\nand no more").unwrap();
    drop(open(&path));
    assert!(letter.exists() && !half.exists());
}

#[test]
fn a_folder_or_a_device_is_no_file() {
    let (folder, _) = place();
    let error = Snapshot::open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), TierErrorKind::Unavailable);
    if cfg!(target_os = "linux") {
        assert_eq!(Snapshot::open("/dev/zero").unwrap_err().kind(), TierErrorKind::Unavailable);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_is_for_its_owner_and_stays_behind_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let tier = open(&path);
    put(&tier, 1, "one").await;
    tier.flush().await.unwrap();
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    put(&tier, 2, "two").await;
    tier.close().await.unwrap();
    assert_eq!(mode(&path), 0o640);

    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let tier = open(&link);
    put(&tier, 3, "three").await;
    tier.close().await.unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(found(&open(&path), 3).await.as_deref(), Some("three"));
}

#[tokio::test]
async fn an_address() -> Result<(), TierError> {
    let (_folder, path) = place();
    let address = format!("snapshot:{}?max_bytes=1KiB&save_every=10ms", path.display());
    let layer = tier::open(&address)?;
    assert!(!path.exists(), "opened when it is used");
    layer.tier().put("n", &[entry(1, "one")]).await?;
    let refused = layer.tier().put("n", &[entry(2, vec![0; 2_000])]).await.unwrap_err();
    assert_eq!(refused.kind(), TierErrorKind::Refused, "max_bytes");
    until(|| path.exists()).await;
    layer.tier().close().await?;
    let wrong = |address: &str| tier::open(address).unwrap_err().to_string();
    assert!(wrong("snapshot:").contains("path"));
    let wrong = wrong("snapshot:x?save_evry=1s");
    assert_eq!(wrong, "`snapshot:` has no setting `save_evry`; the nearest is `save_every`");
    Ok(())
}

#[tokio::test]
async fn two_at_one_file_leave_that_of_one() {
    let (folder, path) = place();
    let (one, two) = (open(&path), open(&path));
    put(&one, 1, "one").await;
    put(&two, 2, "two").await;
    let (first, second) = tokio::join!(one.flush(), two.flush());
    first.and(second).expect("both save");
    let tier = open(&path);
    let found = (found(&tier, 1).await.is_some(), found(&tier, 2).await.is_some());
    assert!(matches!(found, (true, false) | (false, true)), "{found:?}");
    assert_eq!(names(folder.path()), ["cache.snapshot"]);
}

/// In the child: saves again and again, until it is killed. All values of one save are the same number.
#[test]
fn the_child_that_is_killed() {
    let Ok(path) = std::env::var(PATH) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let tier = open(Path::new(&path));
        let first: u64 = found(&tier, 0).await.map_or(0, |number| number[..20].parse().unwrap());
        for number in first + 1.. {
            let value = format!("{number:020}").repeat(50);
            let entries: Vec<_> = (0..200).map(|n| entry(n, value.clone())).collect();
            tier.put("n", &entries).await.unwrap();
            tier.flush().await.unwrap();
            println!("@{number}");
        }
    });
}

#[tokio::test]
async fn killed_at_any_moment_it_leaves_one_whole_file() {
    use std::io::{BufRead, BufReader};
    let (folder, path) = place();
    let mut random = Random::from_env();
    let mut last = 0;
    for round in 0..25 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_child_that_is_killed", "--nocapture", "--test-threads=1"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut told = last;
        let number = |line: String| line.strip_prefix('@').and_then(|n| n.parse::<u64>().ok());
        for _ in 0..=random.below(10) {
            told = lines.by_ref().find_map(number).expect("it goes on");
        }
        tokio::time::sleep(Duration::from_micros(random.below(10_000) as u64)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        told = lines.filter_map(number).last().unwrap_or(told);

        let tier = open(&path);
        assert_eq!(tier.status().set_aside, None, "round {round}");
        assert_eq!(names(folder.path()), ["cache.snapshot"], "round {round}");
        let value = found(&tier, 0).await.expect("a value");
        for n in 1..200 {
            assert_eq!(found(&tier, n).await.as_ref(), Some(&value), "round {round}: torn");
        }
        last = value[..20].parse().unwrap();
        assert!((told..=told + 1).contains(&last), "round {round}: {last}, and {told} was told");
    }
}

/// A disk of its own, of one megabyte; or none, where that is not allowed.
struct Tmpfs(TempDir);

impl Tmpfs {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path());
        let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// `path` is of a tier whose next save fails; `mend` makes it succeed again.
async fn fails_and_goes_on(path: &Path, spoil: impl FnOnce(), mend: impl FnOnce()) {
    let tier = open(path);
    put(&tier, 1, "old").await;
    tier.flush().await.unwrap();
    let before = fs::read(path).unwrap();
    put(&tier, 1, "new").await;
    put(&tier, 2, &"x".repeat(600_000)).await;
    spoil();
    let error = tier.flush().await.unwrap_err();
    assert_eq!(error.kind(), TierErrorKind::Unavailable);
    assert!(std::error::Error::source(&error).is_some());
    let status = tier.status();
    assert!((status.saves, status.failed_saves) == (1, 1) && status.last_failure.is_some());
    assert_eq!(found(&tier, 1).await.as_deref(), Some("new"), "memory goes on");
    mend();
    assert_eq!(fs::read(path).unwrap(), before, "the old file is as it was");
    tier.flush().await.unwrap();
    assert_eq!(tier.status().last_failure, None);
    tier.close().await.unwrap();
    assert_eq!(found(&open(path), 1).await.as_deref(), Some("new"));
    assert_eq!(names(path.parent().unwrap()), ["cache.snapshot"]);
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_no_loss() {
    let Some(tmpfs) = Tmpfs::mount() else {
        println!("skipped: a file system of a fixed size cannot be mounted here");
        return;
    };
    let folder = tmpfs.0.path();
    let ballast = folder.join("ballast");
    let spoil = || fs::write(&ballast, vec![7; 500_000]).unwrap();
    let path = folder.join("cache.snapshot");
    fails_and_goes_on(&path, spoil, || fs::remove_file(&ballast).unwrap()).await;
}

#[tokio::test]
async fn a_folder_that_is_gone_is_an_error_and_no_loss() {
    let (folder, _) = place();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let path = here.join("cache.snapshot");
    let move_it = |from: &Path, to: &Path| fs::rename(from, to).unwrap();
    fails_and_goes_on(&path, || move_it(&here, &there), || move_it(&there, &here)).await;
}

#[tokio::test]
async fn a_close_that_fails_closes_all_the_same() {
    let (folder, _) = place();
    let here = folder.path().join("here");
    let tier = open(&here.join("cache.snapshot"));
    put(&tier, 1, "one").await;
    fs::remove_dir_all(here).unwrap();
    assert_eq!(tier.close().await.unwrap_err().kind(), TierErrorKind::Unavailable);
    let closed = tier.get("n", &[key(1)]).await.unwrap_err();
    assert_eq!(closed.kind(), TierErrorKind::Closed);
    tier.close().await.expect("closing again does nothing");
}
