//! Runs the tour through two processes and looks for what it promises.

use std::process::{Command, Output};

#[test]
fn what_one_process_loads_the_other_finds() {
    let Output { status, stdout, stderr } = shared().output().unwrap();
    let (text, complaints) = (String::from_utf8(stdout).unwrap(), String::from_utf8_lossy(&stderr));
    assert!(status.success() && complaints.is_empty(), "{text}{complaints}");

    let steps = [
        "Ada: price(apple) = 30, Loaded { took: ",
        "Bob: price(apple) = 30, Hit { tier: \"redis\", age: ",
        "Bob: price(apple) = 30, Hit { tier: \"memory\", age: ",
        "Bob: reprice(apple, 35)\n",
        "Bob: price(apple) = 35, Loaded { took: ",
        "Ada: price(apple) = ", // 30 from memory, unless a second has passed already
        "Ada: price(apple) = 35, Hit { tier: \"",
        "Ada: price(pear) = 40, Loaded { took: ",
        "Ada: price(pear) = 40, Hit { tier: \"memory\", age: ",
        "Ada: 5 calls, 2 bodies; redis: ",
        "Bob: 3 calls, 1 bodies; redis: 1 hits, 1 misses, 0 errors, 1 stored, ",
    ];
    let mut rest = text.as_str();
    for step in steps {
        rest = rest.split_once(step).unwrap_or_else(|| panic!("no `{step}` in:\n{text}")).1;
    }
}

#[test]
fn without_redis_it_says_what_is_missing() {
    let Output { status, stdout, stderr } = shared().env("PATH", "").output().unwrap();
    assert!(!status.success() && stdout.is_empty());
    let complaint = String::from_utf8(stderr).unwrap();
    assert!(complaint.starts_with("error: there is no `redis-server` in the PATH"), "{complaint}");
}

fn shared() -> Command {
    Command::new(env!("CARGO_BIN_EXE_shared"))
}
