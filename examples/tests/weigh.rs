//! Runs the `weigh` binary as a user would, with its output going into a pipe.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

#[test]
fn this_workspace_is_weighed_and_every_package_once() {
    let text = report(weigh(env!("CARGO_MANIFEST_DIR")).args(["--top", "10000"]));
    let packages = table(&text, "package");

    for name in ["larder", "larder-examples", "tokio"] {
        let row = packages.iter().find(|row| row[0] == name).expect(&text);
        assert!(number(row[2]) > 0, "{text}");
    }
    for function in ["lines", "weight", "calls"] {
        assert_eq!(Counts::of(&text, function).misses, packages.len() as u128, "{text}");
    }
}

#[test]
fn the_second_pass_is_nothing_but_hits() {
    let text = report(&mut weigh(env!("CARGO_MANIFEST_DIR")));
    let [first, second, without] = passes(&text);

    assert!(second.took < first.took, "{text}");
    assert_eq!(second.bodies, 0, "{text}");
    assert_eq!(first.bodies, second.calls, "one body per package:\n{text}");
    assert!(Counts::of(&text, "weight").hits >= second.calls, "{text}");
    assert!(without.calls > first.calls, "{text}");
}

#[test]
fn a_tower_of_diamonds_is_linear_with_the_cache_and_exponential_without() {
    let (height, packages) = (40, 3 * 40 + 1);
    let workspace = diamonds(height);
    let text = report(weigh(workspace.path()).args(["--top", "1", "--without-cache"]));

    let top = &table(&text, "package")[0];
    let [own, unique, tree, calls] = [2, 3, 4, 5].map(|column| number(top[column]));
    assert_eq!(top[0], "top0", "{text}");
    assert_eq!((own, unique), (1, packages - 1 + 7), "{text}");
    assert_eq!((tree, calls), (10 * (1 << height) - 3, 4 * (1 << height) - 3), "{text}");

    let [first, second, without] = passes(&text);
    let edges = 4 * u128::from(height);
    assert_eq!((first.calls, first.bodies), (packages + edges, packages), "{text}");
    assert_eq!((second.calls, second.bodies), (packages, 0), "{text}");
    assert!(without.calls > calls && without.took.is_none(), "too many to be run:\n{text}");
    assert!(Counts::of(&text, "weight").coalesced > 0, "{text}");
}

#[test]
fn the_calls_without_a_cache_are_as_many_as_computed() {
    let workspace = diamonds(8);
    let [_, _, imagined] = passes(&report(&mut weigh(workspace.path())));
    let [_, _, run] = passes(&report(weigh(workspace.path()).arg("--without-cache")));

    assert!(imagined.took.is_none() && run.took.is_some());
    assert_eq!(run.calls, imagined.calls);
    assert_eq!(run.bodies, imagined.bodies);
}

#[test]
fn what_is_not_on_disk_is_reported_and_the_rest_is_weighed() {
    let workspace = half_downloaded();
    let text = report(weigh(workspace.path()).env("CARGO_HOME", workspace.path().join("home")));
    let packages = table(&text, "package");
    let row = |name| packages.iter().find(|row| row[0] == name).expect(&text);

    assert_eq!(row("app")[2..5], ["1", "3", "3"], "{text}");
    assert_eq!(row("there")[2], "2", "{text}");
    assert_eq!(row("not-there")[2], "missing", "{text}");
    assert!(!packages.iter().any(|row| row[0] == "for-tests"), "{text}");
    assert!(text.contains("counted as nothing: not-there 0.1.0\n"), "{text}");
    assert!(text.contains("The graph is that of Cargo.lock"), "{text}");
}

