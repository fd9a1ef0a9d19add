//! What calls cost that go below memory: to a file, to Redis; and that they do not cost others anything.
//!
//! `tiers [memory | disk | redis]`: one of the tables, or all.

use larder_benches::below::{self, Row, disk, memory, network};
use larder_benches::table;
use std::process::ExitCode;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    let wants = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut known = false;
    if wants("memory") {
        known = true;
        let (without, with) = runtime.block_on(memory::compare(folder.path(), 200));
        println!("### a hit in memory\n");
        println!("{without:.2} ns without tiers, {with:.2} ns with one: {:.3}\n", with / without);
    }
    if wants("disk") {
        known = true;
        let mut rows = runtime.block_on(disk::larder(folder.path()));
        rows.extend(runtime.block_on(disk::redb(folder.path())));
        print(&format!("{} records of a hundred bytes in a file", disk::KEYS), &rows);
    }
    if wants("redis") {
        known = true;
        match runtime.block_on(network::rows()) {
            Some(rows) => {
                print("one record in Redis on this machine, in turns", &rows);
                let ratio = rows[0].median.as_secs_f64() / rows[1].median.as_secs_f64();
                println!("a hit takes {ratio:.3} of a bare GET\n");
            }
            None => println!("redis-server is not installed: no table of it\n"),
        }
    }
    if known {
        ExitCode::SUCCESS
    } else {
        eprintln!("usage: tiers [memory | disk | redis]");
        ExitCode::FAILURE
    }
}

fn print(title: &str, rows: &[Row]) {
    let mut cells = vec![below::head()];
    cells.extend(rows.iter().map(Row::cells));
    println!("### {title}\n\n{}", table::align(&cells));
}