#[test]
fn a_second_run_loads_nothing_and_says_the_same() {
    let (workspace, disk) = (diamonds(10), tempfile::tempdir().unwrap());
    let file = disk.path().join("deep/weights.db");
    let run = || {
        let option = format!("--disk={}", file.display());
        report(weigh(workspace.path()).args([&option, "--top", "10000"]))
    };
    age(workspace.path());
    let (first, second) = (run(), run());

    assert_eq!(table(&first, "package"), table(&second, "package"));
    for function in ["lines", "weight", "calls"] {
        let [before, now] = [&first, &second].map(|text| Sources::of(text, function));
        assert_eq!((before.disk, before.loaded, before.kept), (0, 31, 31), "{first}");
        assert_eq!((now.disk, now.loaded, now.kept), (31, 0, 0), "{second}");
    }
    assert_eq!(passes(&second)[0].bodies, 0, "{second}");

    // One package and all that need it are weighed again.
    write(workspace.path(), "left3/src/lib.rs", "// one\n// two\n");
    let third = run();
    assert_eq!(Sources::of(&third, "lines").loaded, 1, "{third}");
    assert_eq!(Sources::of(&third, "weight").loaded, 1 + 1 + 3 * 3, "{third}");
    assert_ne!(table(&first, "package"), table(&third, "package"));
    let afresh = report(weigh(workspace.path()).args(["--top", "10000"]));
    assert_eq!(table(&afresh, "package"), table(&third, "package"));
}

#[test]
fn this_workspace_is_weighed_from_disk() {
    let disk = tempfile::tempdir().unwrap();
    let option = format!("--disk={}", disk.path().join("weights.db").display());
    let run = || report(weigh(env!("CARGO_MANIFEST_DIR")).args([&option, "--top", "10000"]));
    let (first, second) = (run(), run());

    assert_eq!(table(&first, "package"), table(&second, "package"));
    let packages = table(&first, "package").len() as u128;
    for function in ["lines", "weight", "calls"] {
        let now = Sources::of(&second, function);
        assert_eq!((now.disk, now.loaded), (packages, 0), "{second}");
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let empty = tempfile::tempdir().unwrap();
    let no_workspace = complaint(&mut weigh(empty.path()));
    assert!(no_workspace.contains("could not find `Cargo.toml`"), "{no_workspace}");

    let broken = tempfile::tempdir().unwrap();
    write(broken.path(), "Cargo.toml", "[package\n");
    let unreadable = complaint(&mut weigh(broken.path()));
    assert!(unreadable.starts_with("error: cargo cannot read a workspace here: "), "{unreadable}");

    let nowhere = complaint(&mut weigh(empty.path().join("nowhere")));
    assert!(nowhere.starts_with("error: there is no `"), "{nowhere}");

    let no_file = complaint(weigh(env!("CARGO_MANIFEST_DIR")).arg("--disk=/proc/no/such/file.db"));
    assert!(no_file.starts_with("error: "), "{no_file}");

    let no_cargo = complaint(weigh(empty.path()).env("CARGO", empty.path().join("cargo")));
    assert!(no_cargo.starts_with("error: cargo cannot be started"), "{no_cargo}");
}

fn weigh(path: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weigh"));
    command.arg(path);
    command
}

/// What a successful run prints, which is plain text and all on stdout.
fn report(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = String::from_utf8(stdout).unwrap();
    assert_eq!(String::from_utf8_lossy(&stderr), "");
    assert!(status.success(), "{text}");
    assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "{text:?}");
    text
}

/// What a failing run prints, which is all on stderr.
fn complaint(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(!status.success());
    assert_eq!(String::from_utf8_lossy(&stdout), "");
    String::from_utf8(stderr).unwrap()
}

/// The rows below the header that begins with `title`, up to the next blank line, in words.
fn table<'a>(text: &'a str, title: &str) -> Vec<Vec<&'a str>> {
    let header = text.lines().position(|line| line.starts_with(title)).expect(text);
    let rows = text.lines().skip(header + 1).take_while(|line| !line.is_empty());
    rows.map(|row| row.split_whitespace().collect()).collect()
}

struct Pass {
    took: Option<Duration>,
    calls: u128,
    bodies: u128,
}

fn passes(text: &str) -> [Pass; 3] {
    let pass = |row: Vec<_>| {
        let [.., took, calls, bodies] = row[..] else { panic!("{text}") };
        Pass { took: duration(took), calls: number(calls), bodies: number(bodies) }
    };
    let passes: Vec<_> = table(text, "weighing").into_iter().map(pass).collect();
    passes.try_into().unwrap_or_else(|_| panic!("{text}"))
}

/// What larder counted for one function.
struct Counts {
    hits: u128,
    misses: u128,
    coalesced: u128,
}

impl Counts {
    fn of(text: &str, function: &str) -> Self {
        let rows = table(text, "function");
        let row = rows.iter().find(|row| row[0].ends_with(function)).expect(text);
        let [hits, misses, coalesced] = [1, 2, 3].map(|column| number(row[column]));
        Self { hits, misses, coalesced }
    }
}

/// Where the answers of one function came from.
struct Sources {
    disk: u128,
    loaded: u128,
    kept: u128,
}

impl Sources {
    fn of(text: &str, function: &str) -> Self {
        let rows = table(text, "answers of");
        let row = rows.iter().find(|row| row[0].ends_with(function)).expect(text);
        let [disk, loaded, kept] = [2, 3, 4].map(|column| number(row[column]));
        Self { disk, loaded, kept }
    }
}

fn number(grouped: &str) -> u128 {
    grouped.replace(',', "").parse().unwrap_or_else(|_| panic!("`{grouped}` is no number"))
}

/// `12.3ms` and the like; anything else is none.
fn duration(printed: &str) -> Option<Duration> {
    let (digits, unit) = printed.split_at(printed.find(|it: char| it.is_alphabetic())?);
    let seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    Some(Duration::from_secs_f64(digits.parse::<f64>().ok()? * seconds))
}

/// A workspace of diamonds that stand on top of each other: `top0` needs `left0` and `right0`,
/// both need `top1`, and so on. Each package is one line long, the last one seven.
fn diamonds(height: u32) -> TempDir {
    let workspace = tempfile::tempdir().unwrap();
    let package = |name: String, lines: usize, needs: &[String]| {
        let needs = needs.iter().map(|it| format!("{it} = {{ path = \"../{it}\" }}\n"));
        let manifest = manifest(&name) + "[dependencies]\n" + &needs.collect::<String>();
        write(workspace.path(), &format!("{name}/Cargo.toml"), &manifest);
        write(workspace.path(), &format!("{name}/src/lib.rs"), &"// a line\n\n".repeat(lines));
    };
    write(workspace.path(), "Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n");
    for level in 0..height {
        let below = format!("top{}", level + 1);
        let [left, right] = ["left", "right"].map(|side| format!("{side}{level}"));
        package(format!("top{level}"), 1, &[left.clone(), right.clone()]);
        package(left, 1, std::slice::from_ref(&below));
        package(right, 1, &[below]);
    }
    package(format!("top{height}"), 7, &[]);
    workspace
}

/// A package `app` with three dependencies from a registry, one for its tests only, and a cargo
/// `home` with the sources of one of them.
fn half_downloaded() -> TempDir {
    let workspace = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| write(workspace.path(), path, text);
    let needs = "[dependencies]\nthere = \"0.1\"\nnot-there = \"0.1\"\n\
                 [dev-dependencies]\nfor-tests = \"0.1\"\n";
    write("Cargo.toml", &(manifest("app") + needs));
    write("src/lib.rs", "// a line\n");
    let registry = "source = \"registry+https://registry.example/index\"\n";
    let locked = ["for-tests", "not-there", "there"]
        .map(|name| format!("[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n{registry}\n"));
    let app = "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\
               dependencies = [\"for-tests\", \"not-there\", \"there 0.1.0\"]\n\n";
    write("Cargo.lock", &format!("version = 4\n\n{app}{}", locked.concat()));
    write("home/registry/src/some-registry/there-0.1.0/src/lib.rs", "// one\n// two\n");
    write("home/registry/src/some-registry/there-0.1.0/Cargo.toml", &manifest("there"));
    write("home/CACHEDIR.TAG", "");
    workspace
}

/// Sets the time of every file back: one that was written just now is read to see whether it has
/// changed, and looks different a few seconds later.
fn age(folder: &Path) {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            age(&path);
        } else {
            fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
        }
    }
}

fn manifest(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
